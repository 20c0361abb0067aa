"""The engine that evaluates the rollup: a connection that sees the lake's tables."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import ibis.expr.types as ir
import pyarrow as pa

from shopscope.lake.tables import Lake
from shopscope.rollup.engines import duck
from shopscope.settings import DUCKDB


class Engine(Protocol):
    """Lake tables as Ibis tables, results kept for reuse, and rows streamed out."""

    def table(self, lake: Lake, name: str) -> ir.Table:
        """A table of the lake as of its newest finished load."""

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """Evaluate an expression once and keep the result until the connection ends."""

    def fetch(self, rows: ir.Table) -> pa.Table:
        """The result of an expression."""

    def stream(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """The result of an expression over kept tables, a batch at a time, in its order."""


def connect(scratch: str, url: str = DUCKDB) -> AbstractContextManager[Engine]:
    """Connect to an engine.

    Args:
        scratch: a folder for what exceeds memory; a cluster's workers must see it, too.
        url: `duckdb://`, or `spark://host:port` of a cluster's master.

    Raises:
        BadInput: what Spark needs on this machine is not there.
        EngineError: the cluster can't be reached, or gives no workers.
    """
    if url == DUCKDB:
        return duck.connect(scratch)
    from shopscope.rollup.engines import spark  # an extra, and slow to import

    return spark.connect(url, scratch)
