"""Orders and pages of selections against a plain sort, for any runs of equal values."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shopscope.products.ordering import Walk, nth
from tests.snapshot.arrays import column_of

VALUES = st.one_of(
    st.lists(st.integers(0, 3), min_size=1, max_size=60),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=60),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60),
    st.tuples(st.integers(0, 400), st.lists(st.integers(-2, 2), min_size=1, max_size=9)).map(
        lambda parts: [0] * parts[0] + parts[1]
    ),
)


def ordered(values: list[Any], descending: bool) -> list[int]:
    return sorted(range(len(values)), key=lambda row: values[row], reverse=descending)


@given(VALUES, st.booleans(), st.data())
def test_any_part_of_the_order(values: list[Any], descending: bool, data: st.DataObject) -> None:
    column = column_of(values)
    codes = len(column.values)
    low = data.draw(st.integers(0, codes - 1))
    high = data.draw(st.integers(low + 1, codes))
    kept = sorted(set(values))[low:high]
    expected = [row for row in ordered(values, descending) if values[row] in kept]
    walk = Walk(column, low, high, descending=descending)
    start = data.draw(st.integers(0, len(expected)))
    stop = data.draw(st.integers(start, len(expected) + 5))
    assert len(walk) == len(expected)
    assert walk.part(start, stop).tolist() == expected[start:stop]


@given(VALUES, st.booleans(), st.data())
def test_any_page_of_any_rows(values: list[Any], descending: bool, data: st.DataObject) -> None:
    column = column_of(values)
    rows = data.draw(st.permutations(range(len(values))))
    rows = rows[: data.draw(st.integers(1, len(rows)))]
    start = data.draw(st.integers(0, len(rows) - 1))
    stop = data.draw(st.integers(start + 1, len(rows)))
    walk = Walk(column, 0, len(column.values), descending=descending)
    found = nth(walk, np.array(rows, dtype=np.uint32), start, stop)
    expected = [row for row in ordered(values, descending) if row in set(rows)]
    assert found.tolist() == expected[start:stop]


def test_a_page_inside_a_huge_run() -> None:
    values = np.zeros(900_000, dtype=np.int64)
    values[::1000] = np.arange(900) % 7 + 1
    column = column_of(values.tolist())
    expected = np.lexsort((np.arange(len(values)), -values))
    walk = Walk(column, 0, len(column.values), descending=True)
    for start in (0, 895, 500_000, 899_990):
        assert walk.part(start, start + 10).tolist() == expected[start : start + 10].tolist()
