"""Insights in a snapshot: ready rows by window and market, and the days of every category.

```
insights/rows.arrow     a category in a window and market: list row and detail, ready JSON
         groups.arrow   where the rows of each window and market are
         days.arrow     a category on a day
         series.arrow   where the days of each market and category are
         names.arrow    every level-3 category: its names to search in, and a detail without data
```

Apart from the products' files and mapped like them, so a product list never pays for insights.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopscope.contract.insight_rows import Sums
from shopscope.errors import SnapshotError

FOLDER = "insights"
ROWS, GROUPS, DAYS, SERIES, NAMES = (
    f"{FOLDER}/{name}.arrow" for name in ("rows", "groups", "days", "series", "names")
)
FILES = (ROWS, GROUPS, DAYS, SERIES, NAMES)

ROWS_SCHEMA = pa.schema(
    [
        ("scope", pa.string()),
        ("region", pa.string()),
        ("category_id", pa.string()),
        ("post", pa.int64()),
        ("row", pa.large_binary()),
        ("detail", pa.large_binary()),
    ]
)
"""JSON of a list row and of a detail's `info`; null where there is none. `post` is the order."""

SUMS = tuple(field.name for field in msgspec.structs.fields(Sums))
DAYS_SCHEMA = pa.schema(
    [
        ("region", pa.string()),
        ("category_id", pa.string()),
        ("day", pa.date32()),
        *((name, pa.float64() if name == "cost" else pa.int64()) for name in SUMS),
    ]
)
NAMES_SCHEMA = pa.schema(
    [("category_id", pa.string()), ("names", pa.large_string()), ("blank", pa.large_binary())]
)
"""`names` are folded (`snapshot.names.fold`), one a line; `blank` is a detail without data."""

_GROUPS_SCHEMA = pa.schema(
    [
        ("scope", pa.string()),
        ("region", pa.string()),
        ("start", pa.int64()),
        ("listed", pa.int64()),
        ("size", pa.int64()),
    ]
)
_SERIES_SCHEMA = pa.schema(
    [
        ("region", pa.string()),
        ("category_id", pa.string()),
        ("start", pa.int64()),
        ("size", pa.int64()),
    ]
)
_AS_OF = b"as_of"


class InsightTables(msgspec.Struct, frozen=True):
    """What is written: tables of the schemas above, in any order, and the day the data ends."""

    as_of: date
    rows: pa.Table
    days: pa.Table
    names: pa.Table


class Group(NamedTuple):
    """Rows of one window and market: those in the list first, in its order."""

    start: int
    listed: int
    size: int


def write_insights(folder: Path, tables: InsightTables) -> None:
    """Write the files of insights into a snapshot's folder."""
    (folder / FOLDER).mkdir()
    rows = _conform(tables.rows, ROWS_SCHEMA)
    rows = rows.append_column("unlisted", pc.is_null(rows["row"]))
    order = ["scope", "region", "unlisted", "-post", "category_id"]
    rows = rows.take(pc.sort_indices(rows, [_sort_key(name) for name in order]))
    groups = [
        (scope, region, start, size - unlisted, size)
        for (scope, region), start, size in _runs(rows, "scope", "region")
        for unlisted in (pc.sum(rows["unlisted"].slice(start, size)).as_py(),)
    ]
    _write(folder / ROWS, rows.drop_columns("unlisted"))
    metadata = {_AS_OF: tables.as_of.isoformat().encode()}
    _write(folder / GROUPS, _table(groups, _GROUPS_SCHEMA).replace_schema_metadata(metadata))
    days = _conform(tables.days, DAYS_SCHEMA)
    order = ["region", "category_id", "day"]
    days = days.take(pc.sort_indices(days, [_sort_key(name) for name in order]))
    series = [(*key, start, size) for key, start, size in _runs(days, "region", "category_id")]
    _write(folder / DAYS, days)
    _write(folder / SERIES, _table(series, _SERIES_SCHEMA))
    _write(folder / NAMES, _conform(tables.names, NAMES_SCHEMA).sort_by("category_id"))


class InsightData:
    """The insights of an open snapshot, mapped."""

    def __init__(self, folder: Path) -> None:
        groups = _mapped(folder / GROUPS)
        self.as_of = date.fromisoformat(groups.schema.metadata[_AS_OF].decode())
        self.groups: dict[tuple[str, str], Group] = {
            (line["scope"], line["region"]): Group(line["start"], line["listed"], line["size"])
            for line in groups.to_pylist()
        }
        self.months = sorted({scope for scope, _ in self.groups if "-" in scope})
        """The months with data."""
        self._rows = _mapped(folder / ROWS)
        self._days = _mapped(folder / DAYS)
        self._series = _mapped(folder / SERIES)
        self._names = _mapped(folder / NAMES)

    def categories(self, group: Group) -> pa.Array:
        """The category ids of a group's rows."""
        return self._rows.column("category_id").slice(group.start, group.size)

    def row(self, number: int) -> bytes:
        """The JSON of a list row."""
        return bytes(self._rows.column("row")[number].as_buffer())

    def detail(self, number: int) -> bytes | None:
        """The JSON of a detail; None: this category has only a list row."""
        value = self._rows.column("detail")[number]
        return bytes(value.as_buffer()) if value.is_valid else None

    def blank(self, category: str) -> bytes | None:
        """The JSON of a detail without data; None: no such category."""
        ids = self._names.column("category_id")
        place = bisect_left(_Scalars(ids), category)
        if place == len(ids) or ids[place].as_py() != category:
            return None
        return bytes(self._names.column("blank")[place].as_buffer())

    def named(self, folded: str) -> pa.Array:
        """The ids of categories in whose names `folded` is."""
        found = pc.match_substring(self._names.column("names"), folded)
        return self._names.column("category_id").filter(found)

    def days(self, region: str, category: str, first: date, last: date) -> list[tuple[date, Sums]]:
        """The days of a category that have facts, from `first` to `last`."""
        regions, ids = self._series.column("region"), self._series.column("category_id")
        place = bisect_left(_Scalars(regions, ids), (region, category))
        if place == len(ids) or (regions[place].as_py(), ids[place].as_py()) != (region, category):
            return []
        start, size = (self._series.column(name)[place].as_py() for name in ("start", "size"))
        days = self._days.slice(start, size)
        within = [
            number
            for number, day in enumerate(days.column("day").to_pylist())
            if first <= day <= last
        ]
        lines = days.take(pa.array(within, pa.int64())).select(["day", *SUMS]).to_pylist()
        return [(line.pop("day"), Sums(**line)) for line in lines]


class _Scalars(Sequence[Any]):
    """Values of sorted Arrow columns, made when a search asks for them."""

    def __init__(self, *columns: pa.Array) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, place: Any) -> Any:
        values = tuple(column[place].as_py() for column in self._columns)
        return values if len(values) > 1 else values[0]


def _sort_key(name: str) -> tuple[str, str]:
    return name.removeprefix("-"), "descending" if name.startswith("-") else "ascending"


def _runs(table: pa.Table, *key: str) -> Iterable[tuple[tuple[str, ...], int, int]]:
    """Where equal keys stand in a table that is sorted by them: key, start, length."""
    if not len(table):
        return []
    columns = [table[name].combine_chunks() for name in key]
    changed = np.zeros(len(table), np.bool_)
    changed[0] = True
    for column in columns:
        codes = column.dictionary_encode().indices.to_numpy()
        changed[1:] |= codes[1:] != codes[:-1]
    starts = np.flatnonzero(changed)
    sizes = np.diff(np.append(starts, len(table)))
    return [
        (tuple(column[start].as_py() for column in columns), start, size)
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
    ]


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    try:
        return table.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid) as error:
        raise SnapshotError(f"Insights are not what a snapshot holds: {error}") from None


def _table(rows: list[Any], schema: pa.Schema) -> pa.Table:
    lines = [dict(zip(schema.names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(lines, schema=schema)


def _write(path: Path, table: pa.Table) -> None:
    """One batch, so that a row number is a place in it."""
    with pa.ipc.new_file(str(path), table.schema) as writer:
        for batch in table.combine_chunks().to_batches() or [_empty(table.schema)]:
            writer.write_batch(batch)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)


def _mapped(path: Path) -> pa.RecordBatch:
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        batch = reader.get_batch(0)
        return batch.replace_schema_metadata(reader.schema.metadata)
