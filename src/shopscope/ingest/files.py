"""A file's bytes: what they are, judged by content, and their text as UTF-8, chunk by chunk."""

import codecs
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import pyarrow as pa

from shopscope.errors import BadInput

Format = Literal["csv", "json", "jsonl", "parquet"]
Progress = Callable[[int], None]
"""Called with the number of bytes of the file that are behind us."""

CHUNK = 8 << 20
SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
COMPRESSED = (".gz", ".zst", ".zstd")

_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARIES = {
    b"PK\x03\x04": "a ZIP or Excel file; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database",
    b"<!DOCTYPE": "a web page; save its data instead",
    b"<html": "a web page; save its data instead",
}


class InputFile:
    """A file to be loaded. Nothing is read before it is asked for.

    Raises BadInput, from every method, with the path and what is wrong with the file.
    """

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path = path
        self._progress = progress or (lambda done: None)

    def error(self, what: str) -> BadInput:
        """The error that says `what` about this file."""
        return BadInput(f"{self.path}: {what}")

    def sha256(self) -> str:
        """The SHA-256 of the file's bytes, in hexadecimal."""
        with self._opened() as file:
            try:
                return hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise self.error(f"can't be read: {error.strerror}") from None

    def format(self) -> Format:
        """What the file holds, by its first bytes; compression is looked through."""
        with self._opened() as file, self._plain(file) as stream:
            head = self._read(stream, 4)
            if head == b"PAR1":
                return "parquet"
        chunks = self.text()
        start = next(chunks, b"")
        if not start.strip():
            raise self.error("the file is empty")
        if start.lstrip()[:1] not in (b"{", b"["):
            return "csv"
        parts = [start.lstrip()]
        while b"\n" not in parts[-1] and (more := next(chunks, b"")):
            parts.append(more)
        line, _, rest = b"".join(parts).partition(b"\n")
        if re.search(r"\.(jsonl|ndjson)(\.\w+)?$", self.path.name.lower()):
            return "jsonl"
        several = rest.strip() or next(chunks, b"").strip()
        return "jsonl" if several and _is_json(line) else "json"

    def text(self, chunk: int = CHUNK) -> Iterator[bytes]:
        """The file's text in UTF-8 without byte order mark, decompressed, in chunks."""
        with self._opened() as file, self._plain(file) as stream:
            head = self._read(stream, max(chunk, 16))
            self._refuse_binary(head)
            mark, encoding = next((m for m in _BOMS if head.startswith(m[0])), (b"", "utf-8"))
            if not mark and b"\0" in head[:4096]:
                encoding = _utf16_without_mark(head[:4096]) or encoding
            decoder = codecs.getincrementaldecoder(encoding)()
            offset, data = len(mark), head[len(mark) :]
            while data:
                pending = len(decoder.getstate()[0])
                try:
                    decoded = decoder.decode(data)
                except UnicodeDecodeError as error:
                    raise self._not_text(encoding, offset - pending + error.start) from None
                yield (
                    data
                    if encoding == "utf-8" and not pending and _whole(decoder)
                    else (decoded.encode())
                )
                offset += len(data)
                self._progress(file.tell())
                data = self._read(stream, chunk)
            if decoder.getstate()[0]:
                raise self.error(f"cut off at its end, byte {offset}, in the middle of a character")

    def binary(self) -> BinaryIO:
        """The decompressed bytes as a file that can be sought in; the caller closes it."""
        file = self._opened()
        if not _compression(file):
            return file
        with file, self._plain(file) as stream:
            copy = tempfile.TemporaryFile()  # noqa: SIM115 - handed out open
            while data := self._read(stream, CHUNK):
                copy.write(data)
                self._progress(file.tell())
            copy.seek(0)
            return copy

    def done(self, part: float) -> None:
        """Report that this part of the file, 0 to 1, is behind us."""
        self._progress(int(self.path.stat().st_size * part))

    def _opened(self) -> BufferedReader:
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            raise self.error("no such file") from None
        except PermissionError:
            raise self.error("no permission to read the file") from None
        except OSError as error:
            raise self.error(f"can't be read: {error.strerror}") from None

    def _plain(self, file: BinaryIO) -> pa.NativeFile:
        stream = pa.PythonFile(file, "r")
        compression = _compression(file)
        return pa.CompressedInputStream(stream, compression) if compression else stream

    def _read(self, stream: pa.NativeFile, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        try:
            data: bytes = stream.read(size)
            while 0 < len(data) < size and (more := stream.read(size - len(data))):
                data += more
        except OSError as error:
            if "runcated" in str(error):
                what = "the compressed data is cut off; copy or download the file again"
            elif error.errno is None:
                what = f"the compressed data is damaged: {error}"
            else:
                what = f"can't be read: {error.strerror}"
            raise self.error(what) from None
        return data

    def _refuse_binary(self, head: bytes) -> None:
        for magic, what in _BINARIES.items():
            if head.lstrip()[: len(magic)].lower() == magic.lower():
                raise self.error(f"this is {what}; expected CSV, JSON, JSON Lines or Parquet")
        marked = any(head.startswith(mark) for mark, _ in _BOMS)
        if not marked and b"\0" in head[:4096] and not _utf16_without_mark(head[:4096]):
            raise self.error("this is a binary file; expected CSV, JSON, JSON Lines or Parquet")

    def _not_text(self, encoding: str, offset: int) -> BadInput:
        name = encoding.upper().replace("-LE", "").replace("-BE", "")
        return self.error(f"byte {offset} is not valid {name}; save the file as UTF-8")


def _whole(decoder: codecs.IncrementalDecoder) -> bool:
    return not decoder.getstate()[0]


def _compression(file: BinaryIO) -> str | None:
    magic = file.read(4)
    file.seek(0)
    return next((name for mark, name in _COMPRESSIONS.items() if magic.startswith(mark)), None)


def _utf16_without_mark(head: bytes) -> str | None:
    """The byte order of UTF-16 text that starts with ASCII and has no mark."""
    even, odd = head[:8:2], head[1:8:2]
    if even and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if odd and not any(even) and all(odd) else None


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def expand(path: Path) -> list[Path]:
    """The files to load: a folder becomes the files in it that have a known extension.

    Raises:
        BadInput: the folder can't be read or has no such file.
    """
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    try:
        for folder, folders, names in os.walk(path, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += (Path(folder) / name for name in names if _known(name))
    except OSError as error:
        raise BadInput(f"{error.filename}: can't read the folder: {error.strerror}") from None
    if not found:
        raise BadInput(
            f"{path}: no file in this folder has a known extension: {' '.join(SUFFIXES)}, "
            f"each also with {' '.join(COMPRESSED)}"
        )
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def _known(name: str) -> bool:
    if name.startswith("."):
        return False
    plain = re.sub(rf"({'|'.join(map(re.escape, COMPRESSED))})$", "", name.lower())
    return plain.endswith(SUFFIXES)
