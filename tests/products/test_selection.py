"""Filters on codes, and the room that finished selections take."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shopscope.products.bits import count, numbers
from shopscope.products.selection import Selection, SelectionCache, Test, meeting
from tests.snapshot.arrays import column_of


@given(st.lists(st.integers(0, 12), min_size=1, max_size=50), st.data())
def test_rows_mask_and_count_agree(values: list[int], data: st.DataObject) -> None:
    column = column_of(values)
    low = data.draw(st.integers(0, len(column.values) - 1))
    high = data.draw(st.integers(low + 1, len(column.values)))
    test = Test(column, low, high)
    kept = sorted(set(values))[low:high]
    expected = [row for row, value in enumerate(values) if value in kept]
    assert test.count == len(expected)
    assert sorted(test.rows.tolist()) == expected
    found = meeting([test.cover()], len(values))
    assert numbers(found, count(found)).tolist() == expected
    rows = np.arange(len(values), dtype=np.uint32)
    assert rows[test.holds(rows)].tolist() == expected


@given(st.sets(st.integers(0, 99), max_size=100))
def test_a_selection_takes_the_smaller_form(rows: set[int]) -> None:
    numbers = np.array(sorted(rows), dtype=np.uint32)
    selection = Selection.of_rows(numbers, 100)
    assert selection.numbers().tolist() == numbers.tolist()
    assert selection.total == len(rows)
    assert selection.nbytes <= 16
    assert (selection.bits is None) == (len(rows) <= 3)


def test_the_least_recently_used_leaves() -> None:
    cache = SelectionCache(10_000)
    selections = [Selection(np.arange(n, dtype=np.uint32)) for n in (200, 210, 220, 230, 240, 250)]
    for number, selection in enumerate(selections):
        cache.put(number, selection)
        assert cache.get(0) is selections[0]
    assert cache.nbytes <= 10_000
    assert cache.get(1) is None
    assert cache.get(5) is selections[5]
    cache.put("huge", Selection(np.arange(2_000, dtype=np.uint32)))
    assert cache.get("huge") is None
    assert cache.get(0) is selections[0]
