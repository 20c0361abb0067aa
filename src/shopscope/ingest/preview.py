"""The first rows of a file as they would be loaded, for trying a profile out."""

from pathlib import Path
from typing import Any

import msgspec

from shopscope.ingest.apply import Piece
from shopscope.ingest.batch import Bad
from shopscope.ingest.files import InputFile
from shopscope.ingest.recognize import recognize
from shopscope.ingest.request import Request


class Preview(msgspec.Struct, frozen=True):
    """Rows per table, and what of the file's first rows would be rejected."""

    tables: dict[str, list[dict[str, Any]]]
    rejected: list[Bad]


def preview(path: Path, request: Request, rows: int) -> Preview:
    """The first `rows` rows that each table would get, and the first that would be rejected.

    Raises:
        BadInput: the file can't be read, or does not fit the profile.
    """
    tables: dict[str, list[dict[str, Any]]] = {}
    rejected: list[Bad] = []
    for piece in recognize(InputFile(path), request).pieces():
        _keep(piece, tables, rows)
        rejected += piece.bad[: rows - len(rejected)]
        if tables and all(len(found) >= rows for found in tables.values()):
            break
    return Preview(tables, rejected)


def _keep(piece: Piece, tables: dict[str, list[dict[str, Any]]], rows: int) -> None:
    for made in piece.made:
        found = tables.setdefault(made.table, [])
        found += made.rows.slice(0, max(0, rows - len(found))).to_pylist()
