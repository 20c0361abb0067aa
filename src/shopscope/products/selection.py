"""Selections: which rows meet the filters of a request, as found once and kept for a while."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopscope.products.ordering import Rows
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

    def mask(self) -> NDArray[np.bool_]:
        """Which of all rows meet it."""
        return self._holds(self.column.codes)

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


class Selection:
    """The rows that meet every filter: their numbers where they are few, else a mask."""

    __slots__ = ("_hits", "mask", "nbytes", "rows", "total")

    def __init__(self, hits: NDArray[Any]) -> None:
        """`hits`: row numbers, or one boolean for each row of the region."""
        self._hits = hits
        self.mask: NDArray[np.bool_] | None = None
        self.rows: Rows | None = None
        if hits.dtype == np.bool_:
            self.mask, self.total = hits, int(np.count_nonzero(hits))
        else:
            self.rows, self.total = hits, len(hits)
        self.nbytes = hits.nbytes

    @classmethod
    def of_rows(cls, rows: Rows, size: int) -> "Selection":
        """The selection of these rows of `size`, as a mask where that is smaller."""
        if rows.nbytes <= size:
            return cls(rows)
        mask = np.zeros(size, dtype=np.bool_)
        mask[rows] = True
        return cls(mask)

    def numbers(self) -> Rows:
        """The row numbers, ascending if they come from a mask."""
        return self._hits if self.mask is None else where(self.mask)


def where(mask: NDArray[np.bool_]) -> Rows:
    """The row numbers that a mask holds."""
    return np.flatnonzero(mask).astype(np.uint32)


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
