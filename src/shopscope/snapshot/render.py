"""Product rows as they go over the wire, rendered once, when the snapshot is built.

Whole columns at a time: values become text by casts, and the pieces of a row are joined with
the field names between them. Floats come as the shortest text that reads back as the same
number, so 5.0 is `5`, as upstream writes it. Text that JSON must escape is rare in most columns
and handled apart.
"""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.errors import SnapshotError

ROW = "row"
"""The column of ready-made rows: where it is null the row is rendered from the fields."""

TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
}
SCHEMA = pa.schema(
    [
        *(pa.field(f.name, TYPES[f.type], nullable=False) for f in (*FIELDS, *EXTRA_FIELDS)),
        pa.field(ROW, pa.string()),
    ]
)
"""What a batch of product rows looks like; the extra fields are indexed, not rendered."""

_TEXT = pa.large_string()  # a block of long descriptions may pass 2 GiB
_SPECIAL = r'["\\\x00-\x1f]'
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with exactly the columns and types of SCHEMA.

    Raises:
        SnapshotError: a column is missing, of another type, or has a null, NaN or infinity.
    """
    columns = []
    for field in SCHEMA:
        if field.name not in batch.schema.names:
            raise SnapshotError(f"Product rows have no column {field.name!r}.")
        column = batch.column(field.name)
        try:
            column = column if column.type == field.type else column.cast(field.type)
        except pa.ArrowInvalid as error:
            raise SnapshotError(f"Product rows: column {field.name!r}: {error}") from None
        if not field.nullable and column.null_count:
            raise SnapshotError(f"Product rows: column {field.name!r} has a null.")
        if pa.types.is_floating(field.type) and not np.isfinite(column.to_numpy()).all():
            raise SnapshotError(f"Product rows: column {field.name!r} has NaN or infinity.")
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def render(batch: pa.RecordBatch) -> pa.Array:
    """The JSON object of each row of a checked batch, as large_string.

    Raises:
        SnapshotError: a ready-made row is no JSON object.
    """
    ready = batch.column(ROW).cast(_TEXT)
    if ready.null_count < len(ready):
        _check_ready(batch)
    if ready.null_count == 0:
        return ready
    rendered = pc.binary_join_element_wise(*_pieces(batch), pa.scalar("", _TEXT))
    return pc.coalesce(ready, rendered)


def _pieces(batch: pa.RecordBatch) -> list[Any]:
    """Field names, columns and what stands between them, in the order of a row."""
    pieces: list[Any] = []
    between = "{"
    for field in FIELDS:
        quote = '"' if field.type == "string" else ""
        pieces.append(pa.scalar(f'{between}"{field.name}":{quote}', _TEXT))
        column = batch.column(field.name).cast(_TEXT)
        pieces.append(_escaped(column) if quote else column)
        between = f"{quote},"
    pieces.append(pa.scalar(f"{between[:-1]}}}", _TEXT))
    return pieces


def _escaped(column: pa.Array) -> pa.Array:
    special = pc.match_substring_regex(column, _SPECIAL)
    if not pc.any(special).as_py():
        return column
    texts = column.filter(special).to_pylist()
    escaped = pa.array([msgspec.json.encode(text)[1:-1] for text in texts], pa.large_binary())
    return pc.replace_with_mask(column, special, escaped.cast(_TEXT))


def _check_ready(batch: pa.RecordBatch) -> None:
    for product_id, row in zip(
        batch.column("product_id").to_pylist(), batch.column(ROW).to_pylist(), strict=True
    ):
        try:
            if row is not None:
                _object.decode(row)
        except msgspec.MsgspecError as error:
            raise SnapshotError(f"The row of product {product_id} is no JSON: {error}") from None
