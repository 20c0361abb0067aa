"""JSON and JSON Lines as documents: one for the file, or one per line."""

from collections.abc import Iterator
from typing import Any

import msgspec

from shopscope.ingest.batch import Bad
from shopscope.ingest.files import InputFile


class Document(msgspec.Struct, frozen=True):
    """One JSON text of a file; `line` is 0 where the file is one document."""

    line: int
    text: msgspec.Raw


class Documents:
    """A JSON or JSON Lines file."""

    def __init__(self, file: InputFile, by_line: bool) -> None:
        self.file = file
        self.by_line = by_line

    def __iter__(self) -> Iterator[Document | Bad]:
        """The documents; a line that is no JSON comes as Bad, a broken whole raises BadInput."""
        if not self.by_line:
            yield Document(0, self._whole())
            return
        number = 0
        for line in _lines(self.file.text()):
            number += 1
            if not line.strip():
                continue
            try:
                yield Document(number, msgspec.json.decode(line, type=msgspec.Raw))
            except msgspec.DecodeError as error:
                shown = line.decode(errors="replace").strip()
                yield Bad(number, "", shown, f"the line is not valid JSON: {_reason(error)}")

    def _whole(self) -> msgspec.Raw:
        text = b"".join(self.file.text())
        try:
            return msgspec.json.decode(text, type=msgspec.Raw)
        except msgspec.DecodeError as error:
            if "truncated" in str(error):
                raise self.file.error(
                    f"the JSON is cut off at its end, byte {len(text)}; get the file again"
                ) from None
            raise self.file.error(f"not valid JSON: {_reason(error)}") from None


def _reason(error: msgspec.DecodeError) -> str:
    return str(error).removeprefix("JSON is malformed: ").replace("Input data was ", "it is ")


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    kept = b""
    for chunk in chunks:
        lines = (kept + chunk).split(b"\n")
        kept = lines.pop()
        yield from lines
    if kept:
        yield kept


def decode(raw: msgspec.Raw) -> Any:
    """The value of a document."""
    return msgspec.json.decode(raw)
