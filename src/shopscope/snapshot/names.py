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

_BLOCK = 1_024  # names at once, a multiple of 8; their bits stay in the processor's cache


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
    packed = np.zeros((len(LENGTHS) * SLOTS, (len(names) + 7) // 8), dtype=np.uint8)
    for start in range(0, len(names), _BLOCK):
        bits = np.packbits(_bits(names.slice(start, _BLOCK)), axis=1)
        packed[:, start // 8 : (start + _BLOCK) // 8] = bits[:, : packed.shape[1] - start // 8]
    return packed


def _bits(block: pa.Array) -> NDArray[np.bool_]:
    """One line a slot, one column a name, _BLOCK of them."""
    offsets, data = text_buffers(block)
    first, last = int(offsets[0]), int(offsets[-1])
    grams = np.frombuffer(data, dtype=np.uint8)[first:last].astype(np.uint32)
    name_of = np.repeat(np.arange(len(block)), np.diff(offsets))
    bits = np.zeros(len(LENGTHS) * SLOTS * _BLOCK, dtype=bool)
    for number, length in enumerate(LENGTHS):
        slot = _slot(grams, length) + number * SLOTS
        own = name_of[: len(slot)]
        inside = own == name_of[length - 1 :]  # the others reach into the next name
        bits[(slot * _BLOCK + own).compress(inside)] = True
    return bits.reshape(-1, _BLOCK)


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
