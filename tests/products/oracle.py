"""What DuckDB answers to a product list request over the same rows; shares no code with it."""

from typing import Any

import duckdb
import pyarrow as pa

from shopscope.contract.products import Equal, ProductFilters, ProductListRequest

BANDS = {
    "price": ("spu_avg_price", (0, 5, 10, 20, 30, 50, 100, 200, 500)),
    "commission": ("product_commission_rate", (0, 5, 10, 15, 20, 30)),
    "rating": ("product_rating", (0, 1, 2, 3, 4, 4.5)),
}


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
        where, values = _where(request)
        direction = "DESC" if request.descending else "ASC"
        page = self._connection.execute(
            f"SELECT product_id FROM products WHERE {where} "
            f"ORDER BY {request.sort_field} {direction}, number ASC "
            f"LIMIT {request.page_size} OFFSET {(request.page_num - 1) * request.page_size}",
            values,
        ).fetchall()
        return [line[0] for line in page], self._count(where, values)

    def facets(self, request: ProductFilters) -> dict[str, Any]:
        """The facets of a selection as on the wire."""
        where, values = _where(request)
        answer: dict[str, Any] = {"total": self._count(where, values)}
        for name in ("category_id", "category_l2_id", "category_l3_id", "seller_id"):
            lines = self._connection.execute(
                f"SELECT {name}, count(*) FROM products WHERE {where} "
                f"GROUP BY {name} ORDER BY count(*) DESC, {name} LIMIT 50",
                values,
            ).fetchall()
            answer[name] = [{"value": value, "count": count} for value, count in lines]
        for facet, (column, edges) in BANDS.items():
            answer[facet] = []
            for low, high in zip(edges, (*edges[1:], None), strict=True):
                inside = f"{column} >= {low}" + ("" if high is None else f" AND {column} < {high}")
                count = self._count(f"{where} AND {inside}", values)
                answer[facet].append({"min": low, "max": high, "count": count})
        return answer

    def _count(self, where: str, values: list[Any]) -> int:
        (counted,) = self._connection.execute(
            f"SELECT count(*) FROM products WHERE {where}", values
        ).fetchall()
        count: int = counted[0]
        return count


def _where(request: ProductFilters) -> tuple[str, list[Any]]:
    """The condition, and the values of its placeholders."""
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
    return " AND ".join(conditions), values
