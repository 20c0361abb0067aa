"""Facts of products by day, as a source would report them: counters, prices, states.

The truth of the market is reported with what happens to real reports: days are missing, some
facts come late, and now and then a counter is corrected downwards.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.ingest.demo.market import Market
from shopscope.ingest.demo.plan import REGIONS, REPORTS_GROWTH, SOURCE, Amounts, Mask, Numbers

MISSING, LATE, CORRECTED, VANISHED, MISREPORTED = 0.02, 0.01, 0.015, 0.04, 0.02
OUTAGE = ("MX", 40, 3)
"""A market of which nothing is known for some days: its code, first day from the end, days."""

_RATES = np.array([0.0, 5.0, 8.0, 10.0, 12.0, 12.5, 15.0, 18.0, 20.0, 25.0])


class Facts(msgspec.Struct, frozen=True):
    """Rows of the lake's table of daily facts; `late` says which come in a later delivery."""

    rows: pa.Table
    late: Mask


def facts(market: Market) -> Facts:
    """Every fact of the market, by region, product and day."""
    chance = market.plan.chance(3)
    counters, amounts = _counters(market, chance)
    states = _states(market, chance, counters["sale"])
    known = _known(market, chance)
    row, day = np.nonzero(known)
    columns: dict[str, pa.Array] = {
        "region": pa.array(np.array([r.code for r in REGIONS])[market.region[row]]),
        "product_id": pa.array(market.product[row]),
        "day": pa.array(market.plan.calendar[day]),
        "source": pa.array(np.full(len(row), SOURCE)),
        "currency": pa.array(np.array([r.currency for r in REGIONS])[market.region[row]]),
    }
    columns |= {name: pa.array(values[row, day]) for name, values in counters.items()}
    columns |= {name: pa.array(np.round(values[row, day], 2)) for name, values in amounts.items()}
    columns |= {name: pa.array(values[row, day]) for name, values in states.items()}
    columns |= _growth(market, chance, row, day)
    late = (chance.random(len(row)) < LATE) & (day < market.plan.days - 10)
    return Facts(pa.table(columns), late)


def _counters(
    market: Market, chance: np.random.Generator
) -> tuple[dict[str, Numbers], dict[str, Amounts]]:
    """Counters from the start of sales up to each day: counts, and amounts."""
    units, past = market.units, market.before[:, None]
    correct = _corrections(market, chance)
    counters: dict[str, Numbers] = {}
    amounts: dict[str, Amounts] = {}
    for name, part in (("sale", None), ("video_sale", market.video_part),
                       ("live_sale", market.live_part)):  # fmt: skip
        daily = units if part is None else np.floor(units * part[:, None]).astype(np.int64)
        older = past if part is None else np.floor(past * part[:, None]).astype(np.int64)
        earned = market.revenue * (daily / np.maximum(units, 1))
        sold = (older + np.cumsum(daily, axis=1)).astype(np.float64)
        gained = older * market.price[:, :1] + np.cumsum(earned, axis=1)
        counters[name] = correct(sold).astype(np.int64)
        amounts[f"{name}_gmv"] = correct(np.floor(gained * 100) / 100)
    busy = np.sqrt(units) * 0.22
    videos = chance.poisson(busy * market.video_part[:, None])
    lives = chance.poisson(busy * market.live_part[:, None] * 0.4)
    makers, streamers = chance.binomial(videos, 0.6), chance.binomial(lives, 0.5)
    growth = {
        "video": (videos, 0.02),
        "live": (lives, 0.004),
        "views": ((units * chance.lognormal(5.0, 0.5, units.shape)).astype(np.int64), 180.0),
        "ifl": (makers + chance.binomial(streamers, 0.8), 0.016),  # some do both
        "ifl_video": (makers, 0.014),
        "ifl_live": (streamers, 0.002),
    }
    for name, (daily, share) in growth.items():
        counters[name] = np.floor(past * share).astype(np.int64) + np.cumsum(daily, axis=1)
    return counters, amounts


def _corrections(market: Market, chance: np.random.Generator) -> Callable[[Amounts], Amounts]:
    """What corrects counters: from some day on, a part of what was counted by then is taken off.

    Half of the corrections are recent, and later sales have not made up for them yet.
    """
    count, days = market.plan.products, market.plan.days
    corrected = chance.random(count) < CORRECTED
    corrected[np.unique(market.region, return_index=True)[1]] = True  # at least one a market
    recent = chance.random(count) < 0.5
    late, any_day = days - chance.integers(1, 20, count), chance.integers(1, days, count)
    since = _upright(np.where(recent, late, any_day))
    part = _upright(np.where(corrected, chance.uniform(0.05, 0.3, count), 0.0))
    standing = np.arange(days) >= since

    def correct(counted: Amounts) -> Amounts:
        off = np.floor(np.take_along_axis(counted, since, axis=1) * part)
        corrected: Amounts = counted - off * standing
        return corrected

    return correct


def _states(market: Market, chance: np.random.Generator, sold: Numbers) -> dict[str, Numbers]:
    """What is not counted: prices, rating, reviews, commission, flags."""
    count, days = market.plan.products, market.plan.days
    low = market.price * _upright(chance.uniform(0.75, 1, count))
    high = market.price * _upright(chance.uniform(1, 1.4, count))
    reviews = np.floor(sold * _upright(chance.uniform(0.01, 0.08, count)))
    reviews = np.maximum.accumulate(reviews, axis=1)
    rating = _upright(np.clip(5 - chance.gamma(2, 0.22, count), 2.1, 5))
    drift = _upright(chance.normal(0, 0.001, count)) * np.arange(days)
    since = _upright(chance.integers(1, days * 2, count))
    first, second = (_upright(chance.choice(_RATES, count)) for _ in range(2))
    flip = _upright(chance.integers(1, days * 5, count))
    free = _upright(chance.random(count) < 0.45)
    calendar = np.arange(days)
    dead = calendar >= market.death[:, None]
    return {
        "spu_avg_price": market.price,
        "min_price": np.round(low, 2),
        "max_price": np.round(high, 2),
        "product_rating": np.where(reviews > 0, np.round(np.clip(rating + drift, 1, 5), 1), 0.0),
        "review_count": reviews.astype(np.int64),
        "product_commission_rate": np.where(calendar >= since, second, first),
        "is_s_shop": np.broadcast_to(market.managed[:, None], (count, days)).astype(np.int8),
        "free_shipping": (free ^ (calendar >= flip)).astype(np.int8),
        "off_mark": np.where(dead, 2 + market.shop[:, None] % 2, 0).astype(np.int8),
    }


def _known(market: Market, chance: np.random.Generator) -> Mask:
    """Which product is reported on which day."""
    count, days = market.plan.products, market.plan.days
    calendar = np.arange(days)
    first = np.maximum(market.launch, 0)[:, None]
    present = calendar >= first
    # Dead products are seen offline for a week, then no more; quiet days of slow ones are left out.
    present &= calendar < market.death[:, None] + 7
    present &= (market.units > 0) | (chance.random((count, days)) < 0.3)
    present &= chance.random((count, days)) >= MISSING
    vanished = chance.random(count) < VANISHED
    present &= ~(vanished[:, None] & (calendar >= _upright(chance.integers(30, days, count))))
    code, before_end, length = OUTAGE
    outage = (calendar >= days - before_end) & (calendar < days - before_end + length)
    away = np.array([r.code == code for r in REGIONS])[market.region]
    present &= ~(away[:, None] & outage)
    present |= calendar == first
    return present


def _growth(
    market: Market, chance: np.random.Generator, row: Numbers, day: Numbers
) -> dict[str, pa.Array]:
    """The growth of the day where the market's source tells it; at times it is told wrongly."""
    tells = np.array([r.code == REPORTS_GROWTH for r in REGIONS])[market.region[row]]
    wrong = chance.random(market.plan.products) < MISREPORTED
    told = market.units[row, day] + wrong[row] * 3
    earned = market.revenue[row, day]
    return {
        "sale_1d": pa.array(told, mask=~tells),
        "sale_gmv_1d": pa.array(np.round(earned, 2), mask=~tells),
    }


def _upright(values: NDArray[Any]) -> NDArray[Any]:
    """One value a product, made to meet rows of days."""
    return values[:, None]
