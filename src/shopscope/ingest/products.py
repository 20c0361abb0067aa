"""Product rows as the product list answers them: kept byte for byte, with typed columns beside."""

import math
import operator
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.contract.products import FIELD_TYPES
from shopscope.ingest.apply import MISSING, Made, Piece
from shopscope.ingest.batch import Bad, Batch
from shopscope.ingest.jsonfile import decode
from shopscope.ingest.numbers import LARGEST, Reject
from shopscope.ingest.parse import text
from shopscope.lake.schema import PRODUCT_ROW

_TYPES: dict[str, Any] = {
    "string": str | None,
    "integer": int | float | None,
    "number": int | float | None,
}
_ARROW: dict[str, tuple[pa.DataType, str | int | float]] = {
    "string": (pa.string(), ""),
    "integer": (pa.int64(), 0),
    "number": (pa.float64(), 0.0),
}
_Row = msgspec.defstruct("_Row", [(name, _TYPES[type_]) for name, type_ in FIELD_TYPES.items()])
_row = msgspec.json.Decoder(_Row)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEYS = {name: msgspec.json.encode(name) + b":" for name in FIELD_TYPES}
_NAMES = tuple(FIELD_TYPES)
_TEMPLATE = b",".join(_KEYS[name] + b"%b" for name in _NAMES)
_wire_order = operator.itemgetter(*_NAMES)
_integers = operator.itemgetter(
    *(place for place, type_ in enumerate(FIELD_TYPES.values()) if type_ == "integer")
)
_PRODUCT_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_REGION = re.compile(r"[A-Z]{2}", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)


class _Refused(Exception):
    """A row that is not taken: the field to blame, its value, and why."""


def product_rows(
    rows: Sequence[msgspec.Raw | bytes], lines: Sequence[int], day: date, source: str
) -> Piece:
    """Rows for the table `product_row`, all as of `day`."""
    taken: list[tuple[Any, ...]] = []
    texts: list[str] = []
    origin: list[int] = []
    bad: list[Bad] = []
    for position, (raw, line) in enumerate(zip(rows, lines, strict=True)):
        try:
            values, kept = _read(raw)
        except _Refused as refused:
            bad.append(Bad(line, *refused.args))
            continue
        taken.append(values)
        texts.append(kept)
        origin.append(position)
    if not taken:
        return Piece(len(rows), (), tuple(bad))
    table = _table(taken, texts, day, source)
    made = Made(PRODUCT_ROW.name, table, np.array(origin, np.int64))
    return Piece(len(rows), (made,), tuple(bad))


def _read(raw: msgspec.Raw | bytes) -> tuple[tuple[Any, ...], str]:
    """The fields of a row in the contract's order, and its text; raises _Refused."""
    try:
        row = _row.decode(raw)
        fields = _fields.decode(raw)
    except msgspec.DecodeError:
        raise _blamed(raw) from None
    values = msgspec.structs.astuple(row)
    numbers = _integers(values)
    if not (set(map(type, numbers)) == {int} and max(map(abs, numbers)) <= LARGEST):
        for value in numbers:
            if value is not None and not (abs(value) <= LARGEST and value == int(value)):
                raise _blamed(raw)
    if not _valid_keys(row):
        raise _blamed(raw)
    kept = _TEMPLATE % _wire_order(fields)
    if len(fields) > len(_NAMES):
        more = (
            b",%b:%b" % (msgspec.json.encode(name), value)
            for name, value in fields.items()
            if name not in FIELD_TYPES
        )
        kept += b"".join(more)
    return values, (b"{" + kept + b"}").decode()


def _valid_keys(row: Any) -> bool:
    product, region = row.product_id, row.region
    return bool(
        product
        and _PRODUCT_ID.fullmatch(product)
        and int(product) <= LARGEST
        and region
        and _REGION.fullmatch(region)
    )


def _blamed(raw: msgspec.Raw | bytes) -> _Refused:
    """Why a row is not taken: its first field that is absent or of another type."""
    try:
        row = decode(raw)
    except Reject as reject:
        return _Refused("", bytes(raw).decode(), f"the row {reject}")
    if not isinstance(row, dict):
        return _Refused("", text(row), "the row is not a JSON object")
    for name, type_ in FIELD_TYPES.items():
        if name not in row:
            return _Refused(name, "", MISSING)
        problem = _problem(row[name], type_)
        if problem:
            return _Refused(name, text(row[name]), problem)
    if not (row["product_id"] and _PRODUCT_ID.fullmatch(row["product_id"])):
        return _Refused("product_id", row["product_id"] or "", "is not an id of up to 19 digits")
    if not (row["region"] and _REGION.fullmatch(row["region"])):
        return _Refused("region", row["region"] or "", "is not a market code such as US")
    return _Refused("product_id", row["product_id"], "is larger than any id can be")


def _problem(value: Any, type_: str) -> str | None:
    if value is None:
        return None
    if type_ == "string":
        return None if isinstance(value, str) else "is not text"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "is not a number"
    if abs(value) > LARGEST:
        return "is larger than any number of a row can be"
    if type_ == "integer" and value != math.floor(value):
        return "is not a whole number"
    return None


def _table(rows: list[tuple[Any, ...]], texts: list[str], day: date, source: str) -> pa.Table:
    columns = {
        name: _column(values, FIELD_TYPES[name])
        for name, values in zip(_NAMES, zip(*rows, strict=True), strict=True)
    }
    columns["product_id"] = columns["product_id"].cast(pa.int64())
    columns["region"] = pa.array(
        ["GB" if v == "UK" else v for v in columns["region"].to_pylist()], pa.string()
    )
    columns["row"] = pa.array(texts, pa.string())
    columns["day"] = pa.array([day] * len(rows), pa.date32())
    columns["source"] = pa.array([source] * len(rows), pa.string())
    return pa.table(columns)


def _column(values: tuple[Any, ...], type_: str) -> pa.Array:
    """One field of all rows; null is empty text or 0."""
    arrow, empty = _ARROW[type_]
    if type_ == "integer" and float in set(map(type, values)):
        values = tuple(None if value is None else int(value) for value in values)
    return pa.array(values, arrow).fill_null(empty)


def rows_of_table(batch: Batch) -> Iterator[bytes]:
    """Rows as JSON from a table whose columns are the fields, such as a CSV of the answers."""
    cells = [_encoded(batch, name) for name in _NAMES]
    for values in zip(*cells, strict=True):
        parts = [_KEYS[name] + value for name, value in zip(_NAMES, values, strict=True)]
        yield b"{" + b",".join(parts) + b"}"


def _encoded(batch: Batch, name: str) -> list[bytes]:
    """The cells of one field as JSON; text that is no number stays text, and is refused later."""
    values, codes = batch.columns[name].distinct()
    encoded = []
    for value in values:
        if isinstance(value, str) and FIELD_TYPES[name] != "string":
            stripped = value.strip()
            plain = _NUMBER.fullmatch(stripped)
            encoded.append(stripped.encode() if plain else msgspec.json.encode(stripped or None))
        elif FIELD_TYPES[name] == "string":
            encoded.append(msgspec.json.encode(value if isinstance(value, str) else text(value)))
        else:
            encoded.append(msgspec.json.encode(value))
    absent = b"null"
    return [absent if code < 0 else encoded[code] for code in codes.tolist()]
