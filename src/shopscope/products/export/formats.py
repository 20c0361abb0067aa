"""Row numbers to the parts of a file, format by format.

Memory holds one batch of rows, and in Parquet one group of them, whatever the file's size.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from shopscope.contract.exports import ProductExportRequest
from shopscope.products.export.table import Table, schema_of
from shopscope.products.ordering import Rows
from shopscope.products.read import wire_rows
from shopscope.snapshot.reader import RegionData

AT_ONCE = 2_048
"""Rows of a batch: a few MB of JSON."""

GROUP_BYTES = 32 * 1024 * 1024
"""Columns of a group of rows in Parquet, of each of which the file's end keeps a description."""

_MARK = "\ufeff".encode()
_FORMULA = r"^[=+\-@\t\r]"
_BREAKS = bytes.maketrans(b"\r\n", b"  ")


Batches = Iterable[pa.RecordBatch]


class Asked(msgspec.Struct, frozen=True):
    """What a file has of the rows of a region."""

    region: str
    format: str
    extra_fields: bool = False

    @classmethod
    def of(cls, request: ProductExportRequest) -> "Asked":
        """What a request asks for."""
        return cls(request.region, request.format, request.extra_fields)


def encode(asked: Asked, region: RegionData | None, numbers: Rows) -> Iterator[bytes]:
    """The file with the rows of these numbers, in that order, part by part.

    `region`: None, it has no data, so there are no numbers.
    """
    parts = [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]
    schema = schema_of(extra_fields=asked.extra_fields)
    if asked.format in _WRITERS:
        made = () if region is None else map(Table(asked.region, region, schema).batch, parts)
        return _WRITERS[asked.format](schema, made)
    lists = (
        ()
        if region is None
        else (wire_rows(region, part, extra_fields=asked.extra_fields) for part in parts)
    )
    return (b"".join(_line(row) for row in rows) for rows in lists)


def _line(row: bytes) -> bytes:
    """A delivered row may be laid out in lines; inside of strings JSON has no line breaks."""
    return (row.translate(_BREAKS) if b"\n" in row or b"\r" in row else row) + b"\n"


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


def _csv(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """A text that a spreadsheet would compute, such as `=1+1`, has an apostrophe before it, as
    spreadsheets themselves write it: what a shop calls its product must not run on a desk."""
    yield _MARK
    yield from _written(lambda sink: pa_csv.CSVWriter(sink, schema), map(_guarded, batches))


def _guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = []
    for column in batch.columns:
        if column.type == pa.string():
            risky = pc.match_substring_regex(column, _FORMULA)
            if pc.any(risky).as_py():
                quoted = pc.binary_join_element_wise("'", column, "")
                column = pc.if_else(risky, quoted, column)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _arrow(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    return _written(lambda sink: pa.ipc.new_stream(sink, schema), batches)


def _parquet(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Groups are written in a thread while the next one is read, which takes as long."""
    sink = _Sink()
    with (
        pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        writing: Future[None] | None = None
        for group in _grouped(schema, batches):
            if writing is not None:
                writing.result()
                yield sink.taken()
            writing = pool.submit(writer.write_table, group)
        if writing is not None:
            writing.result()
    yield sink.taken()


def _grouped(schema: pa.Schema, batches: Batches) -> Iterator[pa.Table]:
    """The batches in groups of about `GROUP_BYTES`."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(each.nbytes for each in group) >= GROUP_BYTES:
            yield pa.Table.from_batches(group, schema)
            group = []
    if group:
        yield pa.Table.from_batches(group, schema)


def _written(start: Callable[[pa.PythonFile], _Writer], batches: Batches) -> Iterator[bytes]:
    sink = _Sink()
    writer = start(pa.PythonFile(sink, "w"))
    for batch in batches:
        writer.write_batch(batch)
        yield sink.taken()
    writer.close()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that is read while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        self._written += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


_WRITERS: dict[str, Callable[[pa.Schema, Batches], Iterator[bytes]]] = {
    "csv": _csv,
    "arrow": _arrow,
    "parquet": _parquet,
}


def estimate(asked: Asked, region: RegionData | None, numbers: Rows) -> int:
    """The bytes that a file is likely to have, from its first rows."""
    first = numbers[:AT_ONCE]
    size = sum(len(part) for part in encode(asked, region, first))
    return round(size * len(numbers) / max(len(first), 1))
