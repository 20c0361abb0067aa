"""Rows of a snapshot as Arrow columns, in the types that the SDK gives its tables.

Numbers are those that requests are filtered and ordered by, decoded from the index; texts, and what
is in no index, are read from the ready-made rows.
"""

import datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.client.product import Product
from shopscope.client.tables import arrow_schema
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.products.ordering import Rows
from shopscope.snapshot.reader import Column, RegionData
from shopscope.snapshot.region import PRODUCT_ID

SCHEMA: pa.Schema = arrow_schema(Product, float)
"""Every column; the growth rates are the last ones."""

_REGION = "region"
_PLAIN_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float}
_plain_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def schema_of(*, extra_fields: bool) -> pa.Schema:
    """The columns of an export, with the growth rates or without."""
    fields = (*FIELDS, *EXTRA_FIELDS) if extra_fields else FIELDS
    return pa.schema([SCHEMA.field(field.name) for field in fields])


class Table:
    """The rows of a region as columns of a schema that `schema_of` made."""

    def __init__(self, name: str, region: RegionData, schema: pa.Schema) -> None:
        self._name = name
        self._region = region
        self._schema = schema
        self._values = {
            field.name: _values(region.columns[field.name], field.type)
            for field in schema
            if field.type != pa.string() and field.name in region.columns
        }
        made = (PRODUCT_ID, _REGION, *self._values)
        self._read = {f.name: _PLAIN_TYPES[f.type] for f in FIELDS if f.name not in made}
        kinds = [(name, kind | None, None) for name, kind in self._read.items()]
        self._row: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            msgspec.defstruct("Read", kinds, gc=False)
        )

    def batch(self, numbers: Rows) -> pa.RecordBatch:
        """The rows of these numbers, in that order."""
        region = self._region
        rows = [self._read_row(region.row(number)) for number in numbers.tolist()]
        columns: dict[str, pa.Array] = {
            PRODUCT_ID: pa.array(region.product_ids[numbers]).cast(pa.string()),
            _REGION: pa.repeat(self._name, len(numbers)),
        }
        for name in self._read:
            type_ = self._schema.field(name).type
            columns[name] = pa.array([getattr(row, name) for row in rows], type_)
        for name, values in self._values.items():
            columns[name] = values.take(pa.array(region.columns[name].codes[numbers]))
        arrays = [columns[name] for name in self._schema.names]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _read_row(self, row: bytes) -> Any:
        try:
            return self._row.decode(row)
        except msgspec.ValidationError:  # delivered in other types than the contract's
            found = _plain_object.decode(row)
            given = {n: _lenient(found.get(n), kind) for n, kind in self._read.items()}
            return self._row.type(**given)


def _values(column: Column, type_: pa.DataType) -> pa.Array:
    """The distinct values of a column of numbers or days."""
    numbers = np.asarray(column.values)
    if type_ == pa.date32():
        return pa.array([_day(number) for number in numbers.tolist()], type_)
    return pa.array(numbers).cast(type_)


def _day(number: int) -> datetime.date | None:
    """The day that yyyyMMdd names; None where it names none."""
    try:
        return datetime.date.fromisoformat(str(number))
    except ValueError:
        return None


def _lenient(raw: msgspec.Raw | None, kind: type) -> Any:
    """A value of another type than its field has: JSON as text where text belongs, else the number
    that a text is."""
    if raw is None or bytes(raw) == b"null":
        return None
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except msgspec.ValidationError:
        return msgspec.json.format(raw, indent=-1).decode() if kind is str else None
