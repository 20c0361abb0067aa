"""Polars: a frame a region, in memory."""

import functools

import polars as pl

from bench.runners.runner import Answer, Source
from shopscope.contract.products import Equal, ProductListRequest


class Polars:
    """Filters and the best of each page by lazy queries, on all threads."""

    def __init__(self, source: Source) -> None:
        self._frames = {
            path.stem: pl.read_parquet(path).rechunk() for path in source.parquet.glob("*.parquet")
        }

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        frame = self._frames[request.region]
        start = (request.page_num - 1) * request.page_size
        order = pl.col(request.sort_field)
        found = frame.lazy().filter(_meets(request)).select(order, pl.col("product_id")).collect()
        best = found.top_k(
            start + request.page_size,
            by=[order, pl.col("product_id")],
            reverse=[not request.descending, True],
        )
        page = best.sort(order, "product_id", descending=[request.descending, False]).slice(
            start, request.page_size
        )
        return page["product_id"].to_list(), found.height

    def close(self) -> None:
        """Nothing to stop."""


def _meets(request: ProductListRequest) -> pl.Expr:
    conditions = [pl.lit(value=True)]
    for predicate in request.predicates:
        column = pl.col(predicate.column)
        if isinstance(predicate, Equal):
            conditions.append(column == predicate.value)
            continue
        if predicate.low is not None:
            conditions.append(column >= predicate.low)
        if predicate.high is not None:
            conditions.append(column <= predicate.high)
    if request.keyword is not None:
        conditions.append(pl.col("product_name").str.contains(request.keyword, literal=True))
    return functools.reduce(lambda one, other: one & other, conditions)
