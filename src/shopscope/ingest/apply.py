"""Rows of a file become rows of tables, as a profile says.

A row is taken as a whole: if one of its cells can't be read, none of the tables gets a row of it,
and the first such cell, in the profile's order, is named as the reason.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopscope.errors import BadInput
from shopscope.ingest.batch import Bad, Batch
from shopscope.ingest.cells import CellReader, Parsed, distinct
from shopscope.ingest.money import DEFAULT_CURRENCY, currencies
from shopscope.ingest.parse import hashtags, parser, text
from shopscope.ingest.profile import PATH_MARK, VALIDITY, Cell, Profile, Target
from shopscope.lake.schema import POST, Column

Mask = npt.NDArray[np.bool_]

MISSING = "is missing"
_DAYS = ("day", *VALIDITY)
_ANY = Column("", "text", "any cell, to see whether it is there")


class Context(msgspec.Struct, frozen=True):
    """What holds for rows that do not say it themselves."""

    day: date
    region: str | None = None
    locale: str | None = None
    day_given: bool = False
    """The day was given by the user, who knows better than a date in the head of a document."""


class Made(msgspec.Struct, frozen=True):
    """Rows for one table; `origin` is the position of the row of the batch each came from."""

    table: str
    rows: pa.Table
    origin: npt.NDArray[np.int64]


class Piece(msgspec.Struct, frozen=True):
    """What became of some rows of the file: rows for tables, or a reason."""

    rows: int
    made: tuple[Made, ...]
    bad: tuple[Bad, ...]


class Applier:
    """A profile made ready for the rows of one file."""

    def __init__(
        self,
        profile: Profile,
        context: Context,
        columns: Iterable[str],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """`columns` are the input columns at hand, `variables` the values for lake columns.

        Raises:
            BadInput: a table needs a region or a locale, and neither the profile nor the context
                says it.
        """
        self._profile = profile
        self._context = context
        self._columns = frozenset(columns)
        self._readers: dict[tuple[str, str], CellReader] = {}
        self._targets = [
            (target, self._cells(target, variables or {})) for target in profile.targets
        ]

    def apply(self, batch: Batch) -> Piece:
        """The rows of a batch, made or refused."""
        if not len(batch.lines):
            return Piece(batch.rows, (), tuple(batch.bad))
        job = _Job(batch, self._profile, self._readers)
        drafts = [(target, *job.target(target, cells)) for target, cells in self._targets]
        made = []
        for target, columns, wanted in drafts:
            keep = wanted & (job.blame < 0)
            rows = pa.table(columns)
            if not keep.all():
                rows = rows.filter(pa.array(keep))
            if rows.num_rows:
                made.append(Made(target.table.name, rows, np.flatnonzero(keep)))
        return Piece(batch.rows, tuple(made), (*batch.bad, *job.bad()))

    def _cells(self, target: Target, variables: Mapping[str, str]) -> list[tuple[Column, Cell]]:
        """The cell of each lake column that gets one, in the profile's order."""
        cells: dict[str, Cell] = {}
        for name, cell in target.cells.items():
            if self._context.day_given and cell.path is not None and name in _DAYS:
                continue
            there = cell.input is None or cell.input in self._columns
            if there:
                cells[name.format_map(variables) if "{" in name else name] = cell
            elif cell.default is not None:
                cells[name] = Cell(value=cell.default)
        for column in target.table.columns:
            if column.required and column.name not in cells:
                cells[column.name] = self._from_context(column, target)
        return [(target.table.column(name), cell) for name, cell in cells.items()]

    def _from_context(self, column: Column, target: Target) -> Cell:
        known = {"day": self._context.day.isoformat(), "region": self._context.region,
                 "locale": self._context.locale}  # fmt: skip
        value = known.get(column.kind)
        if value is not None:
            return Cell(value=value)
        if column.kind in known:
            raise BadInput(
                f"Rows for {target.table.name} need a {column.kind}, and neither the file nor the "
                f"profile {self._profile.name!r} says one. Give it with --{column.kind}"
                + (", such as --locale en-US." if column.kind == "locale" else ", such as US.")
            )
        raise BadInput(
            f"The profile {self._profile.name!r} gives no {column.name} to the table "
            f"{target.table.name}, which needs it ({column.title})."
        )


class _Job:
    """One batch on its way: parsed columns by what they were parsed as, and blamed rows."""

    def __init__(
        self, batch: Batch, profile: Profile, readers: dict[tuple[str, str], CellReader]
    ) -> None:
        self._batch = batch
        self._readers = readers
        self._numbers = profile.numbers
        self._missing = profile.missing
        self._length = len(batch.lines)
        self._parsed: dict[tuple[str, str], Parsed] = {}
        self.blame = np.full(self._length, -1, np.int32)
        self._reasons: list[tuple[str, str]] = []  # input column, reason

    def target(
        self, target: Target, cells: list[tuple[Column, Cell]]
    ) -> tuple[dict[str, pa.Array], Mask]:
        """The columns of one target, and which rows it wants."""
        columns: dict[str, pa.Array] = {}
        wanted = self._wanted(target)
        amounts: list[tuple[str, pa.Array]] = []
        for column, cell in cells:
            parsed = self._read(column, cell)
            values = parsed.values
            name = cell.input or column.name
            if parsed.faults is not None:
                for code, reason in enumerate(parsed.reasons):
                    self._accuse(wanted & (parsed.faults == code), name, reason)
            if cell.default is not None:
                default = self._constant(column, cell, cell.default)
                values = pc.coalesce(values, pa.scalar(default, column.type))
            if column.required and values.null_count:
                absent = values.is_null().to_numpy(zero_copy_only=False)
                self._accuse(wanted & absent, name, MISSING)
            if parsed.named is not None and parsed.named.null_count < self._length:
                amounts.append((name, parsed.named))
            columns[column.name] = values
        if amounts:
            told = "currency" in target.table.schema.names
            dollars = _repeat(DEFAULT_CURRENCY, pa.string(), self._length)
            stated = columns.get("currency") if told else dollars
            settled = self._settle(stated, amounts, wanted)
            if told:
                columns["currency"] = settled
        if target.table is POST:
            self._tag(columns, cells)
        return columns, wanted

    def bad(self) -> list[Bad]:
        """The rows that are blamed, each with its first reason."""
        found = []
        for row in np.flatnonzero(self.blame >= 0):
            name, reason = self._reasons[self.blame[row]]
            cells = self._batch.columns.get(name)
            value = None if cells is None else cells.at(int(row))
            shown = "" if value is None else value if isinstance(value, str) else text(value)
            line = int(self._batch.lines[row])
            found.append(Bad(line, name.removeprefix(PATH_MARK), shown, reason))
        return found

    def _accuse(self, rows: Mask, name: str, reason: str) -> None:
        rows = rows & (self.blame < 0)
        if rows.any():
            self._reasons.append((name, reason))
            self.blame[rows] = len(self._reasons) - 1

    def _wanted(self, target: Target) -> Mask:
        cells = self._batch.columns.get(target.when) if target.when else None
        if cells is None:
            return np.ones(self._length, np.bool_)
        present = self._reader(_ANY, Cell()).read(cells)
        wanted: Mask = present.values.is_valid().to_numpy(zero_copy_only=False)
        return wanted

    def _read(self, column: Column, cell: Cell) -> Parsed:
        if cell.input is None:
            value = self._constant(column, cell, cell.value)
            return Parsed(_repeat(value, column.type, self._length))
        key = (column.kind, repr(cell))
        if key not in self._parsed:
            cells = self._batch.columns[cell.input]
            self._parsed[key] = self._reader(column, cell).read(cells)
        return self._parsed[key]

    def _reader(self, column: Column, cell: Cell) -> CellReader:
        key = (column.kind, repr(cell))
        if key not in self._readers:
            self._readers[key] = CellReader(column, cell.form(self._numbers), self._missing)
        return self._readers[key]

    def _constant(self, column: Column, cell: Cell, value: Any) -> Any:
        plain = msgspec.structs.replace(cell, map=None)
        parsed = parser(column.kind, plain.form(self._numbers))(value)
        return parsed[0] if column.kind == "money" else parsed

    def _settle(
        self, stated: pa.Array | None, amounts: list[tuple[str, pa.Array]], wanted: Mask
    ) -> pa.Array:
        """The currency of each row; a row whose amounts contradict it, or each other, is blamed."""
        given = pa.nulls(self._length, pa.string()) if stated is None else stated
        coded = [distinct(array) for array in (given, *(named for _, named in amounts))]
        combined = np.zeros(self._length, np.int64)
        for values, codes in coded:
            combined = combined * (len(values) + 1) + codes + 1
        _, first, which = np.unique(combined, return_index=True, return_inverse=True)
        settled: list[str | None] = []
        for number, row in enumerate(first):
            names = [None if codes[row] < 0 else str(values[codes[row]]) for values, codes in coded]
            currency, culprit, reason = _currency(names[0], names[1:])
            if reason:
                self._accuse(wanted & (which == number), amounts[culprit][0], reason)
            settled.append(currency)
        return pa.array(settled, pa.string()).take(pa.array(which))

    def _tag(self, columns: dict[str, pa.Array], cells: list[tuple[Column, Cell]]) -> None:
        """Hashtags from the caption, where the row names none."""
        captions = columns.get("caption")
        if captions is None:
            return
        cut = next((cell.cut for column, cell in cells if column.name == "caption"), None)
        values, codes = distinct(captions)
        found = pa.array([hashtags(str(v), cut) for v in values], POST.column("hashtags").type)
        taken = found.take(pa.array(codes, mask=codes < 0))
        given = columns.get("hashtags")
        columns["hashtags"] = taken if given is None else pc.coalesce(given, taken)


def _currency(stated: str | None, names: list[str | None]) -> tuple[str | None, int, str]:
    """The currency of a row; else the amount that contradicts, and how."""
    possible = None if stated is None else frozenset({stated})
    for number, name in enumerate(names):
        if name is None:
            continue
        means = currencies(name)
        both = means if possible is None else possible & means
        if not both:
            return (
                None,
                number,
                (
                    f"is in {name}, the currency of the row is {stated}"
                    if stated
                    else f"is in {name}, another amount of the row is not"
                ),
            )
        possible = both
    if possible is None or len(possible) == 1:
        return next(iter(possible or ()), None), 0, ""
    if DEFAULT_CURRENCY in possible:
        return DEFAULT_CURRENCY, 0, ""
    number = next(i for i, name in enumerate(names) if name is not None)
    return (
        None,
        number,
        (
            f"is in {names[number]}, which is {' or '.join(sorted(possible))}; "
            "say which with `currency` in the profile"
        ),
    )


def _repeat(value: Any, type_: pa.DataType, length: int) -> pa.Array:
    return pa.array([value], type_).take(pa.array(np.zeros(length, np.int32)))
