"""Folding, and that the bitmaps never leave out a name that has the keyword."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.snapshot.names import bitmaps, fold, fold_all, slots

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(_TEXT)
def test_folding_settles(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LAMP", "lamp"),
        ("ＬＡＭＰ", "lamp"),
        ("Straße", "STRASSE"),
        ("cafe\u0301", "CAFÉ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﾗﾝﾌﾟ", "ランプ"),
    ],
)
def test_what_is_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.lists(_TEXT, max_size=20))
def test_names_in_bulk_are_folded_like_one(names: list[str]) -> None:
    assert fold_all(pa.array(names, pa.string())).to_pylist() == [fold(name) for name in names]


@given(st.lists(_TEXT.map(fold), min_size=1, max_size=30), st.data())
def test_a_name_has_a_bit_for_each_of_its_parts(names: list[str], data: st.DataObject) -> None:
    packed = bitmaps(pa.array(names, pa.large_string()))
    name = data.draw(st.sampled_from(names))
    start = data.draw(st.integers(0, len(name)))
    part = name[start : data.draw(st.integers(start, len(name)))]
    has = np.ones(len(names), dtype=bool)
    for slot in slots(part.encode()):
        has &= np.unpackbits(packed[slot], count=len(names)).view(bool)
    assert all(has[row] for row, other in enumerate(names) if part in other)


def test_most_other_names_have_not() -> None:
    rng = np.random.default_rng(1)
    letters = rng.integers(97, 123, (20_000, 24)).astype(np.uint8)
    names = pa.array([bytes(line).decode() for line in letters], pa.large_string())
    packed = bitmaps(names)
    has = np.full(20_000, True)
    for slot in slots(b"perfume"):
        has &= np.unpackbits(packed[slot], count=20_000).view(bool)
    assert np.count_nonzero(has) < 20


def test_a_slice_of_names() -> None:
    names = pa.array(["first", "second", "third", "x" * 9], pa.large_string())
    whole = bitmaps(pa.array(["second", "third"], pa.large_string()))
    assert np.array_equal(bitmaps(names.slice(1, 2)), whole)
    assert unicodedata.is_normalized("NFKC", fold("ﷺ"))
