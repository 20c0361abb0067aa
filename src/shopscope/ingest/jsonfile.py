"""JSON and JSON Lines as documents: one for the file, or one per line."""

from collections.abc import Iterator
from typing import Any

import msgspec

from shopscope.ingest.batch import Bad
from shopscope.ingest.files import InputFile
from shopscope.ingest.numbers import Reject

TRUNCATED = "it is truncated"


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
                yield Document(number, decode(line, msgspec.Raw))
            except Reject as reject:
                yield Bad(number, "", line.decode().strip(), f"the line {reject}")

    def _whole(self) -> msgspec.Raw:
        text = b"".join(self.file.text())
        try:
            raw: msgspec.Raw = decode(text, msgspec.Raw)
        except Reject as reject:
            if TRUNCATED in str(reject):
                raise self.file.error(
                    f"the JSON is cut off at its end, byte {len(text)}; get the file again"
                ) from None
            raise self.file.error(f"the document {reject}") from None
        return raw


def decode(text: msgspec.Raw | bytes, type_: Any = Any) -> Any:
    """The value of a JSON text; raises Reject."""
    try:
        return msgspec.json.decode(text, type=type_)
    except msgspec.DecodeError as error:
        said = str(error).partition(" - at ")[0].removeprefix("JSON is malformed: ")
        reason = said.replace("Input data was", "it is").replace("Number", "a number")
    except RecursionError:
        reason = "it is nested too deeply"
    raise Reject(f"is not valid JSON: {reason}")


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    kept = b""
    for chunk in chunks:
        lines = (kept + chunk).split(b"\n")
        kept = lines.pop()
        yield from lines
    if kept:
        yield kept
