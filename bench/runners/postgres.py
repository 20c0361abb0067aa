"""PostgreSQL: one table, an index for each filter and each numbered order of a region."""

import contextlib

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.postgres import NoPostgres, postgres
from bench.runners.runner import Answer, Source, Unavailable
from bench.runners.sql import queries
from shopscope.contract.products import (
    EQUALITY_FILTERS,
    RANGE_FILTERS,
    SORT_FIELDS,
    ProductListRequest,
)

_TYPES = {pa.string(): 'TEXT COLLATE "C"', pa.int64(): "BIGINT", pa.float64(): "DOUBLE PRECISION"}
_BATCH = 50_000


class Postgres:
    """A server of one's own, asked over one connection."""

    def __init__(self, source: Source) -> None:
        with contextlib.ExitStack() as running:
            try:
                url = running.enter_context(postgres())
            except NoPostgres as reason:
                raise Unavailable(str(reason)) from None
            self._connection = running.enter_context(psycopg.connect(url, autocommit=True))
            self._load(source)
            self._running = running.pop_all()

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        page, total = (
            self._connection.execute(query.encode()).fetchall() for query in queries(request)
        )
        return [line[0] for line in page], total[0][0]

    def close(self) -> None:
        """Stop the server, and remove its files."""
        self._running.close()

    def _load(self, source: Source) -> None:
        files = sorted(source.parquet.glob("*.parquet"))
        schema = pq.read_schema(files[0])
        columns = ", ".join(f"{field.name} {_TYPES[field.type]} NOT NULL" for field in schema)
        self._connection.execute(f"CREATE UNLOGGED TABLE products ({columns})".encode())
        with self._connection.cursor() as cursor, cursor.copy("COPY products FROM STDIN") as copy:
            for file in files:
                for batch in pq.ParquetFile(file).iter_batches(_BATCH):
                    copy.write(_lines(batch))
        indexed = dict.fromkeys((*SORT_FIELDS, *EQUALITY_FILTERS, *RANGE_FILTERS))
        for name in indexed:
            self._connection.execute(
                f"CREATE INDEX ON products (region, {name}, product_id)".encode()
            )
        self._connection.execute("VACUUM ANALYZE products")


def _lines(batch: pa.RecordBatch) -> bytes:
    """The rows as COPY takes them; no value has a tab, a line end or a backslash."""
    values = [column.cast(pa.string()) for column in batch.columns]
    lines = pc.binary_join_element_wise(*values, "\t").to_pylist()
    return ("\n".join(lines) + "\n").encode()
