"""Every product's row, all 100 fields, from what the sources say and the rules of windows."""

import json
from collections.abc import Collection
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from tests.acceptance.sources import Described, Sources
from tests.acceptance.tree import Tree
from tests.rollup import naive

Row = dict[str, Any]

_UNKNOWN: Row = {
    "category_l2_id": "0",
    "category_l3_id": "0",
    "desc_detail": "[]",
    "discount": "",
    "free_shipping": 0,
    "is_s_shop": 0,
    "off_mark": 0,
    "product_rating": 0,
    "review_count": 0,
    "sale_props": "[]",
    "skus": "[]",
}
"""What none of the exports tells."""


def cents(value: Fraction | float) -> float:
    """Rounded to cents, halves away from zero, as people do."""
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(decimal.quantize(Decimal("0.01"), ROUND_HALF_UP))


def whole(value: Fraction | float) -> int:
    """A count, which has no decimals."""
    assert int(value) == value
    return int(value)


def newest_days(sources: Sources) -> dict[str, date]:
    """Each market's as-of day: the newest that has a fact."""
    days: dict[str, date] = {}
    for (region, _), facts in sources.facts.items():
        newest = max(fact["day"] for fact in facts)
        days[region] = max(newest, days.get(region, newest))
    return days


def product_rows(sources: Sources, tree: Tree, as_of: dict[str, date]) -> dict[str, list[Row]]:
    """The rows of each market of `as_of`, as they are at the end of its day, by product id."""
    category = cache(lambda name: tree.top(name, "zh-CN") if name else "0")
    rows: dict[str, list[Row]] = {region: [] for region in as_of}
    for (region, product_id), facts in sorted(sources.facts.items()):
        if region not in as_of:
            continue
        day = as_of[region]
        by_day = {d: fact for d, fact in naive.merged(facts).items() if d <= day}
        if by_day:
            known = [d for d in sources.described[region, product_id] if d.day <= day]
            rows[region].append(
                {"region": region, "product_id": str(product_id), **_UNKNOWN}
                | _measured(by_day, day)
                | _held(by_day)
                | _described(newest(known), category)
            )
    return rows


def names() -> list[str]:
    """The names of all fields, by the row of a product of which next to nothing is known."""
    day = date(2026, 1, 1)
    fact = {"day": day, "rate": 1, "sale": 0, "spu_avg_price": 0, "commission": 0}
    invented = Sources({("US", 1): [fact]}, {("US", 1): [Described(day, "")]}, {})
    return list(product_rows(invented, Tree([]), {"US": day})["US"][0])


def _measured(by_day: dict[date, naive.Fact], as_of: date) -> Row:
    """Totals, windows and flags; a metric that no fact speaks of is 0."""
    spoken = {name for fact in by_day.values() for name in fact}
    row: Row = {}
    for metric in (*naive.COUNTS, *naive.AMOUNTS):
        known = metric in spoken or any(f"{metric}_{n}d" in spoken for n in naive.WINDOWS)
        suffix, rounded = ("amt", cents) if metric in naive.AMOUNTS else ("cnt", whole)
        for n in naive.WINDOWS:
            grown = naive.growth(by_day, metric, as_of, n) if known else 0
            row[f"total_{metric}_{n}d_{suffix}"] = rounded(grown)
        if not metric.startswith("ifl"):
            total = naive.total(by_day, metric, as_of) if known else 0
            row[f"total_{metric}_{suffix}"] = rounded(total)
    fortnight = naive.growth(by_day, "sale", as_of, 14)
    trend = naive.trend(row["total_sale_7d_cnt"], fortnight)
    return row | {"total_ifl_cnt": 0, "sales_trend_flag": trend, "sales_flag": naive.channel(row)}


def _held(by_day: dict[date, naive.Fact]) -> Row:
    """What simply holds until the next fact. One price is lowest, highest and average."""
    last = by_day[max(by_day)]
    price = cents(last["spu_avg_price"] * last["rate"])
    return {
        "spu_avg_price": price,
        "min_price": price,
        "max_price": price,
        "product_commission_rate": float(last["commission"]),
        "first_crawl_dt": int(min(by_day).strftime("%Y%m%d")),
    }


def newest(known: Collection[Described]) -> Described:
    """What was said last; on one day the sources do not contradict themselves."""
    *_, last = sorted(known)
    assert {d for d in known if d.day == last.day} == {last}
    return last


def _described(described: Described, category: Any) -> Row:
    images = [{"url": described.image, "index": 1}] if described.image else []
    return {
        "product_name": described.name,
        "category_id": category(described.category),
        "seller_id": described.seller_id,
        "cover_url": json.dumps(images, separators=(",", ":")),
    }
