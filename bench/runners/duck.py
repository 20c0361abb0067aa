"""DuckDB: a table on disk, its rows ordered by region."""

import duckdb

from bench.runners.runner import Answer, Source
from bench.runners.sql import queries
from shopscope.contract.products import ProductListRequest


class Duck:
    """All threads of the machine, as it comes."""

    def __init__(self, source: Source) -> None:
        self._connection = duckdb.connect(str(source.folder / "products.duckdb"))
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute(
            f"CREATE TABLE products AS SELECT * FROM read_parquet('{source.parquet}/*.parquet')"
        )
        self._connection.execute("CHECKPOINT")

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        page, total = (self._connection.execute(query).fetchall() for query in queries(request))
        return [line[0] for line in page], total[0][0]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
