"""One region of a snapshot: product rows in any order become its files.

Rows are rendered as they come and wait on disk, so memory holds the index columns of one
region (under 1 KB a product) and a few blocks of rows, whatever the rows weigh.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.errors import SnapshotError
from shopscope.snapshot import names
from shopscope.snapshot.coding import INDEXED, ROWS_MAX, Coded, encode
from shopscope.snapshot.cuts import write_cuts
from shopscope.snapshot.render import ROW, SCHEMA, checked, render

COLUMNS, ORDERS, VALUES, CUTS, GRAMS, ROWS = (
    "columns.arrow",
    "orders.arrow",
    "values.arrow",
    "cuts.arrow",
    "grams.arrow",
    "rows.arrow",
)
FILES = (COLUMNS, ORDERS, VALUES, CUTS, GRAMS, ROWS)
"""The files of a region."""

PRODUCT_ID = "product_id"
NAME = "name"
ROWS_PER_BATCH = 8_192
"""Rows of each batch in rows.arrow but the last: a row number says where its row is."""

_WAITING = "waiting.arrow"
_AT_ONCE = 3  # blocks being rendered

_ROW_SCHEMA = pa.schema([pa.field(ROW, pa.large_binary(), nullable=False)])
_VALUES_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("starts", pa.large_list(pa.uint32())),
        ("integers", pa.large_list(pa.int64())),
        ("numbers", pa.large_list(pa.float64())),
        ("texts", pa.large_list(pa.string())),
    ]
)
_VALUES_COLUMN = {pa.int64(): "integers", pa.float64(): "numbers", pa.string(): "texts"}


def write_region(
    folder: Path,
    batches: Iterable[pa.RecordBatch],
    pool: Executor,
    progress: Callable[[int], None],
) -> int:
    """Write the files of one region into `folder`; returns the number of products.

    `progress` is told the number of rows after each block.

    Raises:
        SnapshotError: rows of another shape, ids that are no numbers, or an id that comes twice.
    """
    folder.mkdir(parents=True)
    waiting = folder / _WAITING
    count = _render_all(waiting, batches, pool, progress)
    if count > ROWS_MAX:
        raise SnapshotError(f"{count} products in one region, at most {ROWS_MAX} fit.")
    with pa.memory_map(str(waiting)) as source:
        reader = pa.ipc.open_file(source)
        place = _places(reader)
        rows = pool.submit(_write_rows, folder / ROWS, reader, place)
        _write_index(folder, reader, place, pool)
        rows.result()
    waiting.unlink()
    return count


def _render_all(
    path: Path,
    batches: Iterable[pa.RecordBatch],
    pool: Executor,
    progress: Callable[[int], None],
) -> int:
    """Write index columns and rendered rows as they come, in blocks of ROWS_PER_BATCH."""
    schema = _block(pa.RecordBatch.from_pylist([], schema=SCHEMA)).schema
    count = 0
    pending: deque[Future[pa.RecordBatch]] = deque()
    with pa.ipc.new_file(str(path), schema) as writer:

        def write_first() -> None:
            nonlocal count
            block = pending.popleft().result()
            writer.write_batch(block)
            count += block.num_rows
            progress(count)

        for batch in _blocks(checked(batch) for batch in batches):
            if len(pending) == _AT_ONCE:
                write_first()
            pending.append(pool.submit(_block, batch))
        while pending:
            write_first()
    return count


def _blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly ROWS_PER_BATCH, and a last smaller one."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        while rows >= ROWS_PER_BATCH:
            last = held.pop()
            take = last.num_rows - (rows - ROWS_PER_BATCH)
            yield pa.concat_batches([*held, last.slice(0, take)])
            held = [last.slice(take)]
            rows -= ROWS_PER_BATCH
    if rows:
        yield pa.concat_batches(held)


def _block(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What the region's files are made from: ids, names, index columns, rendered rows."""
    try:
        ids = batch.column(PRODUCT_ID).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise SnapshotError(f"Product rows: a product_id is no 64-bit number: {error}") from None
    columns = {
        PRODUCT_ID: ids,
        NAME: names.fold_all(batch.column("product_name")),
        **{name: batch.column(name) for name in INDEXED},
        ROW: render(batch).cast(pa.large_binary()),
    }
    return pa.RecordBatch.from_pydict(columns)


def _column(reader: Any, name: str) -> pa.Array:
    """One column of all waiting blocks, in the order in which they came."""
    index = reader.schema.get_field_index(name)
    chunks = [reader.get_batch(i).column(index) for i in range(reader.num_record_batches)]
    return pa.concat_arrays(chunks) if chunks else pa.array([], reader.schema.field(index).type)


def _places(reader: Any) -> NDArray[np.int64]:
    """Where each product waits, products in ascending order of their ids."""
    ids = _column(reader, PRODUCT_ID).to_numpy()
    place = np.argsort(ids)
    ordered = ids[place]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        raise SnapshotError(f"Product {ordered[twice[0]]} comes twice in one region.")
    return place


def _write_index(folder: Path, reader: Any, place: NDArray[np.int64], pool: Executor) -> None:
    where = pa.array(place)

    def encoded(name: str) -> Coded:
        return encode(_column(reader, name).take(where))

    coded = dict(zip(INDEXED, pool.map(encoded, INDEXED), strict=True))
    folded = _column(reader, NAME).take(where)
    columns = {
        PRODUCT_ID: _column(reader, PRODUCT_ID).take(where),
        NAME: folded,
        **{name: pa.array(column.codes) for name, column in coded.items()},
    }
    _write(folder / COLUMNS, pa.RecordBatch.from_pydict(columns))
    orders = {name: pa.array(column.order) for name, column in coded.items()}
    _write(folder / ORDERS, pa.RecordBatch.from_pydict(orders))
    _write(folder / VALUES, _values(coded))
    write_cuts(folder / CUTS, coded)
    grams = [bitmap.tobytes() for bitmap in names.bitmaps(folded)]
    _write(folder / GRAMS, pa.RecordBatch.from_pydict({"rows": pa.array(grams, pa.large_binary())}))


def _values(coded: dict[str, Coded]) -> pa.RecordBatch:
    """One line a column: where its runs start, and its distinct values in one of three lists."""
    lines: dict[str, list[Any]] = {name: [] for name in _VALUES_SCHEMA.names}
    for name, column in coded.items():
        lines["name"].append(name)
        lines["starts"].append(column.starts)
        for type_, list_name in _VALUES_COLUMN.items():
            lines[list_name].append(column.values if column.values.type == type_ else None)
    lists = [_lists(lines[field.name], field.type) for field in list(_VALUES_SCHEMA)[1:]]
    return pa.RecordBatch.from_arrays([pa.array(lines["name"]), *lists], schema=_VALUES_SCHEMA)


def _lists(values: list[Any], type_: pa.DataType) -> pa.Array:
    """A list array of whole arrays; None becomes an empty list."""
    parts = [pa.array([] if v is None else v, type_.value_type) for v in values]
    offsets = np.cumsum([0, *(len(part) for part in parts)])
    return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pa.concat_arrays(parts))


def _write(path: Path, batch: pa.RecordBatch) -> None:
    with pa.ipc.new_file(str(path), batch.schema) as writer:
        writer.write_batch(batch)


def _write_rows(path: Path, reader: Any, place: NDArray[np.int64]) -> None:
    """Write the rendered rows in the order of `place`."""
    index = reader.schema.get_field_index(ROW)
    with pa.ipc.new_file(str(path), _ROW_SCHEMA) as writer:
        for start in range(0, len(place), ROWS_PER_BATCH):
            rows = _gather(reader, index, place[start : start + ROWS_PER_BATCH])
            writer.write_batch(pa.RecordBatch.from_arrays([rows], schema=_ROW_SCHEMA))


def _gather(reader: Any, index: int, wanted: NDArray[np.int64]) -> pa.Array:
    """The rows that wait at `wanted`, in that order, read block by block."""
    by_block = np.argsort(wanted)
    ascending = wanted[by_block]
    blocks, begins = np.unique(ascending // ROWS_PER_BATCH, return_index=True)
    parts = []
    for block, local in zip(
        blocks.tolist(), np.split(ascending % ROWS_PER_BATCH, begins[1:]), strict=True
    ):
        parts.append(reader.get_batch(block).column(index).take(pa.array(local)))
    back = np.empty(len(wanted), dtype=np.int64)
    back[by_block] = np.arange(len(wanted))
    return pa.concat_arrays(parts).take(pa.array(back))
