"""Invented facts in a lake: products with counters that grow, seen every few days."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from bench import market
from shopscope.lake.tables import Lake

AS_OF = market.AS_OF
_SOURCE = "bench"
_PRODUCTS_AT_ONCE = 250_000

_COUNTERS = {
    "sale": 9.0, "sale_gmv": 180.0, "video_sale": 5.0, "video_sale_gmv": 100.0, "live_sale": 2.0,
    "live_sale_gmv": 40.0, "video": 0.9, "live": 0.1, "views": 4_000.0, "ifl": 0.6,
}  # fmt: skip
"""What an average product gains in a day."""


def fill(lake: Lake, products: int, days: int, every: int) -> int:
    """Load products, their tree and a fact of each every so many days; the number of facts."""
    _describe(lake, products)
    facts, first = 0, AS_OF - timedelta(days - 1)
    while first <= AS_OF:
        last = min((first.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1), AS_OF)
        facts += add_days(lake, products, first, last, every)
        first = last + timedelta(1)
    return facts


def add_days(lake: Lake, products: int, first: date, last: date, every: int) -> int:
    """Load the facts of these days in one load; their number. Each product has its own days."""
    with duckdb.connect() as db, lake.begin() as load:
        db.register("market", _market(products))
        for start in range(0, products, _PRODUCTS_AT_ONCE):
            load.add("product_daily", db.sql(_facts(first, last, every, start)).to_arrow_table())
        return load.commit()["product_daily"].added


def _facts(first: date, last: date, every: int, start: int) -> str:
    counters = ", ".join(_counter(name, gain) for name, gain in _COUNTERS.items())
    return (
        f"SELECT region, product_id, day, '{_SOURCE}' AS source, 'USD' AS currency, {counters}, "
        "9.99 + number % 90 AS spu_avg_price, 10.0 AS product_commission_rate, "
        "3 + number % 21 / 10 AS product_rating, age // 9 AS review_count "
        "FROM (SELECT *, day - DATE '2020-01-01' AS age FROM market, "
        f"(SELECT unnest(range(DATE '{first}', DATE '{last}' + 1, INTERVAL 1 DAY))::DATE AS day)) "
        f"WHERE number >= {start} AND number < {start + _PRODUCTS_AT_ONCE} "
        f"AND (age + number) % {every} = 0 ORDER BY region, product_id, day"
    )


def _counter(name: str, gain: float) -> str:
    grown = f"popularity * {gain} * (age + number % 7)"
    return (
        f"round({grown}, 2) AS {name}" if name.endswith("gmv") else f"({grown})::BIGINT AS {name}"
    )


def _market(products: int) -> pa.Table:
    """Every product with its number over all regions; ids as those of `market.batches`."""
    sizes = market.share(products)
    within = np.concatenate([np.arange(size) for size in sizes.values()])
    return pa.table(
        {
            "number": np.arange(products),
            "region": np.repeat(list(sizes), list(sizes.values())),
            "product_id": market.FIRST_ID + within * market.ID_STEP,
            "popularity": np.random.default_rng(1).lognormal(-2, 2, products),
        }
    )


def _describe(lake: Lake, products: int) -> None:
    """Names, shops, pictures and categories, all seen on the newest day."""
    with lake.begin() as load:
        load.add("category_name", _seen(market.categories(), {}))
        for region in market.regions(products, 1):
            for batch in region.rows:
                load.add("product", _seen(pa.table(batch), {"product_name": "name"}))
        load.commit()


def _seen(rows: pa.Table, renamed: dict[str, str]) -> pa.Table:
    """Rows as of the newest day."""
    rows = rows.rename_columns([renamed.get(name, name) for name in rows.column_names])
    rows = rows.append_column("source", pa.array([_SOURCE] * len(rows)))
    for name in ("valid_from", "valid_to"):
        rows = rows.append_column(name, pa.array([AS_OF] * len(rows)))
    return rows
