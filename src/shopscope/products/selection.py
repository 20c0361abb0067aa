"""Selections: which rows meet the filters of a request, as found once and kept for a while."""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopscope.products import bits
from shopscope.products.ordering import Rows
from shopscope.snapshot.cuts import Bits, packed
from shopscope.snapshot.reader import Column

CACHE_BYTES = 64 * 2**20


class Test:
    """One filter: the codes of one column in [low, high), and how many rows have them."""

    __slots__ = ("column", "count", "high", "key", "low")
    __test__ = False  # for pytest: not a test case

    def __init__(self, column: Column, low: int, high: int) -> None:
        self.column = column
        self.low = low
        self.high = high
        self.count = column.runs[high] - column.runs[low]
        self.key = (column.name, low, high)

    @property
    def rows(self) -> Rows:
        """The rows that meet it, in the order of the column."""
        return self.column.order[self.column.runs[self.low] : self.column.runs[self.high]]

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of these rows meet it."""
        return self._holds(self.column.codes.take(rows))

    def cover(self) -> "Cover":
        """The nearest cuts outside of its bounds, and the rows between them and the bounds."""
        if self.column.cuts is None:
            raise TypeError(f"{self.column.name} has no cuts: it is no filter")
        codes, below = self.column.cuts
        runs, order = self.column.runs, self.column.order
        bottom, top = bisect_right(codes, self.low) - 1, bisect_left(codes, self.high)
        first = runs[codes[bottom]] if bottom >= 0 else 0
        behind = runs[codes[top]] if top < len(codes) else len(order)
        edges = ((first, runs[self.low]), (runs[self.high], behind))
        return Cover(
            None if bottom < 0 else below[bottom],
            None if top == len(codes) else below[top],
            [order[start:stop] for start, stop in edges if start < stop],
        )

    def _holds(self, codes: NDArray[Any]) -> NDArray[np.bool_]:
        low, last = self.low, self.high - 1
        result: NDArray[np.bool_]
        if low == last:
            result = codes == low
        elif low == 0:
            result = codes <= last
        else:
            result = codes >= low
            if last + 2 < len(self.column.runs):
                result &= codes <= last
        return result


class Cover(NamedTuple):
    """Rows that meet a filter and few others: those in `within`, not in `without`."""

    without: Bits | None
    within: Bits | None
    """None: all rows."""
    edges: list[Rows]
    """The others."""


def meeting(covers: list[Cover], size: int) -> Bits:
    """The rows of `size` that meet every filter."""
    within = [cover.within for cover in covers if cover.within is not None]
    found = within[0].copy() if within else bits.everything(size)
    for one in within[1:]:
        found &= one
    for cover in covers:
        if cover.without is not None:
            found &= ~cover.without
    for cover in covers:
        for rows in cover.edges:
            bits.take_out(found, rows.compress(bits.held(found, rows)))
    return found


class Selection:
    """The rows that meet every filter: their numbers where they are few, else a bitmap."""

    __slots__ = ("_hits", "bits", "nbytes", "rows", "total")

    def __init__(self, hits: NDArray[Any]) -> None:
        """`hits`: row numbers (`Rows`) in any order, or a bitmap (`Bits`)."""
        self._hits = hits
        self.bits: Bits | None = None
        self.rows: Rows | None = None
        if hits.dtype == np.uint64:
            self.bits, self.total = hits, bits.count(hits)
        else:
            self.rows, self.total = hits, len(hits)
        self.nbytes = hits.nbytes

    @classmethod
    def of_rows(cls, rows: Rows, size: int) -> "Selection":
        """The selection of these rows of `size`, as a bitmap where that is smaller."""
        if rows.nbytes * 8 <= size:
            return cls(rows)
        mask = np.zeros(size, dtype=np.bool_)
        mask[rows] = True
        return cls(packed(mask))

    def numbers(self) -> Rows:
        """The row numbers, ascending if they come from a bitmap."""
        return self._hits if self.bits is None else bits.numbers(self.bits, self.total)


class SelectionCache:
    """Recently used selections, the least recently used leave when `limit` bytes are passed."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Selection] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Selection | None:
        """The selection kept under a key."""
        with self._lock:
            selection = self._kept.get(key)
            if selection is not None:
                self._kept.move_to_end(key)
            return selection

    def put(self, key: Hashable, selection: Selection) -> None:
        """Keep a selection, unless it alone would fill a quarter of the room."""
        if selection.nbytes * 4 > self._limit:
            return
        with self._lock:
            if key not in self._kept:
                self._kept[key] = selection
                self._bytes += selection.nbytes + _OVERHEAD
            while self._bytes > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.nbytes + _OVERHEAD

    @property
    def nbytes(self) -> int:
        """Bytes that the kept selections take."""
        return self._bytes


_OVERHEAD = 1_000  # bytes for the key and the objects around the rows
