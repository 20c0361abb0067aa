"""Bitmaps against sets of rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shopscope.products import bits
from shopscope.snapshot.cuts import packed

_SIZES = st.integers(1, 2_000)


def rows_of(draw: st.DataObject, size: int) -> list[int]:
    few = st.sets(st.integers(0, size - 1), max_size=12)
    many = st.integers(0, 2**32).map(
        lambda seed: set(np.flatnonzero(np.random.default_rng(seed).random(size) < 0.5).tolist())
    )
    return sorted(draw.draw(st.one_of(few, many)))


@given(_SIZES, st.data())
def test_rows_come_back(size: int, data: st.DataObject) -> None:
    rows = rows_of(data, size)
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    bitmap = packed(mask)
    assert bits.count(bitmap) == len(rows)
    found = bits.numbers(bitmap, len(rows))
    assert found.dtype == np.uint32
    assert found.tolist() == rows
    every = np.arange(size, dtype=np.uint32)
    assert every[bits.held(bitmap, every)].tolist() == rows


@given(_SIZES, st.data())
def test_a_part_of_the_rows(size: int, data: st.DataObject) -> None:
    rows = rows_of(data, size) or [0]
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    start = data.draw(st.integers(0, len(rows) - 1))
    stop = data.draw(st.integers(start + 1, len(rows)))
    assert bits.part(packed(mask), start, stop).tolist() == rows[start:stop]


@given(_SIZES, st.data())
def test_what_is_taken_out_is_gone(size: int, data: st.DataObject) -> None:
    out = rows_of(data, size)
    bitmap = bits.everything(size)
    assert bits.count(bitmap) == size
    bits.take_out(bitmap, np.array(out, dtype=np.uint32))
    left = sorted(set(range(size)) - set(out))
    assert bits.numbers(bitmap, len(left)).tolist() == left
