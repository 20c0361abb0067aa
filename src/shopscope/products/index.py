"""The search index: one page of the products of a region, and how many there are in all.

The exact count of every filter is known before any row is touched (two binary searches), and
what follows is chosen by the number of rows it would touch:

- no filter, or only one on the sort column: the page is a slice of the sort order;
- one other filter: its count is the total;
- several: the total needs the whole selection. It is driven from the most selective filter's
  slice of rows where that is short, else scanned column by column. Finished selections are kept,
  so other pages and orders of one, and the same filters again, are cheap;
- the page of a selection: walk the sort order until it is full, or part it from the selected
  rows by their sort codes.
"""

import functools
import math
from collections.abc import Callable, Hashable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopscope.contract.products import Equal, Predicate, ProductFilters, ProductListRequest
from shopscope.products.bits import held
from shopscope.products.keyword import matching
from shopscope.products.locate import located
from shopscope.products.ordering import Rows, Walk, nth
from shopscope.products.selection import Selection, SelectionCache, Test, meeting
from shopscope.snapshot.cuts import Bits
from shopscope.snapshot.reader import RegionData

# Costs, as measured: nanoseconds for each row that is touched.
_DRIVE = 6.0  # fetch a value of a row out of order, and compare it
_EDGE = 3.5  # look a row up in a bitmap
_COVER, _COVER_ROW = 20_000.0, 0.02  # narrow a bitmap down: at all, and for each row of the region
_WALK = 4.0  # fetch a row of an order, test it, keep it if it passes
_PART = 4.0  # part the page from rows in any order
_LIST = 1.5  # list a row of a bitmap
_COUNT, _COUNT_ROW = 40_000.0, 0.12  # find a page by counting: at all, and for each row

_BLOCK = 16_000  # rows of a walk that are looked at together: they stay in the cache
_PATIENCE = 4  # times the rows that a walk takes if hits are spread evenly, then it gives up
_NO_ROWS: Rows = np.empty(0, dtype=np.uint32)

_Holds = Callable[[Rows], NDArray[np.bool_]]


class Hits(NamedTuple):
    """Row numbers of the page, in order, and the number of rows on all pages."""

    rows: Rows
    total: int


class ProductIndex:
    """Answers product lists of one region; safe to use from several threads."""

    def __init__(self, region: RegionData, cache: SelectionCache | None = None) -> None:
        self._region = region
        self._cache = SelectionCache() if cache is None else cache

    def search(self, request: ProductListRequest) -> Hits:
        """The page that a request asks for, and the exact total."""
        tests = self._tests(request.predicates)
        if tests is None:
            return Hits(_NO_ROWS, 0)
        selection = self._all(tests, request)
        total = self._region.size if selection is None else selection.total
        start = (request.page_num - 1) * request.page_size
        stop = min(start + request.page_size, total)
        if start >= stop:
            return Hits(_NO_ROWS, total)
        walk = self._walk(request.sort_field, request.descending, tests)
        if selection is None or len(walk) == total:
            return Hits(walk.part(start, stop), total)
        page = self._page(selection, walk, [] if _by_text(request) else tests, start, stop)
        return Hits(page, total)

    def select(self, request: ProductFilters) -> Selection | None:
        """All rows that meet the filters; None: every row of the region."""
        tests = self._tests(request.predicates)
        return Selection(_NO_ROWS) if tests is None else self._all(tests, request)

    def _tests(self, predicates: tuple[Predicate, ...]) -> list[Test] | None:
        """The filters that some row fails, most selective first; None: no row meets one."""
        tests = []
        for predicate in predicates:
            column = self._region.columns[predicate.column]
            if isinstance(predicate, Equal):
                low, high = column.span(predicate.value, predicate.value)
            else:
                low, high = column.span(predicate.low, predicate.high)
            if low >= high:
                return None
            test = Test(column, low, high)
            if test.count < self._region.size:
                tests.append(test)
        tests.sort(key=lambda test: test.count)
        return tests

    # --- which rows -----------------------------------------------------------

    def _all(self, tests: list[Test], request: ProductFilters) -> Selection | None:
        if _by_text(request) or len(tests) > 1:
            return self._selected(tests, request.keyword, request.product_ids)
        return Selection(tests[0].rows) if tests else None

    def _selected(
        self, tests: list[Test], keyword: str | None, ids: tuple[str, ...] | None
    ) -> Selection:
        """The rows that meet everything, from the cache where they are known."""
        key: Hashable = (id(self), keyword, ids, *(test.key for test in tests))
        selection = self._cache.get(key)
        if selection is None:
            rows = None if ids is None else self._by_id(ids)
            if keyword is None:
                selection = self._meeting(tests, rows)
            else:
                all_rows = rows is None and not tests
                within = None if all_rows else self._meeting(tests, rows)
                found = matching(self._region, keyword, within)
                selection = Selection.of_rows(found, self._region.size)
            self._cache.put(key, selection)
        return selection

    def _by_id(self, ids: tuple[str, ...]) -> Rows:
        known = self._region.product_ids
        wanted = np.array([int(i) for i in ids if int(i) < 2**63], dtype=np.int64)
        places = np.searchsorted(known, wanted)
        places = places[places < len(known)]
        found: Rows = np.unique(places[np.isin(known[places], wanted)]).astype(np.uint32)
        return found

    def _meeting(self, tests: list[Test], rows: Rows | None) -> Selection:
        """The rows that meet the tests, of `rows` or else of all."""
        if rows is None:
            found = self._covered(tests)
            if found is not None:
                return Selection(found)
            rows, tests = tests[0].rows, tests[1:]
        for test in tests:
            rows = rows.compress(test.holds(rows))
        return Selection(rows)

    def _covered(self, tests: list[Test]) -> Bits | None:
        """The rows that meet the tests; None: it costs less to drive from those of the first."""
        driving, size = _driving(tests, self._region.size), self._region.size
        covering = len(tests) * (_COVER + size * _COVER_ROW)
        if driving < covering:
            return None
        covers = [test.cover() for test in tests]
        edges = sum(len(edge) for cover in covers for edge in cover.edges)
        return None if driving < covering + edges * _EDGE else meeting(covers, size)

    # --- which of them --------------------------------------------------------

    def _walk(self, sort_field: str, descending: bool, tests: list[Test]) -> Walk:
        """The sort order, cut by the filters on its own column."""
        column = self._region.columns[sort_field]
        low, high = 0, len(column.runs) - 1
        for test in tests:
            if test.column is column:
                low, high = max(low, test.low), min(high, test.high)
        return Walk(column, low, high, descending=descending)

    def _page(
        self, selection: Selection, walk: Walk, tests: list[Test], start: int, stop: int
    ) -> Rows:
        """The rows at [start, stop) of the selection, in the order of the walk.

        `tests` are the filters that make the selection; none if there is more to it.
        """
        parting = selection.total * _PART
        if selection.bits is not None:
            parting += selection.total * _LIST
        locating = math.inf
        if walk.column.cuts is not None and (selection.bits is not None or len(tests) == 1):
            locating = _COUNT + self._region.size * _COUNT_ROW
        page = self._walked(selection, walk, tests, start, stop, min(parting, locating))
        if page is not None:
            return page
        if walk.column.cuts is not None and locating < parting:
            selected = self._bits(selection, tests)
            return located(walk, walk.column.cuts, selected, selection.total, start, stop)
        return nth(walk, selection.numbers(), start, stop)

    def _bits(self, selection: Selection, tests: list[Test]) -> Bits:
        if selection.bits is not None:
            return selection.bits
        return meeting([test.cover() for test in tests], self._region.size)

    def _walked(
        self,
        selection: Selection,
        walk: Walk,
        tests: list[Test],
        start: int,
        stop: int,
        cost: float,
    ) -> Rows | None:
        """The same by walking, where that costs less than `cost`; else None."""
        if selection.bits is not None:
            holds, walking = functools.partial(held, selection.bits), _WALK
        else:
            others = [test for test in tests if test.column is not walk.column]
            if not others:
                return None
            holds, walking = functools.partial(_all_hold, others), _WALK * len(others)
        expected = stop * len(walk) // selection.total
        if expected * walking >= cost:
            return None
        limit = min(int(cost / walking), _PATIENCE * expected + _BLOCK)
        return _walked(walk, holds, start, stop, expected, limit)


def _driving(tests: list[Test], size: int) -> float:
    """What it costs to check the rows of the first filter against the others."""
    cost, left = 0.0, float(tests[0].count)
    for test in tests[1:]:
        cost += left * _DRIVE
        left *= test.count / size
    return cost


def _by_text(request: ProductFilters) -> bool:
    return request.keyword is not None or request.product_ids is not None


def _all_hold(tests: list[Test], rows: Rows) -> NDArray[np.bool_]:
    result = tests[0].holds(rows)
    for test in tests[1:]:
        result &= test.holds(rows)
    return result


def _walked(
    walk: Walk, holds: _Holds, start: int, stop: int, expected: int, limit: int
) -> Rows | None:
    """The hits at [start, stop) of a walk, looked for in growing blocks.

    `expected` is how many rows it takes if hits are spread evenly. None: they are not, and
    `limit` rows were not enough.
    """
    parts = []
    found = position = 0
    block = min(expected + expected // 4 + 32, _BLOCK)
    while found < stop:
        if position > limit:
            return None
        rows = walk.part(position, position + block)
        meets = holds(rows)
        count = int(np.count_nonzero(meets))
        if found + count > start:
            parts.append(rows.compress(meets)[max(start - found, 0) :])
        found += count
        position += block
        block = min(2 * block, _BLOCK)
    return np.concatenate(parts)[: stop - start]
