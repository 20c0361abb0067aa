"""DuckDB, on this machine: what the rollup runs on unless another engine is named."""

from collections.abc import Iterator
from contextlib import contextmanager

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from shopscope.lake.tables import Lake

BATCH_ROWS = 50_000
MEMORY = "3GB"
"""What DuckDB keeps in memory; the rest goes to the scratch folder."""


class DuckEngine:
    """The lake as views, results kept as temporary tables."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def table(self, lake: Lake, name: str) -> ir.Table:
        """A table of the lake as of its newest finished load."""
        view = f"lake_{name}"
        self._backend.raw_sql(f"CREATE OR REPLACE TEMP VIEW {view} AS FROM {lake.scan(name)}")
        return self._backend.table(view)

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """Evaluate an expression once and keep the result until the connection ends."""
        return self._backend.create_table(name, rows, temp=True)

    def fetch(self, rows: ir.Table) -> pa.Table:
        """The result of an expression."""
        return self._backend.to_pyarrow(rows)

    def stream(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """The result of an expression over kept tables, a batch at a time.

        Ibis 12 streams by a method that DuckDB 2 no longer has, so DuckDB is asked itself.
        """
        query = self._backend.con.sql(self._backend.compile(rows))
        yield from query.to_arrow_reader(BATCH_ROWS)


@contextmanager
def connect(scratch: str) -> Iterator[DuckEngine]:
    """Connect to DuckDB; `scratch` is a folder for what exceeds memory."""
    backend = ibis.duckdb.connect(temp_directory=scratch, memory_limit=MEMORY)
    try:
        backend.raw_sql("SET preserve_insertion_order = false")
        yield DuckEngine(backend)
    finally:
        backend.disconnect()
