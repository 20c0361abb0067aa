"""Products by a text in their names, of any script, upper and lower case alike."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopscope.products import bits
from shopscope.products.ordering import Rows
from shopscope.products.selection import Selection
from shopscope.snapshot.cuts import Bits, words
from shopscope.snapshot.names import fold, slots
from shopscope.snapshot.reader import RegionData


def matching(region: RegionData, keyword: str, selection: Selection | None) -> Rows:
    """The rows of `selection` (None: of all) whose names have the keyword, in ascending order.

    The bitmaps leave the rows that can match; only their names are read.
    """
    folded = fold(keyword)
    candidates = _candidates(region, folded.encode())
    if candidates is None:
        rows = None if selection is None else np.sort(selection.numbers())
    elif selection is not None and selection.rows is not None:
        rows = np.sort(selection.rows)
        rows = rows.compress(bits.held(candidates, rows))
    else:
        if selection is not None and selection.bits is not None:
            candidates &= selection.bits
        rows = bits.numbers(candidates, bits.count(candidates))
    if rows is None:
        return np.flatnonzero(_has(region.names, folded)).astype(np.uint32)
    return rows[_has(region.names.take(pa.array(rows)), folded)]


def _candidates(region: RegionData, folded: bytes) -> Bits | None:
    """A bitmap of the rows that can match; None: the keyword is too short to tell."""
    found: NDArray[np.uint8] | None = None
    for slot in slots(folded):
        bitmap = region.gram_bitmap(slot)
        found = bitmap if found is None else found & bitmap
    return None if found is None else words(found)


def _has(names: pa.Array, folded: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.match_substring(names, folded).to_numpy(zero_copy_only=False)
    return found
