"""Product names made searchable: folded text, and which rows can hold which byte sequences.

A keyword is found by substring. Looking through every name costs 54 ms per 300,000 names, so a
filter comes first: every sequence of two and every sequence of three bytes of a name is hashed
to one of 256 slots each, and for each slot there is a bitmap over the rows. A name can hold a
keyword only if it has a bit in all slots of the keyword. Bytes of UTF-8 serve every script.
"""

import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SLOTS = 256
LENGTHS = (2, 3)
"""Sequence lengths, in bytes. The bitmaps of the first come first: 2 × 256 of them."""

_BLOCK = 8_192  # rows, a multiple of 8


def fold(text: str) -> str:
    """`text` without differences of case, width and composition."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def fold_all(names: pa.Array) -> pa.Array:
    """The folded names; plain ASCII, where folding is lower case, is done in bulk."""
    names = names.cast(pa.large_string())
    plain = pc.string_is_ascii(names)
    lowered = pc.ascii_lower(names)
    if pc.all(plain).as_py():
        return lowered
    other = pc.invert(plain)
    folded = [fold(name) for name in names.filter(other).to_pylist()]
    return pc.replace_with_mask(lowered, other, pa.array(folded, pa.large_string()))


def slots(text: bytes) -> list[int]:
    """Numbers of the bitmaps that a name with `text` in it has a bit in; empty: any name."""
    length = min(len(text), LENGTHS[-1])
    if length < LENGTHS[0]:
        return []
    grams = np.frombuffer(text, dtype=np.uint8).astype(np.uint32)
    base = LENGTHS.index(length) * SLOTS
    return [base + slot for slot in sorted(set(_slot(grams, length).tolist()))]


def bitmaps(names: pa.Array) -> NDArray[np.uint8]:
    """One bitmap a row of the answer: bit i (from the top of each byte) stands for name i."""
    count = len(LENGTHS) * SLOTS
    packed = np.zeros((count, (len(names) + 7) // 8), dtype=np.uint8)
    for start in range(0, len(names), _BLOCK):
        block = names.slice(start, _BLOCK)
        bits = np.zeros((count, len(block)), dtype=bool)
        _mark(bits, block)
        packed[:, start // 8 : start // 8 + (len(block) + 7) // 8] = np.packbits(bits, axis=1)
    return packed


def _mark(bits: NDArray[np.bool_], block: pa.Array) -> None:
    offsets, data = text_buffers(block)
    first, last = int(offsets[0]), int(offsets[-1])
    grams = np.frombuffer(data, dtype=np.uint8)[first:last].astype(np.uint32)
    lengths = np.diff(offsets)
    name_of = np.repeat(np.arange(len(block)), lengths)
    left = np.repeat(offsets[1:] - first, lengths) - np.arange(last - first)
    for number, length in enumerate(LENGTHS):
        inside = left[: 1 - length] >= length  # the others reach into the next name
        slot = _slot(grams, length)[inside]
        bits[slot + number * SLOTS, name_of[: 1 - length][inside]] = True


def _slot(grams: NDArray[np.uint32], length: int) -> NDArray[np.intp]:
    """The slot of each sequence of `length` bytes."""
    hashed = np.zeros(max(len(grams) - length + 1, 0), dtype=np.uint32)
    for position in range(length):
        hashed = hashed * np.uint32(0x01000193) ^ grams[position : position + len(hashed)]
    return ((hashed * np.uint32(0x9E3779B1)) >> np.uint32(24)).astype(np.intp)


def text_buffers(names: pa.Array) -> tuple[NDArray[np.int64], Any]:
    """Offsets of a large_string array's own names, and the buffer that they point into."""
    _, offsets, data = names.buffers()
    if len(names) == 0 or data is None:
        return np.zeros(len(names) + 1, dtype=np.int64), b""
    every = np.frombuffer(offsets, dtype=np.int64)
    return every[names.offset : names.offset + len(names) + 1], data
