"""The order of a column, walked from either end.

`Column.order` is ascending in (value, row number). Descending order is not its reverse: products
of equal value stay in ascending order. A column knows where the run of each value begins, so any
part of the descending order is put together from whole and partial runs, however long they are.
"""

import numpy as np
from numpy.typing import NDArray

from shopscope.snapshot.reader import Column

Rows = NDArray[np.uint32]

_ROW_BITS = np.uint64(32)


class Walk:
    """The rows whose code is in [low, high), in one direction."""

    def __init__(self, column: Column, low: int, high: int, *, descending: bool) -> None:
        self.column = column
        self._begin = column.runs[low]
        self._end = column.runs[high]
        self.descending = descending

    def __len__(self) -> int:
        return self._end - self._begin

    def part(self, start: int, stop: int) -> Rows:
        """The rows at the positions from `start` to before `stop`."""
        if not self.descending:
            return self.column.order[self._begin + start : min(self._begin + stop, self._end)]
        bottom, top = max(self._end - stop, self._begin), self._end - start
        if bottom >= top:
            return self.column.order[:0]
        return _descending(self.column, bottom, top)


def _descending(column: Column, bottom: int, top: int) -> Rows:
    """What stands at ascending positions [bottom, top) if each run kept its inner order.

    A run that reaches above `top` has its first rows on the part of the descending order before
    this one, so its share here begins as far into the run as the run reaches above.
    """
    order, runs = column.order, column.runs
    lowest = int(column.codes[order[bottom]])
    highest = int(column.codes[order[top - 1]])
    if lowest == highest:
        start = runs[lowest] + runs[lowest + 1] - top
        return order[start : start + top - bottom]
    whole = runs[lowest] == bottom and runs[highest + 1] == top
    if whole and highest - lowest == top - bottom - 1:
        return order[bottom:top][::-1]  # no two are equal
    begins = column.starts[lowest : highest + 2].astype(np.int64)[::-1]
    ends, begins = begins[:-1], begins[1:]
    below_top = np.minimum(ends, top)
    firsts = begins + ends - below_top
    lengths = below_top - np.maximum(begins, bottom)
    # Positions in `order`: one more than the one before, but for the first of each run.
    steps = np.ones(top - bottom, dtype=np.int64)
    steps[0] = firsts[0]
    steps[np.cumsum(lengths[:-1])] = firsts[1:] - (firsts + lengths - 1)[:-1]
    return order.take(np.cumsum(steps))


def nth(walk: Walk, rows: Rows, start: int, stop: int) -> Rows:
    """Those at [start, stop) of the walk's order, of `rows` that are all on the walk.

    Code and row number together are one integer, different for every row, so that the rows that
    are wanted can be parted from the others without sorting either.
    """
    column = walk.column
    codes = column.codes.take(rows)
    reach = (2 * stop + 30) * len(walk) // len(rows)
    if reach < len(walk):  # most rows are far behind the page: leave them out at once
        edge = column.codes[walk.part(reach, reach + 1)[0]]
        near = codes >= edge if walk.descending else codes <= edge
        if np.count_nonzero(near) >= stop:
            rows, codes = rows.compress(near), codes.compress(near)
    if walk.descending:
        codes = (len(column.runs) - 2) - codes  # the largest code less this one
    keys = codes.astype(np.uint64)
    keys <<= _ROW_BITS
    keys |= rows
    if stop < len(keys):
        keys.partition(stop - 1)
        keys = keys[:stop]
    if 0 < start < len(keys):
        keys.partition(start)
    keys = keys[start:]
    keys.sort()
    return keys.astype(np.uint32)
