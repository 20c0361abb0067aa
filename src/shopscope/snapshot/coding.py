"""Coded columns: what filters and orders are answered from.

The distinct values of a column are numbered in ascending order; that number is a value's code.
A column is then four arrays:

- `codes`   the code of each row, as narrow as the number of distinct values allows;
- `order`   the row numbers in ascending order of (value, row number);
- `starts`  where the run of each code begins in `order`, and at the end the number of rows;
- `values`  the distinct values.

So integers, floats and text are one thing to the index: a bound becomes a code by one binary
search in `values`, which compares exactly, whatever type the bound has; the count of rows
between two codes is a difference in `starts`; and a run of equal values is known without
looking at it.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopscope.contract.products import (
    EQUALITY_FILTERS,
    EXTRA_EQUALITY_FILTERS,
    EXTRA_RANGE_FILTERS,
    RANGE_FILTERS,
    SORTABLE,
)

INDEXED: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *EQUALITY_FILTERS,
            *EXTRA_EQUALITY_FILTERS,
            *RANGE_FILTERS,
            *EXTRA_RANGE_FILTERS,
            *SORTABLE,
        )
    )
)
"""Every column that a request can filter or order by."""

_ROW_BITS = np.uint64(32)
ROWS_MAX = 2**32 - 1
"""Products of one region: row numbers have 32 bits."""


class Coded(NamedTuple):
    """One column as built; `values` is an Arrow array of int64, float64 or string."""

    codes: NDArray[Any]
    order: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    values: pa.Array


def encode(column: pa.Array) -> Coded:
    """The coded form of a column of int64, float64 or string without nulls or NaN."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _encode_text(column)
    return _encode_numbers(column.to_numpy())


def _encode_numbers(numbers: NDArray[Any]) -> Coded:
    order = _order(numbers)
    ordered = numbers[order]
    begins = np.ones(len(numbers), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    starts = np.append(first, len(numbers)).astype(np.uint32)
    codes = np.empty(len(numbers), dtype=_narrowest(len(first)))
    codes[order] = np.cumsum(begins) - 1
    return Coded(codes, order, starts, pa.array(ordered[first]))


def _encode_text(column: pa.Array) -> Coded:
    encoded = column.dictionary_encode()
    ascending = pc.array_sort_indices(encoded.dictionary)
    rank = np.empty(len(ascending), dtype=np.int64)
    rank[ascending.to_numpy()] = np.arange(len(ascending))
    coded = _encode_numbers(rank[encoded.indices.to_numpy()])
    return coded._replace(values=encoded.dictionary.take(ascending))


def _narrowest(distinct: int) -> type[np.unsignedinteger[Any]]:
    for dtype in (np.uint8, np.uint16):
        if distinct <= np.iinfo(dtype).max + 1:
            return dtype
    return np.uint32


def _order(numbers: NDArray[Any]) -> NDArray[np.uint32]:
    """Row numbers in ascending order of (value, row number).

    NumPy sorts unsigned integers several times faster than it sorts stably, so value and row
    number are sorted together as one integer of 64 bits.
    """
    if len(numbers) == 0:
        return np.empty(0, dtype=np.uint32)
    if numbers.dtype.kind == "i":
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < 2**32:
            return _order_small((numbers - low).astype(np.uint64))
    by_value = np.argsort(numbers)
    ordered = numbers[by_value]
    run = np.zeros(len(numbers), dtype=np.uint64)
    np.cumsum(ordered[1:] != ordered[:-1], out=run[1:])
    keys = (run << _ROW_BITS) | by_value.astype(np.uint64)
    keys.sort()
    return keys.astype(np.uint32)


def _order_small(numbers: NDArray[np.uint64]) -> NDArray[np.uint32]:
    keys = (numbers << _ROW_BITS) | np.arange(len(numbers), dtype=np.uint64)
    keys.sort()
    return keys.astype(np.uint32)
