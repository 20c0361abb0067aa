"""Cuts: bitmaps that say which rows stand below some codes of a column.

A filter keeps the codes between two bounds. The bitmaps of the nearest cuts outside of the
bounds leave out nearly all rows that fail, 64 at a step; the few between a cut and its bound are
a slice of the column's order, and are looked at one by one. A value that many rows have begins
and ends at a cut, so flags and large categories need no second look.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.contract.products import (
    EQUALITY_FILTERS,
    EXTRA_EQUALITY_FILTERS,
    EXTRA_RANGE_FILTERS,
    RANGE_FILTERS,
    SORT_FIELDS,
)
from shopscope.snapshot.coding import Coded

PARTS = 64
"""A column is cut into so many parts of about equally many rows, or at each of its values."""

CUT: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *EQUALITY_FILTERS,
            *EXTRA_EQUALITY_FILTERS,
            *RANGE_FILTERS,
            *EXTRA_RANGE_FILTERS,
            *SORT_FIELDS,
        )
    )
)
"""The columns that have cuts: those that requests filter by, and the numbered orders."""

Bits = NDArray[np.uint64]
"""A bitmap over the rows of a region: row 0 is the top bit of the first byte, no bit behind."""

_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("codes", pa.large_list(pa.uint32())),
        ("below", pa.large_list(pa.uint64())),
    ]
)


class Cuts(NamedTuple):
    """The cuts of one column."""

    codes: list[int]
    """Ascending; neither the first code nor behind the last."""
    below: NDArray[np.uint64]
    """A bitmap (`Bits`) for each: the rows whose code is less."""


def packed(mask: NDArray[np.bool_]) -> Bits:
    """The bitmap of a mask."""
    return words(np.packbits(mask))


def words(octets: NDArray[np.uint8]) -> Bits:
    """The same bits in whole words."""
    bits = np.zeros((len(octets) + 7) // 8 * 8, dtype=np.uint8)
    bits[: len(octets)] = octets
    return bits.view(np.uint64)


def cut(codes: NDArray[Any], starts: NDArray[np.uint32]) -> Cuts:
    """The cuts of a column, from the codes of its rows and where the run of each code starts."""
    places = _places(starts).tolist()
    below = np.zeros((len(places), (len(codes) + 63) // 64), dtype=np.uint64)
    for line, place in enumerate(places):
        below[line] = packed(codes < place)
    return Cuts(places, below)


def _places(starts: NDArray[np.uint32]) -> NDArray[np.int64]:
    distinct, size = len(starts) - 1, int(starts[-1])
    if distinct <= PARTS:
        return np.arange(1, distinct)
    quantiles = np.arange(1, PARTS) * size // PARTS
    codes = np.searchsorted(starts, quantiles, side="right") - 1
    many = starts[codes + 1] - starts[codes] > size // (2 * PARTS)
    found = np.unique(np.concatenate((codes, codes[many] + 1)))
    return found[(found > 0) & (found < distinct)]


def write_cuts(path: Path, coded: Mapping[str, Coded]) -> None:
    """Write the cuts of the columns that have them, one after the other."""
    with pa.ipc.new_file(str(path), _SCHEMA) as writer:
        for name in CUT:
            codes, below = cut(coded[name].codes, coded[name].starts)
            lists = [
                pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
                for values in (pa.array(codes, pa.uint32()), pa.array(below.reshape(-1)))
            ]
            batch = pa.RecordBatch.from_arrays([pa.array([name]), *lists], schema=_SCHEMA)
            writer.write_batch(batch)


def read_cuts(path: Path) -> dict[str, Cuts]:
    """The cuts of each column that has them, mapped."""
    found = {}
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            name, codes, below = (column[0] for column in reader.get_batch(number).columns)
            places = codes.values.to_pylist()
            found[name.as_py()] = Cuts(places, _lines(below.values.to_numpy(), len(places)))
    return found


def _lines(values: Bits, count: int) -> NDArray[np.uint64]:
    return values.reshape(count, len(values) // max(count, 1))
