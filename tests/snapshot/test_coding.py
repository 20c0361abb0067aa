"""Coded columns say the same as the values they were made from."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.snapshot.coding import encode
from tests.snapshot.arrays import column_of

_VALUES = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.integers(0, 5), min_size=1),
    st.lists(st.sampled_from([0, 2**32 - 1, 2**32, 2**63 - 1, -(2**63)]), min_size=1),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1),
)


@given(_VALUES)
def test_codes_orders_and_starts(values: list[Any]) -> None:
    coded = encode(pa.array(values))
    distinct = sorted(set(values))
    assert coded.values.to_pylist() == distinct
    assert [distinct[code] for code in coded.codes.tolist()] == values
    assert coded.order.tolist() == sorted(range(len(values)), key=lambda row: (values[row], row))
    counts = [values.count(value) for value in distinct]
    assert coded.starts.tolist() == [0, *np.cumsum(counts).tolist()]


@given(
    st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-3, 3)), min_size=1),
    st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False)),
    st.one_of(st.none(), st.integers(-4, 4), st.floats(allow_nan=False)),
)
def test_bounds_compare_exactly(values: list[int], low: Any, high: Any) -> None:
    column = column_of(values)
    first, behind = column.span(low, high)
    expected = [
        value
        for value in sorted(set(values))
        if (low is None or value >= low) and (high is None or value <= high)
    ]
    assert list(column.values[first:behind]) == expected


@pytest.mark.parametrize(
    ("distinct", "dtype"), [(256, "uint8"), (257, "uint16"), (65_536, "uint16"), (65_537, "uint32")]
)
def test_codes_are_as_narrow_as_they_can_be(distinct: int, dtype: str) -> None:
    coded = encode(pa.array(range(distinct)))
    assert coded.codes.dtype == dtype
    assert int(coded.codes.max()) == distinct - 1


def test_no_rows() -> None:
    for column in (pa.array([], pa.int64()), pa.array([], pa.float64()), pa.array([], pa.string())):
        coded = encode(column)
        assert coded.starts.tolist() == [0]
        assert len(coded.codes) == len(coded.order) == len(coded.values) == 0
