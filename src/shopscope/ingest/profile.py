"""A profile: how the columns of one kind of export become rows of the lake's tables.

Written as TOML (docs/profiles.md), checked when it is read: every error names the file, the key,
what was expected, and the nearest name that exists.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shopscope.errors import BadInput
from shopscope.ingest import dates
from shopscope.ingest.numbers import Numbers, Reject
from shopscope.ingest.parse import FORMS, Form, parser
from shopscope.lake.schema import LOADS, PRODUCT_ROW, TABLES, Column, Kind, Table

VALIDITY = ("valid_from", "valid_to")
COMMON = ("day", "region", "currency")
"""Cells that may stand above the tables and then hold for each that has the column."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
PATH_MARK = "$."
"""A cell by path is read like a column of this name with the path behind it."""


class Cell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one value comes from, and how its text is read."""

    column: str | None = None
    path: str | None = None
    value: str | int | float | bool | None = None
    type: str = ""
    format: str | tuple[str, ...] = ()
    map: dict[str, str | int | float | bool] | None = None
    default: str | int | float | bool | None = None
    optional: bool = False
    shift: int = 0
    cut: int | None = None

    @property
    def input(self) -> str | None:
        """The name of the input column; None: a constant."""
        return self.column if self.path is None else PATH_MARK + self.path

    def form(self, numbers: Numbers) -> Form:
        """The options that parsers know."""
        formats = (self.format,) if isinstance(self.format, str) else self.format
        return Form(numbers, self.type, formats or (dates.ISO,), self.shift, self.map)


class Target(msgspec.Struct, frozen=True):
    """One row of a table that every row of the file gives.

    Keys of `cells` are lake columns, maybe with a variable in braces. `when` names an input
    column: where its cell is missing, this row is not made.
    """

    table: Table
    cells: dict[str, Cell]
    when: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A checked profile."""

    name: str
    title: str
    source: str
    targets: tuple[Target, ...]
    numbers: Numbers = Numbers()
    missing: frozenset[str] = frozenset()
    rows: str | None = None
    recognize: tuple[str, ...] = ()
    variables: dict[str, Cell] = {}
    exact: bool = False
    text: str = ""
    version: str = ""
    """Eight digits of the text's hash, where the text is a file of the user's and may change."""

    @property
    def cells(self) -> list[Cell]:
        """Every cell of every target, variables included."""
        return [*self.variables.values(), *(c for t in self.targets for c in t.cells.values())]

    @property
    def inputs(self) -> list[str]:
        """Every input column it reads, paths included, in order."""
        names = [cell.input for cell in self.cells] + [target.when for target in self.targets]
        return list(dict.fromkeys(name for name in names if name is not None))

    @property
    def required(self) -> list[str]:
        """Columns that a file must have to fit."""
        optional = {cell.input for cell in self.cells if cell.optional}
        names = [n for n in self.inputs if n not in optional and not n.startswith(PATH_MARK)]
        return list(dict.fromkeys([*names, *self.recognize]))

    @property
    def paths(self) -> list[str]:
        """Values of the whole document that it reads, as dotted paths."""
        paths = [name.removeprefix(PATH_MARK) for name in self.inputs if name.startswith(PATH_MARK)]
        return paths if self.rows is None else [*paths, self.rows]

    def missing_from(self, columns: Iterable[str]) -> list[str]:
        """Required columns that are not among these."""
        there = set(columns)
        return [name for name in self.required if name not in there]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of a profile file."""

    name: str
    source: str
    tables: dict[str, Any]
    title: str = ""
    locale: str = "en-US"
    suffixes: dict[str, int] = {}
    missing: list[str] = []
    rows: str | None = None
    recognize: list[str] = []
    variables: dict[str, Any] = {}
    day: Any = None
    region: Any = None
    currency: Any = None


def read_profile(text: str, file: str) -> Profile:
    """The profile in a TOML text; `file` names it in errors.

    Raises:
        BadInput: it is no TOML, or a key or value is not what a profile takes.
    """
    return _Reader(text, file).profile()


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known name, or nothing."""
    found = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


class _Reader:
    """Turns the TOML of one file into a profile."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file

    def error(self, key: str, what: str) -> BadInput:
        return BadInput(f"{self._file}: {key}: {what}" if key else f"{self._file}: {what}")

    def profile(self) -> Profile:
        try:
            document = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise self.error("", f"not valid TOML: {error}") from None
        head: _Head = self._struct(_Head, document, "")
        if not _NAME.fullmatch(head.name):
            raise self.error("name", f"got {head.name!r}, expected small letters, digits and -")
        if not head.source.strip():
            raise self.error("source", "expected who reports the data, such as mytool")
        numbers = Numbers(self._constant("locale", "locale", head.locale), head.suffixes)
        variables = {
            name: self._variable(cell, f"variables.{name}") for name, cell in head.variables.items()
        }
        common = {
            name: self._cell(given, Column(name, _COMMON_KINDS[name], ""), name, numbers)
            for name in COMMON
            if (given := getattr(head, name)) is not None
        }
        targets = [
            self._target(table, body, key, common, numbers, variables, head.source)
            for table, body, key in self._bodies(head.tables)
        ]
        return Profile(
            name=head.name,
            title=head.title or head.name,
            source=head.source,
            targets=tuple(targets),
            numbers=numbers,
            missing=frozenset(text.strip() for text in head.missing),
            rows=head.rows,
            recognize=tuple(head.recognize),
            variables=variables,
            text=self._text,
        )

    def _struct(self, kind: type[Any], value: Any, key: str) -> Any:
        """`value` as a struct, with errors that name the key."""
        known = [field.name for field in msgspec.structs.fields(kind)]
        if isinstance(value, dict):
            for name in value:
                if name not in known:
                    where = f"{key}.{name}" if key else name
                    hint = nearest(name, known)
                    raise self.error(where, f"unknown key, expected {', '.join(known)}.{hint}")
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, _, at = str(error).partition(" - at `$")
            inner = at.rstrip("`").lstrip(".")
            raise self.error(".".join(filter(None, (key, inner))), what) from None

    def _bodies(self, tables: dict[str, Any]) -> Iterable[tuple[Table, dict[str, Any], str]]:
        """Each row to make: its table, its mapping, and the key it stands under."""
        known = [name for name in TABLES if name not in (LOADS.name, PRODUCT_ROW.name)]
        if not tables:
            raise self.error("tables", f"expected at least one of {', '.join(known)}")
        for name, body in tables.items():
            key = f"tables.{name}"
            if name not in known:
                hint = nearest(name, known)
                raise self.error(key, f"no such table, expected {', '.join(known)}.{hint}")
            bodies = body if isinstance(body, list) else [body]
            for number, one in enumerate(bodies, 1):
                at = f"{key}[{number}]" if isinstance(body, list) else key
                if not isinstance(one, dict):
                    raise self.error(at, "expected a table of lake column = input column")
                yield TABLES[name], one, at

    def _target(
        self,
        table: Table,
        body: dict[str, Any],
        key: str,
        common: Mapping[str, Cell],
        numbers: Numbers,
        variables: Mapping[str, Cell],
        source: str,
    ) -> Target:
        given = dict(body)
        when = given.pop("when", None)
        if when is not None and not isinstance(when, str):
            raise self.error(f"{key}.when", "expected the name of an input column")
        cells = {name: cell for name, cell in common.items() if name in table.schema.names}
        day = common.get("day")
        if "day" in given and table.merge == "versions":
            day = self._cell(given.pop("day"), Column("day", "day", ""), f"{key}.day", numbers)
        if table.merge == "versions" and day is not None:
            cells |= dict.fromkeys(VALIDITY, day)
        for name, value in given.items():
            where = f"{key}.{name}"
            column = self._column(table, name, where, variables)
            cells[name] = self._cell(value, column, where, numbers)
        if "source" in table.schema.names:
            cells["source"] = Cell(value=source)
        return Target(table, cells, when)

    def _column(self, table: Table, name: str, key: str, variables: Mapping[str, Cell]) -> Column:
        """The lake column of a name, which may hold a variable."""
        settable = [c.name for c in table.columns if c.name not in ("source", "month", *VALIDITY)]
        column = None
        for one in self._expanded(name, key, variables):
            if one not in settable:
                hint = nearest(one, settable)
                raise self.error(key, f"table {table.name} has no column {one!r}.{hint}")
            column = table.column(one)
        assert column is not None  # noqa: S101 - a map has at least one value
        return column

    def _expanded(self, name: str, key: str, variables: Mapping[str, Cell]) -> list[str]:
        found = _VARIABLE.findall(name)
        if not found:
            return [name]
        if len(found) > 1 or found[0] not in variables:
            hint = nearest(found[0], variables)
            raise self.error(key, f"expected one of the variables {list(variables)}.{hint}")
        values = variables[found[0]].map or {}
        return [_VARIABLE.sub(str(value), name) for value in values.values()]

    def _variable(self, given: Any, key: str) -> Cell:
        cell: Cell = self._struct(Cell, given, key)
        if cell.path is None or not cell.map:
            raise self.error(key, "expected { path = …, map = { text = value, … } }")
        return cell

    def _cell(self, given: Any, column: Column, key: str, numbers: Numbers) -> Cell:
        """A cell, from a column's name or an inline table."""
        if isinstance(given, str):
            return Cell(column=given)
        if not isinstance(given, dict):
            raise self.error(
                key,
                f"got {given!r}, expected a column's name; a constant is {{ value = {given!r} }}",
            )
        cell: Cell = self._struct(Cell, given, key)
        if sum(x is not None for x in (cell.column, cell.path, cell.value)) != 1:
            raise self.error(key, "expected exactly one of column, path, value")
        forms = FORMS.get(column.kind, (column.kind,))
        if cell.type and cell.type not in forms:
            hint = nearest(cell.type, forms)
            raise self.error(
                f"{key}.type", f"got {cell.type!r}, expected {' or '.join(forms)}.{hint}"
            )
        self._check_options(cell, column, key)
        plain = msgspec.structs.replace(cell, map=None).form(numbers)
        for name, value in (("value", cell.value), ("default", cell.default)):
            if value is not None:
                self._constant(column.kind, f"{key}.{name}", value, plain)
        for text, value in (cell.map or {}).items():
            self._constant(column.kind, f"{key}.map.{text}", value, plain)
        return cell

    def _check_options(self, cell: Cell, column: Column, key: str) -> None:
        dated = column.kind in ("day", "time")
        formats = (cell.format,) if isinstance(cell.format, str) else cell.format
        for form in formats:
            problem = dates.check_format(form) if dated else "is only for days and times"
            if problem:
                raise self.error(f"{key}.format", f"{form!r} {problem}")
        if cell.shift and column.kind != "day":
            raise self.error(f"{key}.shift", "is only for days")
        if cell.cut is not None and (column.name != "caption" or cell.cut < 1):
            raise self.error(f"{key}.cut", "is only for captions: the length they are cut at")

    def _constant(self, kind: str, key: str, value: Any, form: Form | None = None) -> Any:
        try:
            return parser(kind, form or Form())(value)
        except Reject as reject:
            raise self.error(key, f"{value!r} {reject}") from None


_COMMON_KINDS: dict[str, Kind] = {"day": "day", "region": "region", "currency": "currency"}
