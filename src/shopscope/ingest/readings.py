"""The ways through a file: as a table, as documents with rows at a path, as saved answers.

Each gives pieces, one after the other, so that a large file never has to fit into memory. Only a
file that is one JSON document is read as a whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec
import numpy as np

from shopscope.ingest import pages
from shopscope.ingest.apply import Applier, Context, Piece
from shopscope.ingest.batch import BATCH_ROWS, Bad, Batch, Tabular
from shopscope.ingest.cells import Column
from shopscope.ingest.files import InputFile
from shopscope.ingest.jsonfile import Documents, decode
from shopscope.ingest.library import PARTNER, PRODUCTS, profile_named
from shopscope.ingest.numbers import Reject
from shopscope.ingest.parse import text
from shopscope.ingest.products import product_rows, rows_of_table
from shopscope.ingest.profile import PATH_MARK, Profile
from shopscope.ingest.request import Request

PAGE_ROWS = 4096
"""Product rows that are handled at once; they are large."""

NO_ROWS = "no rows of a known shape in it"


class Reading(Protocol):
    """A file that was recognized."""

    @property
    def name(self) -> str:
        """Name of the profile, or of the shapes that were found."""

    def pieces(self) -> Iterator[Piece]:
        """What becomes of the rows, in the file's order."""


class TableReading:
    """A file with named columns, through a profile."""

    def __init__(self, file: InputFile, table: Tabular, profile: Profile, request: Request) -> None:
        self.name = profile.name
        self._table = table
        self._profile = profile
        self._context = request.context(file.path)
        self._wanted = _wanted(profile, table.columns)
        for name in self._wanted:
            if table.columns.count(name) > 1:
                raise file.error(f"the column {name!r} stands in the header twice")

    def pieces(self) -> Iterator[Piece]:
        """What becomes of the rows, in the file's order."""
        if self._profile.name == PRODUCTS:
            yield from self._products()
            return
        applier = Applier(self._profile, self._context, self._wanted)
        for batch in self._table.batches(self._wanted):
            yield applier.apply(batch)

    def _products(self) -> Iterator[Piece]:
        for batch in self._table.batches(self._wanted):
            rows = list(rows_of_table(batch)) if len(batch.lines) else []
            piece = product_rows(
                rows, batch.lines.tolist(), self._context.day, self._profile.source
            )
            yield Piece(batch.rows, piece.made, (*batch.bad, *piece.bad))


class DocumentReading:
    """JSON documents with rows at the path that a profile names."""

    def __init__(self, documents: Documents, profile: Profile, request: Request) -> None:
        self.name = profile.name
        self._documents = documents
        self._profile = profile
        self._request = request
        self._paths = [name for name in profile.inputs if name.startswith(PATH_MARK)]

    def pieces(self) -> Iterator[Piece]:
        """What becomes of the rows, in the file's order."""
        kept = _Kept(self._profile)
        number = 0
        for document in self._documents:
            if isinstance(document, Bad):
                kept.bad.append(document)
                continue
            try:
                value = decode(document.text)
            except Reject as reject:
                shown = bytes(document.text).decode()
                kept.bad.append(Bad(document.line, "", shown, f"the document {reject}"))
                continue
            rows = rows_in(value, self._profile)
            if rows is None:
                kept.bad.append(Bad(document.line, "", text(value), NO_ROWS))
                continue
            head = self._head(value)
            variables = self._variables(head)
            context = self._request.context(self._documents.file.path, _top(value))
            for row in rows:
                number += 1
                line = document.line or number
                if not isinstance(row, dict):
                    kept.bad.append(Bad(line, "", text(row), "the row is not a JSON object"))
                    continue
                if kept.full or not kept.fits(context, variables):
                    yield from kept.flush()
                kept.add({**row, **head}, line, context, variables)
        yield from kept.flush()

    def _head(self, value: Any) -> dict[str, Any]:
        """The values by path that the profile reads, as further cells of every row."""
        return {name: at_path(value, name.removeprefix(PATH_MARK)) for name in self._paths}

    def _variables(self, head: Mapping[str, Any]) -> dict[str, str]:
        values = {}
        for name, cell in self._profile.variables.items():
            told = text(head[str(cell.input)])
            known = cell.map or {}
            if told not in known:
                raise self._documents.file.error(
                    f"{cell.path} is {told!r}, the profile {self._profile.name!r} knows "
                    f"{', '.join(known)}"
                )
            values[name] = str(known[told])
        return values


class PageReading:
    """Saved answers of the API, in whatever wrapping."""

    def __init__(
        self, documents: Documents, request: Request, shapes: tuple[str, ...], found: list[str]
    ) -> None:
        self.name = "+".join(found)
        self._documents = documents
        self._request = request
        self._shapes = shapes

    def pieces(self) -> Iterator[Piece]:
        """What becomes of the rows, in the file's order; partner rows at the end."""
        kept = {shape: _Pages(shape) for shape in self._shapes}
        numbers = dict.fromkeys(self._shapes, 0)
        for document in self._documents:
            if isinstance(document, Bad):
                yield Piece(1, (), (document,))
                continue
            answers = pages.find(document.text, self._shapes)
            if answers.errors:
                bad = tuple(Bad(document.line, "", "", error) for error in answers.errors)
                yield Piece(len(bad), (), bad)
            elif not (answers.rows or answers.envelopes):
                shown = bytes(document.text).decode()
                yield Piece(1, (), (Bad(document.line, "", shown, NO_ROWS),))
            context = self._request.context(self._documents.file.path, _raw_top(document.text))
            for shape, rows in answers.rows.items():
                pile = kept[shape]
                for row in rows:
                    numbers[shape] += 1
                    if pile.full or not pile.fits(context):
                        yield pile.flush()
                    pile.add(row, document.line or numbers[shape], context)
        for pile in kept.values():
            yield pile.flush()


class _Pages:
    """Rows of one shape on their way."""

    def __init__(self, shape: str) -> None:
        self._shape = shape
        self._rows: list[msgspec.Raw] = []
        self._lines: list[int] = []
        self._context: Context | None = None

    @property
    def full(self) -> bool:
        # The levels of partner rows need all of them.
        limit = PAGE_ROWS if self._shape == PRODUCTS else BATCH_ROWS
        return self._shape != PARTNER and len(self._rows) >= limit

    def fits(self, context: Context) -> bool:
        return self._shape == PARTNER or self._context in (None, context)

    def add(self, row: msgspec.Raw, line: int, context: Context) -> None:
        self._rows.append(row)
        self._lines.append(line)
        self._context = self._context or context

    def flush(self) -> Piece:
        rows, lines, context = self._rows, self._lines, self._context
        self._rows, self._lines, self._context = [], [], None
        if context is None:
            return Piece(0, (), ())
        profile = profile_named(self._shape)
        if self._shape == PRODUCTS:
            return product_rows(rows, lines, context.day, profile.source)
        taken, at, bad = pages.objects(rows, lines)
        if self._shape == PARTNER:
            taken, at, lost = pages.with_levels(taken, at)
            bad += lost
        applier = Applier(profile, context, profile.inputs)
        return applier.apply(batch_of(taken, at, profile.inputs, bad))


class _Kept:
    """Rows of documents on their way; all with one context and one set of variables."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._rows: list[dict[str, Any]] = []
        self._lines: list[int] = []
        self._holds: tuple[Context, dict[str, str]] | None = None
        self.bad: list[Bad] = []

    @property
    def full(self) -> bool:
        return len(self._rows) >= BATCH_ROWS

    def fits(self, context: Context, variables: dict[str, str]) -> bool:
        return self._holds in (None, (context, variables))

    def add(
        self, row: dict[str, Any], line: int, context: Context, variables: dict[str, str]
    ) -> None:
        self._rows.append(row)
        self._lines.append(line)
        self._holds = self._holds or (context, variables)

    def flush(self) -> Iterator[Piece]:
        bad, self.bad = self.bad, []
        if self._holds is None:
            yield Piece(len(bad), (), tuple(bad))
            return
        context, variables = self._holds
        keys = {key for row in self._rows for key in row}
        wanted = _wanted(self._profile, keys | set(self._profile.required))
        applier = Applier(self._profile, context, wanted, variables)
        yield applier.apply(batch_of(self._rows, self._lines, wanted, bad))
        self._rows, self._lines, self._holds = [], [], None


def batch_of(
    rows: list[dict[str, Any]], lines: list[int], wanted: list[str], bad: list[Bad]
) -> Batch:
    """A batch from decoded JSON objects; an absent key is an empty cell."""
    columns = {name: Column.of([row.get(name) for row in rows]) for name in wanted}
    return Batch(columns, np.array(lines, np.int64), bad)


def rows_in(value: Any, profile: Profile) -> list[Any] | None:
    """The rows of a document where the profile says they are; None: there are none."""
    found = value if profile.rows is None else at_path(value, profile.rows)
    if isinstance(found, dict) and profile.rows is None:
        return [found]
    return found if isinstance(found, list) else None


def at_path(value: Any, path: str) -> Any:
    """The value at a dotted path; None: nothing is there."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _wanted(profile: Profile, columns: Any) -> list[str]:
    there = set(columns)
    inputs = profile.inputs or list(profile.recognize)
    return [name for name in inputs if name in there]


def _top(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _raw_top(raw: msgspec.Raw) -> Mapping[str, Any] | None:
    """The scalar values at the top of a document, without decoding the rest."""
    if bytes(memoryview(raw)[:1]) != b"{":
        return None
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return {
        key: msgspec.json.decode(value)
        for key, value in fields.items()
        if bytes(memoryview(value)[:1]) == b'"'
    }
