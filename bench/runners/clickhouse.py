"""ClickHouse inside the process (chdb): a MergeTree ordered by region."""

from typing import Any

from chdb import session

from bench.runners.runner import Answer, Source
from bench.runners.sql import queries
from shopscope.contract.products import ProductListRequest

_open: Any = session.Session  # its methods have no types


class ClickHouse:
    """One part a table, as after merging is done."""

    def __init__(self, source: Source) -> None:
        self._session = _open(str(source.folder / "clickhouse"))
        self._session.query("CREATE DATABASE bench ENGINE = Atomic")
        self._session.query("USE bench")
        self._session.query(
            "CREATE TABLE products ENGINE = MergeTree ORDER BY region "
            f"AS SELECT * FROM file('{source.parquet}/*.parquet', Parquet) "
            "SETTINGS schema_inference_make_columns_nullable = 0"
        )
        self._session.query("OPTIMIZE TABLE products FINAL")

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        page, total = (self._ask(query) for query in queries(request))
        return page, total[0]

    def _ask(self, query: str) -> list[int]:
        return [int(line) for line in self._session.query(query, "TSV").bytes().split()]

    def close(self) -> None:
        """Close the files."""
        self._session.close()
