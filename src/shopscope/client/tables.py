"""Rows as tables: plain dicts, Arrow, Polars, pandas. Each library is imported when it is used.

A table has a column for every known field, of the same type whatever the rows are: text, 64-bit
integers and floats, days, and money as a decimal with six places or, with `money="float"`, a
float. Objects are structs. JSON inside strings stays text. What was not asked for, such as growth,
has no column.
"""

import datetime
import importlib
import typing
from collections.abc import Iterable
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from shopscope.client.lenient import plain
from shopscope.client.row import Money, Row

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

PLACES = 6
_UNIT = Decimal(1).scaleb(-PLACES)


class Columns:
    """The values of rows of one class, column by column."""

    def __init__(self, of: type[Row], money: type) -> None:
        self._kinds = _kinds(of, money)
        self._optional = [f.name for f in msgspec.structs.fields(of) if f.default is None]
        self._values: dict[str, list[Any]] = {name: [] for name in self._kinds}

    def add(self, rows: Iterable[Row]) -> None:
        """Put rows at the end."""
        for row in rows:
            told = row.to_dict()
            for name, values in self._values.items():
                value = told.get(name)
                values.append(value.quantize(_UNIT) if isinstance(value, Decimal) else value)

    def to_arrow(self) -> "pa.Table":
        """The rows as a table of pyarrow."""
        arrow = _library("pyarrow", "arrow")
        kinds = {name: _arrow(kind, arrow) for name, kind in self._told().items()}
        columns = [arrow.array(self._values[name], kind) for name, kind in kinds.items()]
        return arrow.table(columns, schema=arrow.schema(list(kinds.items())))

    def to_polars(self) -> "pl.DataFrame":
        """The rows as a data frame of polars."""
        polars = _library("polars", "polars")
        kinds = {name: _polars(kind, polars) for name, kind in self._told().items()}
        values = {name: self._values[name] for name in kinds}
        frame: pl.DataFrame = polars.DataFrame(values, schema=kinds)
        return frame

    def to_pandas(self) -> "pd.DataFrame":
        """The rows as a data frame of pandas, with the types that pyarrow gives it."""
        _library("pandas", "pandas")
        return self.to_arrow().to_pandas()

    def _told(self) -> dict[str, Any]:
        """The columns there are, with their types."""
        return {
            name: kind
            for name, kind in self._kinds.items()
            if name not in self._optional or any(v is not None for v in self._values[name])
        }


def arrow_schema(of: type[Row], money: type) -> "pa.Schema":
    """The columns of rows of one class with all that can be asked for, as pyarrow has them."""
    arrow = _library("pyarrow", "arrow")
    kinds = _kinds(of, money).items()
    schema: pa.Schema = arrow.schema([(name, _arrow(kind, arrow)) for name, kind in kinds])
    return schema


def _kinds(of: type[Row], money: type) -> dict[str, Any]:
    """The type of each column; JSON inside strings is text, money is of type `money`."""
    kinds = {}
    for field in msgspec.structs.fields(of):
        kind = str if field.name in of.texts else plain(field.type)
        kinds[field.name] = money if kind is Money else kind
    return kinds


def _library(name: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"This needs {name}: pip install 'shopscope[{extra}]'") from None


def _arrow(kind: Any, arrow: ModuleType) -> Any:
    made = {
        str: arrow.string(),
        int: arrow.int64(),
        float: arrow.float64(),
        bool: arrow.bool_(),
        Decimal: arrow.decimal128(38, PLACES),
        datetime.date: arrow.date32(),
        datetime.datetime: arrow.timestamp("us", tz="UTC"),
    }
    if typing.get_origin(kind) in (list, tuple):
        return arrow.list_(_arrow(typing.get_args(kind)[0], arrow))
    if kind not in made:
        return arrow.struct([(name, _arrow(each, arrow)) for name, each in _parts(kind)])
    return made[kind]


def _polars(kind: Any, polars: ModuleType) -> Any:
    made = {
        str: polars.String,
        int: polars.Int64,
        float: polars.Float64,
        bool: polars.Boolean,
        Decimal: polars.Decimal(38, PLACES),
        datetime.date: polars.Date,
        datetime.datetime: polars.Datetime("us", "UTC"),
    }
    if typing.get_origin(kind) in (list, tuple):
        return polars.List(_polars(typing.get_args(kind)[0], polars))
    if kind not in made:
        return polars.Struct({name: _polars(each, polars) for name, each in _parts(kind)})
    return made[kind]


def _parts(struct: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    return [(field.name, plain(field.type)) for field in msgspec.structs.fields(struct)]
