"""The days of a product as plain loops over its facts: totals and growth, day by day.

An oracle like `naive`: it shares no code with the package.
"""

from datetime import date, timedelta
from typing import Any

from tests.rollup.naive import Fact, merged

METRICS = ("sale", "sale_gmv", "ifl", "live", "video")

Day = dict[str, Any]


def days(facts: list[Fact], as_of: date) -> dict[date, Day]:
    """Every day from the first fact to the as-of day: metrics, `<metric>_grown`, price, fact."""
    by_day = {d: fact for d, fact in merged(facts).items() if d <= as_of}
    result: dict[date, Day] = {}
    if not by_day:
        return result
    last_rate = by_day[max(by_day)]["rate"]
    day = min(by_day)
    while day <= as_of:
        row: Day = {"fact": day in by_day, "price": price(by_day, day)}
        for metric in METRICS:
            money = metric == "sale_gmv"
            if any(fact.get(metric) is not None for fact in by_day.values()):
                rate = last_rate if money else 1
                now, before = (
                    counter(by_day, metric, day),
                    counter(by_day, metric, day - timedelta(1)),
                )
                row[metric], row[f"{metric}_grown"] = now * rate, (now - before) * rate
            else:
                row[metric] = told(by_day, metric, day, money=money)
                fact = by_day.get(day, {})
                rate = fact.get("rate", 1) if money else 1
                row[f"{metric}_grown"] = (fact.get(f"{metric}_1d") or 0) * rate
        result[day] = row
        day += timedelta(1)
    return result


def counter(by_day: dict[date, Fact], metric: str, day: date) -> float:
    """The counter at the end of a day; before its first value what stands for it."""
    counted = [d for d in sorted(by_day) if by_day[d].get(metric) is not None]
    known = [d for d in counted if d <= day]
    if known:
        value: float = by_day[known[-1]][metric]
        return value
    first = by_day[counted[0]]
    stands: float = max(first[metric] - (first.get(f"{metric}_1d") or 0), 0)
    return stands


def told(by_day: dict[date, Fact], metric: str, day: date, *, money: bool) -> float:
    """The total of a metric without a counter: growth so far, or a larger reported window."""
    grown = largest = 0.0
    for d, fact in by_day.items():
        if d <= day:
            rate = fact["rate"] if money else 1
            grown += (fact.get(f"{metric}_1d") or 0) * rate
            for n in (7, 15, 30, 60, 90):
                largest = max(largest, (fact.get(f"{metric}_{n}d") or 0) * rate)
    return max(grown, largest)


def price(by_day: dict[date, Fact], day: date) -> float:
    """The last price known at the end of a day; 0: none."""
    known = [d for d in sorted(by_day) if d <= day and by_day[d].get("spu_avg_price") is not None]
    return by_day[known[-1]]["spu_avg_price"] * by_day[known[-1]]["rate"] if known else 0


def ranking(
    products: dict[int, dict[date, Day]], metric: str, first: date, last: date
) -> list[tuple[int, Day]]:
    """Products that gained in a period with what they gained: largest first, then by id."""
    gained = []
    for product_id, rows in products.items():
        within = [row for day, row in rows.items() if first <= day <= last]
        sums = {m: sum(row[f"{m}_grown"] for row in within) for m in METRICS}
        if sums[metric] > 0:
            shown = {m: max(value, 0) for m, value in sums.items()}
            priced = rows[min(last, max(rows))]["price"]
            gained.append((product_id, {**shown, "price": priced}))
    return sorted(gained, key=lambda item: (-item[1][metric], item[0]))
