"""`python -m bench.windows`: three ways to read counters at eight days, side by side in DuckDB."""

import argparse
import time

import duckdb

from shopscope.contract.metrics import METRICS
from shopscope.rollup.windows import BASES

NAMES = [metric.name for metric in METRICS]
DAY = "DATE '2026-04-01'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=300_000)
    parser.add_argument("--facts", type=int, default=27, help="facts of each product")
    given = parser.parse_args()
    with duckdb.connect() as db:
        counters = ", ".join(
            f"(hash(p + {i}) % 1000 * d)::BIGINT AS {name}" for i, name in enumerate(NAMES)
        )
        db.execute(
            f"CREATE TABLE facts AS SELECT p AS product, {DAY} - 3 * d::INT AS day, {counters} "
            f"FROM range({given.products}) t(p), range({given.facts}) u(d)"
        )
        queries = {"spans": _spans(), "filtered": _filtered(), "structs": _structs()}
        seconds = {name: _timed(db, query) for name, query in queries.items()}
    for name, taken in seconds.items():
        print(f"{name:10} {taken:6.1f} s   {taken / seconds['spans']:4.1f} times spans")


def _timed(db: duckdb.DuckDBPyConnection, query: str) -> float:
    started = time.perf_counter()
    db.execute(f"CREATE OR REPLACE TABLE result AS {query}")
    return time.perf_counter() - started


def _filtered() -> str:
    values = ", ".join(
        f"arg_max({m}, day) FILTER ({m} IS NOT NULL AND day <= {DAY} - {n}) AS {m}_{n}"
        for m in NAMES
        for n in BASES
    )
    return f"SELECT product, {values} FROM facts GROUP BY product"


def _structs() -> str:
    state = ", ".join(f"'{m}': {m}" for m in NAMES)
    values = ", ".join(
        f"arg_max({{{state}}}, day) FILTER (day <= {DAY} - {n}) AS at_{n}" for n in BASES
    )
    return f"SELECT product, {values} FROM facts GROUP BY product"


def _spans() -> str:
    span = " ".join(f"WHEN day <= {DAY} - {n} THEN {n}" for n in reversed(BASES))
    folded = ", ".join(f"arg_max({m}, day) FILTER ({m} IS NOT NULL) AS {m}" for m in NAMES)
    values = ", ".join(
        f"arg_min({m}, span) FILTER ({m} IS NOT NULL AND span >= {n}) AS {m}_{n}"
        for m in NAMES
        for n in BASES
    )
    return (
        f"WITH cut AS (SELECT *, CASE {span} END AS span FROM facts), "
        f"spans AS (SELECT product, span, {folded} FROM cut GROUP BY ALL) "
        f"SELECT product, {values} FROM spans GROUP BY product"
    )


if __name__ == "__main__":
    main()
