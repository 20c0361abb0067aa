"""The search index against DuckDB: same products, same requests, page and total from both."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from bench import market, queries
from shopscope.contract.products import Equal, ProductListRequest
from shopscope.products.index import ProductIndex
from shopscope.products.selection import SelectionCache
from shopscope.snapshot.coding import INDEXED
from shopscope.snapshot.reader import Snapshot

Answer = tuple[list[int], int]


class Latency(msgspec.Struct):
    """Milliseconds a search takes."""

    p50: float
    p99: float
    mean: float


class Searched(msgspec.Struct):
    """Both engines on the same log; every answer was the same."""

    requests: int
    index: Latency
    index_again: Latency
    duckdb: Latency
    cache_bytes: int


def search(snapshot: Snapshot, products: int, seed: int, count: int, folder: Path) -> Searched:
    """Ask both engines every request of a log.

    Raises:
        AssertionError: they gave different answers.
    """
    log = queries.log(snapshot, count, seed)
    duck = DuckProducts(folder / "products.duckdb", products, seed)
    ask = _indexed(snapshot, SelectionCache())
    for request in log:
        mine, theirs = ask(request), duck.answer(request)
        assert mine == theirs, f"{request}: {mine}, DuckDB {theirs}"
    cache = SelectionCache()
    ask = _indexed(snapshot, cache)
    return Searched(
        requests=len(log),
        index=_timed(ask, log),
        index_again=_timed(ask, log),
        duckdb=_timed(duck.answer, log),
        cache_bytes=cache.nbytes,
    )


def _indexed(snapshot: Snapshot, cache: SelectionCache) -> Callable[[ProductListRequest], Answer]:
    indexes = {name: ProductIndex(data, cache) for name, data in snapshot.regions.items()}

    def answer(request: ProductListRequest) -> Answer:
        hits = indexes[request.region].search(request)
        return snapshot.regions[request.region].product_ids[hits.rows].tolist(), hits.total

    return answer


class DuckProducts:
    """The index's columns as a DuckDB table on disk, ordered by region."""

    def __init__(self, path: Path, products: int, seed: int) -> None:
        self._connection = duckdb.connect(str(path))
        columns = ", ".join(["region", "product_id::BIGINT AS product_id", *INDEXED])
        for number, region in enumerate(market.regions(products, seed)):
            batches = iter(region.rows)
            first = next(batches)
            reader = pa.RecordBatchReader.from_batches(first.schema, _chained(first, batches))
            self._connection.register("batches", reader)
            what = "INSERT INTO products" if number else "CREATE TABLE products AS"
            self._connection.execute(f"{what} SELECT {columns} FROM batches")
        self._connection.execute("CHECKPOINT")

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        conditions = ["region = ?"]
        values: list[Any] = [request.region]
        for predicate in request.predicates:
            if isinstance(predicate, Equal):
                conditions.append(f"{predicate.column} = ?")
                values.append(predicate.value)
                continue
            for bound, sign in ((predicate.low, ">="), (predicate.high, "<=")):
                if bound is not None:
                    conditions.append(f"{predicate.column} {sign} ?")
                    values.append(bound)
        where = " AND ".join(conditions)
        direction = "DESC" if request.descending else "ASC"
        page = self._connection.execute(
            f"SELECT product_id FROM products WHERE {where} "
            f"ORDER BY {request.sort_field} {direction}, product_id "
            f"LIMIT {request.page_size} OFFSET {(request.page_num - 1) * request.page_size}",
            values,
        ).fetchall()
        total = self._connection.execute(
            f"SELECT count(*) FROM products WHERE {where}", values
        ).fetchall()
        return [line[0] for line in page], total[0][0]


def _chained(first: pa.RecordBatch, others: Any) -> Any:
    yield first
    yield from others


def _timed(ask: Callable[[ProductListRequest], Any], log: list[ProductListRequest]) -> Latency:
    taken = np.empty(len(log))
    for number, request in enumerate(log):
        begin = time.perf_counter()
        ask(request)
        taken[number] = time.perf_counter() - begin
    p50, p99 = np.percentile(taken, [50, 99]) * 1e3
    return Latency(float(p50), float(p99), float(taken.mean() * 1e3))
