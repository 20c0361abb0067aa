"""The days behind an invented market's products: what each gained, on some days of a quarter.

Less than half of the products sell at all, as in `bench.market`; one that does sells on some days,
and gains creators and videos on fewer.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench import market
from shopscope.snapshot.build import RegionRows
from shopscope.snapshot.history import SCHEMA

DAYS = 90
_ALIVE = 0.45  # of the products gain anything
_USUAL = {"sale": 6.0, "ifl": 0.3, "live": 0.05, "video": 0.4}
_BATCH = 8_192

Numbers = NDArray[Any]


def regions(products: int, seed: int) -> Iterator[RegionRows]:
    """Every region's rows, as `bench.market` makes them, with the days behind them."""
    for number, rows in enumerate(market.regions(products, seed)):
        size = market.share(products)[rows.region]
        yield RegionRows(rows.region, rows.as_of, rows.rows, facts(size, [seed, number, DAYS]))


def facts(size: int, seed: list[int]) -> Iterator[pa.RecordBatch]:
    """The facts of a region with so many products, by product and day."""
    rng = np.random.default_rng(seed)
    for start in range(0, size, _BATCH):
        numbers = np.arange(start, min(start + _BATCH, size))
        yield _facts(market.FIRST_ID + numbers * market.ID_STEP, rng)


def _facts(ids: Numbers, rng: np.random.Generator) -> pa.RecordBatch:
    often = rng.beta(1.2, 2, len(ids)) * (rng.random(len(ids)) < _ALIVE)
    product, day = np.nonzero(rng.random((len(ids), DAYS)) < often[:, None])
    popular = rng.lognormal(0, 1.5, len(ids))[product]
    first = np.searchsorted(product, product)  # the place of each product's first fact
    price = (np.floor(rng.lognormal(2.8, 0.9, len(ids))) * 100 + 99).astype(np.int64)[product]
    columns: dict[str, Numbers] = {"product_id": ids[product], "age": DAYS - 1 - day}
    columns["price"] = price
    for name, usual in _USUAL.items():
        grown = rng.poisson(popular * usual * rng.lognormal(0, 0.5, len(product)))
        columns |= _grown(name, grown, first)
    columns |= _grown("sale_gmv", columns["sale_grown"] * price, first)
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _grown(name: str, grown: Numbers, first: Numbers) -> dict[str, Numbers]:
    """What a metric grew by on each day, and what it came to."""
    sums = np.append(0, np.cumsum(grown))
    return {f"{name}_grown": grown, name: sums[1:] - sums[first]}
