"""Content codings: a body that differs from the next only in its end is compressed once.

An envelope ends with its `requestId`, and all before it is the same for everyone who asks the
same. So the beginning is compressed and may be kept; the end follows as it is, in a block that
both formats have for what is not compressed (RFC 1951, 3.2.4; RFC 8878, 3.1.1.2). The whole is one
ordinary gzip member or zstd frame.
"""

import functools
import zlib
from typing import NamedTuple

import pyarrow as pa

from shopscope.contract.headers import CODINGS

COMPRESS_FROM = 1_000
"""Bytes: what is smaller fits one packet of the network anyway."""

_GZIP_LEVEL, _ZSTD_LEVEL = 3, 1  # docs/decisions/0014 has the measurement
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952; no time, no system
_ZSTD_HEAD = b"\x28\xb5\x2f\xfd\0%c"  # no size is stated, so a window is
_STORED = b"\x01%b%b"  # the last block of deflate, as it is
_LAST, _RLE = 1, 1  # of a block's header in zstd


class Wanted(NamedTuple):
    """The coding that a client asks for, None: none; and from which size on."""

    coding: str | None
    least: int = COMPRESS_FROM


AS_IT_IS = Wanted(None)


class Begun(NamedTuple):
    """The beginning of a body in one coding, None: as it is. `size` and `crc` are of its bytes
    before they were coded, the latter for gzip alone."""

    coding: str | None
    start: bytes
    size: int
    crc: int = 0


def begin(start: bytes, wanted: Wanted) -> Begun:
    """The beginning of a body as it is wanted."""
    coding = wanted.coding if len(start) >= wanted.least else None
    if coding == "gzip":
        deflate = zlib.compressobj(_GZIP_LEVEL, wbits=-zlib.MAX_WBITS)
        body = deflate.compress(start) + deflate.flush(zlib.Z_SYNC_FLUSH)
        return Begun(coding, _GZIP_HEAD + body, len(start), zlib.crc32(start))
    if coding == "zstd":
        frame = pa.Codec("zstd", _ZSTD_LEVEL).compress(start, asbytes=True)
        return Begun(coding, _open_frame(frame, len(start)), len(start))
    return Begun(None, start, len(start))


def finish(begun: Begun, end: bytes) -> bytes:
    """The whole body: its beginning and an `end` of less than 64 KB."""
    if begun.coding is None:
        return begun.start + end
    size = len(end)
    if begun.coding == "zstd":
        return b"%b%b%b" % (begun.start, (size << 3 | _LAST).to_bytes(3, "little"), end)
    stored = _STORED % (size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"))
    crc = zlib.crc32(end, begun.crc).to_bytes(4, "little")
    whole = (begun.size + size & 0xFFFFFFFF).to_bytes(4, "little")
    return b"%b%b%b%b%b" % (begun.start, stored, end, crc, whole)


def _open_frame(frame: bytes, size: int) -> bytes:
    """The blocks of a frame behind a header without a size; another block may follow."""
    sizes = frame[4] >> 6  # how long the field is that states the size
    single = frame[4] >> 5 & 1  # the size is the window, which is not stated then
    place = first = 6 + (0, 2 - single, 4 - single, 8 - single)[sizes]
    blocks = bytearray(frame)
    while True:
        header = int.from_bytes(blocks[place : place + 3], "little")
        length = 1 if header >> 1 & 3 == _RLE else header >> 3
        if header & _LAST:
            blocks[place] ^= _LAST
            break
        place += 3 + length
    window = max((size - 1).bit_length(), 10)  # a power of two that reaches back to the start
    return _ZSTD_HEAD % (window - 10 << 3) + blocks[first : place + 3 + length]


@functools.lru_cache(maxsize=256)
def wanted(header: bytes) -> Wanted:
    """What an Accept-Encoding asks for (RFC 9110, 12.5.3): the cheapest of what it likes best.

    Who refuses everything gets the answer as it is: the RFC leaves the choice, and an error would
    help nobody.
    """
    liked = {}
    for part in header.decode("latin-1").lower().split(","):
        name, *options = (text.strip() for text in part.split(";"))
        liked[name] = _quality(options)
    others = liked.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: liked.get(coding, others))
    weight = liked.get(best, others)
    plain = liked.get("identity", others if "*" in liked else None)
    if weight == 0 or (plain is not None and plain > weight):
        return AS_IT_IS
    return Wanted(best, 0 if plain == 0 else COMPRESS_FROM)


def _quality(options: list[str]) -> float:
    """The weight among a coding's options, 1 where there is none; 0 for what is no number."""
    for option in options:
        name, _, text = option.partition("=")
        if name.strip() == "q":
            digits = text.strip()
            plain = digits.replace(".", "", 1).isdecimal() and digits.isascii()
            return min(float(digits), 1.0) if plain else 0.0
    return 1.0
