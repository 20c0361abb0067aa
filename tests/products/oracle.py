"""What DuckDB answers to a product list request over the same rows; shares no code with it."""

from typing import Any

import duckdb
import pyarrow as pa

from shopscope.contract.products import Equal, ProductListRequest


class Oracle:
    """The rows of one region as a DuckDB table."""

    def __init__(self, rows: pa.Table) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET threads = 1")
        self._connection.register("given", rows)
        self._connection.execute(
            "CREATE TABLE products AS SELECT *, product_id::BIGINT AS number FROM given"
        )

    def answer(self, request: ProductListRequest) -> tuple[list[str], int]:
        """The ids of the page in order, and the total."""
        conditions = ["true"]
        values: list[Any] = []
        for predicate in request.predicates:
            if isinstance(predicate, Equal):
                conditions.append(f"{predicate.column} = ?")
                values.append(predicate.value)
                continue
            for bound, sign in ((predicate.low, ">="), (predicate.high, "<=")):
                if bound is not None:
                    conditions.append(f"{predicate.column} {sign} ?")
                    values.append(bound)
        if request.product_ids is not None:
            conditions.append("list_contains(?, product_id)")
            values.append(list(request.product_ids))
        where = " AND ".join(conditions)
        direction = "DESC" if request.descending else "ASC"
        page = self._connection.execute(
            f"SELECT product_id FROM products WHERE {where} "
            f"ORDER BY {request.sort_field} {direction}, number ASC "
            f"LIMIT {request.page_size} OFFSET {(request.page_num - 1) * request.page_size}",
            values,
        ).fetchall()
        total = self._connection.execute(
            f"SELECT count(*) FROM products WHERE {where}", values
        ).fetchone()
        assert total is not None
        return [line[0] for line in page], total[0]
