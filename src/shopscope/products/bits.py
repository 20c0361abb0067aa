"""Working with bitmaps over the rows of a region (`snapshot.cuts.Bits`)."""

import numpy as np
from numpy.typing import NDArray

from shopscope.products.ordering import Rows
from shopscope.snapshot.cuts import Bits

_SPARSE = 16
"""Rows for each that a bitmap has, from which on its empty words are passed over first."""

_PLACES = np.array([128, 64, 32, 16, 8, 4, 2, 1], dtype=np.uint8)


def everything(size: int) -> Bits:
    """The bitmap of all rows."""
    bits = np.full((size + 63) // 64 * 8, 0xFF, dtype=np.uint8)
    bits[(size + 7) // 8 :] = 0
    if size % 8:
        bits[size // 8] = 0xFF << (8 - size % 8) & 0xFF
    return bits.view(np.uint64)


def count(bits: Bits) -> int:
    """How many rows a bitmap has."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def held(bits: Bits, rows: Rows) -> NDArray[np.bool_]:
    """Which of these rows a bitmap has."""
    found = bits.view(np.uint8).take(rows >> 3)
    found <<= (rows & 7).astype(np.uint8)
    return found > 127


def take_out(bits: Bits, rows: Rows) -> None:
    """Remove rows that are in a bitmap, none of them twice."""
    np.subtract.at(bits.view(np.uint8), rows >> 3, _PLACES.take(rows & 7))


def numbers(bits: Bits, total: int) -> Rows:
    """The rows that a bitmap has, `total` of them, ascending."""
    if total * _SPARSE > len(bits) * 64:
        return np.flatnonzero(np.unpackbits(bits.view(np.uint8)).view(np.bool_)).astype(np.uint32)
    words = np.flatnonzero(bits)
    places = np.flatnonzero(np.unpackbits(bits[words].view(np.uint8)).view(np.bool_))
    found: Rows = ((words.take(places >> 6) << 6) + (places & 63)).astype(np.uint32)
    return found


def part(bits: Bits, start: int, stop: int) -> Rows:
    """The rows at [start, stop) of those that a bitmap has, ascending."""
    until = np.cumsum(np.bitwise_count(bits), dtype=np.uint32)
    first, last = np.searchsorted(until, [start, stop - 1], side="right").tolist()
    before = int(until[first - 1]) if first else 0
    places = np.flatnonzero(np.unpackbits(bits[first : last + 1].view(np.uint8)).view(np.bool_))
    found: Rows = (places[start - before : stop - before] + first * 64).astype(np.uint32)
    return found
