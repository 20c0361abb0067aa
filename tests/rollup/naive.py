"""The rules of section 6 of the contract as plain loops over one product's facts.

An oracle: it shares no code with the package, and is written to be read, not to be fast.
"""

import math
from datetime import date, timedelta
from typing import Any

WINDOWS = (1, 7, 15, 30, 60, 90)
COUNTS = ("sale", "video_sale", "live_sale", "video", "live", "views", "ifl_video", "ifl_live")
AMOUNTS = ("sale_gmv", "video_sale_gmv", "live_sale_gmv")

Fact = dict[str, Any]


def merged(facts: list[Fact]) -> dict[date, Fact]:
    """One fact a day: of several values for a column the largest."""
    by_day: dict[date, Fact] = {}
    for fact in facts:
        known = by_day.setdefault(fact["day"], {})
        for name, value in fact.items():
            if value is not None and (known.get(name) is None or value > known[name]):
                known[name] = value
    return by_day


def growth(facts: dict[date, Fact], metric: str, as_of: date, days: int) -> float:
    """Growth of a metric over the `days` days that end with `as_of`, in US dollars if an amount."""
    counted = [d for d in sorted(facts) if d <= as_of and facts[d].get(metric) is not None]
    if not counted:
        return observed(facts, metric, as_of, days)
    now = facts[counted[-1]][metric]
    before = [d for d in counted if d <= as_of - timedelta(days)]
    if before:
        base = facts[before[-1]][metric]
    else:
        first = facts[counted[0]]
        base = max(first[metric] - (first.get(f"{metric}_1d") or 0), 0)
    last = facts[max(d for d in facts if d <= as_of)]
    grown: float = max(now - base, 0)
    return grown * (last["rate"] if metric in AMOUNTS else 1)


def observed(facts: dict[date, Fact], metric: str, as_of: date, days: int) -> float:
    """Growth of a metric without a counter: daily growth added up, or a larger reported window."""
    start = as_of - timedelta(days)
    rate = {d: facts[d]["rate"] if metric in AMOUNTS else 1 for d in facts}
    best = 0.0
    for d, fact in facts.items():
        if start < d <= as_of:
            best += (fact.get(f"{metric}_1d") or 0) * rate[d]
    for n in WINDOWS[1:]:
        for d, fact in facts.items():
            if d <= as_of and d - timedelta(n) >= start:
                best = max(best, (fact.get(f"{metric}_{n}d") or 0) * rate[d])
    return best


def total(facts: dict[date, Fact], metric: str, as_of: date) -> float:
    """The lifetime total of a metric."""
    counted = [d for d in sorted(facts) if d <= as_of and facts[d].get(metric) is not None]
    if not counted:
        return observed(facts, metric, as_of, 100_000)
    last = facts[max(d for d in facts if d <= as_of)]
    now: float = facts[counted[-1]][metric]
    return now * (last["rate"] if metric in AMOUNTS else 1)


def cents(amount: float) -> float:
    """Rounded to two decimals, halves up."""
    return math.floor(amount * 100 + 0.5) / 100


def rate(facts: dict[date, Fact], metric: str, as_of: date, days: int) -> float:
    """Growth of the last `days` days against the as many before, percent; 0: nothing before."""
    now = cents(growth(facts, metric, as_of, days))
    before = cents(cents(growth(facts, metric, as_of, 2 * days)) - now)
    return (now - before) / before * 100 if before > 0 else 0.0


def product(facts: list[Fact], as_of: date) -> dict[str, Any] | None:
    """Every computed field of one product's row, or None if nothing is known by then."""
    by_day = {d: fact for d, fact in merged(facts).items() if d <= as_of}
    if not by_day:
        return None
    row: dict[str, Any] = {}
    for metric, suffix in [*((m, "cnt") for m in COUNTS), *((m, "amt") for m in AMOUNTS)]:
        for n in WINDOWS:
            row[f"total_{metric}_{n}d_{suffix}"] = growth(by_day, metric, as_of, n)
        if not metric.startswith("ifl"):
            row[f"total_{metric}_{suffix}"] = total(by_day, metric, as_of)
    for metric in ("sale", "sale_gmv"):
        for n in (7, 30):
            row[f"{metric}_growth_{n}d_rate"] = rate(by_day, metric, as_of, n)
    row["total_ifl_cnt"] = total(by_day, "ifl", as_of)
    fortnight = growth(by_day, "sale", as_of, 14)
    row["sales_trend_flag"] = trend(row["total_sale_7d_cnt"], fortnight)
    row["sales_flag"] = channel(row)
    first = min(by_day)
    row["first_crawl_dt"] = int(first.strftime("%Y%m%d"))
    priced = [d for d in by_day if by_day[d].get("spu_avg_price") is not None]
    newest = by_day[max(priced)] if priced else {"spu_avg_price": 0, "rate": 1}
    row["spu_avg_price"] = newest["spu_avg_price"] * newest["rate"]
    return row


def trend(week: float, fortnight: float) -> int:
    """The flag for the last seven days' units against the seven before."""
    before = max(fortnight - week, 0)
    if week - before >= 5 and week * 10 >= before * 11:
        return 1
    if before - week >= 5 and week * 10 <= before * 9:
        return 2
    return 0


def channel(row: dict[str, Any]) -> int:
    """The flag for the main sales channel."""
    video, live = row["total_video_sale_30d_cnt"], row["total_live_sale_30d_cnt"]
    if video == live == 0:
        video, live = row["total_video_sale_cnt"], row["total_live_sale_cnt"]
    return 1 if video > live else 2 if live > video else 0
