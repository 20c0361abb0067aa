"""Counts the rows of a file whose key an earlier row of it had."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shopscope.ingest.cells import distinct
from shopscope.lake.schema import TABLES

Hashes = npt.NDArray[np.uint64]

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = np.uint64(0x9E3779B97F4A7C15)


class Duplicates:
    """Keeps 8 bytes per row and table: a hash of the key, exact but for one chance in 10^12."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[Hashes, npt.NDArray[np.int64]]]] = {}

    def add(self, table: str, rows: pa.Table, origin: npt.NDArray[np.int64]) -> None:
        """Note the keys of some rows; `origin` numbers the rows of the file they came from."""
        self._seen.setdefault(table, []).append((_hashes(table, rows), origin))

    def count(self) -> int:
        """Rows of the file that gave a table a key which an earlier row had given it.

        The tables with a row per key decide; a table with history, whose key holds every text,
        only where the file gives to no other.
        """
        keyed = [name for name in self._seen if TABLES[name].merge != "versions"]
        found: set[int] = set()
        for name in keyed or list(self._seen):
            hashes = np.concatenate([part for part, _ in self._seen[name]])
            origin = np.concatenate([part for _, part in self._seen[name]])
            order = np.lexsort((origin, hashes))
            same = hashes[order][1:] == hashes[order][:-1]
            found.update(origin[order][1:][same].tolist())
        return len(found)


def _hashes(table: str, rows: pa.Table) -> Hashes:
    key = TABLES[table].key
    if TABLES[table].merge == "versions":
        key = (*key, "valid_from")
    hashes = np.zeros(rows.num_rows, np.uint64)
    for name in key:
        if name in rows.column_names:
            hashes = _mixed(hashes + _STEP + _values(rows[name].combine_chunks()))
    return hashes


def _values(array: pa.Array) -> Hashes:
    """A number per cell that is equal where the cells are."""
    if pa.types.is_integer(array.type) and not array.null_count:
        numbers: npt.NDArray[np.int64] = array.cast(pa.int64()).to_numpy()
        return numbers.astype(np.uint64)
    values, codes = distinct(array)
    table = np.array([hash(value) for value in values] + [0], np.int64).astype(np.uint64)
    return _mixed(table)[codes]


def _mixed(values: Hashes) -> Hashes:
    """Each bit of the input spread over the whole output (the finisher of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))
