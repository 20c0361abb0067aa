"""The page of a selection, found by counting: no row in front of it is looked at.

The cuts of the sort column divide its order into parts. How many rows of a selection are in the
first parts is a count over two bitmaps; so the few parts that the page is in are found by
halving, however deep it is and however unevenly the selection is spread.
"""

import functools
from bisect import bisect_left, bisect_right

from shopscope.products import bits
from shopscope.products.ordering import Rows, Walk, nth
from shopscope.snapshot.cuts import Bits, Cuts


def located(walk: Walk, cuts: Cuts, selected: Bits, total: int, start: int, stop: int) -> Rows:
    """The rows at [start, stop) of the walk's order, of `selected` that are all on the walk.

    `cuts` are those of the walk's column; `total` is how many are selected, and `stop` not more.
    """
    codes, below = cuts
    parts = len(codes) + 1

    @functools.cache
    def passed(part: int) -> int:
        """Rows in so many parts from the beginning of the walk."""
        if part in (0, parts):
            return total if part else 0
        if walk.descending:
            return total - bits.count(selected & below[-part])
        return bits.count(selected & below[part - 1])

    reach = 1
    while passed(reach) < stop:
        reach = min(2 * reach, parts)
    first = bisect_right(range(reach + 1), start, key=passed) - 1
    last = bisect_left(range(reach + 1), stop, lo=first, key=passed)
    low, high = (parts - last, parts - first) if walk.descending else (first, last)
    if high < parts:
        selected = selected & below[high - 1]
    if low > 0:
        selected = selected & ~below[low - 1]
    start, stop = start - passed(first), stop - passed(first)
    if _values(codes, low, high, len(walk.column.runs) - 1) == 1:
        return bits.part(selected, start, stop)
    return nth(walk, bits.numbers(selected, passed(last) - passed(first)), start, stop)


def _values(codes: list[int], low: int, high: int, distinct: int) -> int:
    """How many values are in the parts [low, high), counted from the lowest."""
    return (codes[high - 1] if high <= len(codes) else distinct) - (codes[low - 1] if low else 0)
