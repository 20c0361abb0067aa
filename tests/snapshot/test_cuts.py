"""Cuts say which rows stand below a code, and stand close enough."""

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shopscope.snapshot.coding import encode
from shopscope.snapshot.cuts import CUT, PARTS, cut, packed, read_cuts, write_cuts

_VALUES = st.one_of(
    st.lists(st.integers(0, 3), min_size=1, max_size=200),
    st.lists(st.integers(0, 1_000), min_size=PARTS, max_size=400),
)


@given(_VALUES)
def test_bitmaps_have_the_rows_below(values: list[int]) -> None:
    coded = encode(pa.array(values))
    codes, below = cut(coded.codes, coded.starts)
    assert codes == sorted(set(codes))
    assert all(0 < code < len(coded.values) for code in codes)
    assert below.shape == (len(codes), (len(values) + 63) // 64)
    for code, line in zip(codes, below, strict=True):
        bits = np.unpackbits(line.view(np.uint8))
        assert bits[: len(values)].tolist() == [int(c < code) for c in coded.codes.tolist()]
        assert not bits[len(values) :].any()


@given(_VALUES)
def test_few_rows_stand_between_two_cuts(values: list[int]) -> None:
    coded = encode(pa.array(values))
    codes, _ = cut(coded.codes, coded.starts)
    bounds = [0, *codes, len(coded.values)]
    for low, high in itertools.pairwise(bounds):
        rows = int(coded.starts[high] - coded.starts[low])
        assert high - low == 1 or rows <= 2 * len(values) / PARTS + 1


def test_they_come_back_from_a_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    coded = {
        name: encode(pa.array(rng.integers(0, place + 1, 500))) for place, name in enumerate(CUT)
    }
    write_cuts(tmp_path / "cuts", coded)
    found = read_cuts(tmp_path / "cuts")
    assert tuple(found) == CUT
    assert found[CUT[0]].codes == []  # one value: nothing to cut
    for name, cuts in found.items():
        expected = cut(coded[name].codes, coded[name].starts)
        assert cuts.codes == expected.codes
        assert cuts.below.tolist() == expected.below.tolist()


def test_no_rows(tmp_path: Path) -> None:
    coded = dict.fromkeys(CUT, encode(pa.array([], pa.int64())))
    write_cuts(tmp_path / "cuts", coded)
    assert all(cuts.codes == [] for cuts in read_cuts(tmp_path / "cuts").values())
    assert len(packed(np.zeros(0, dtype=np.bool_))) == 0
