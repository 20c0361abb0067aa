"""Totals and windows of every product from sparse daily facts, as one expression.

The rules are section 6 of the contract. C(d) is a counter's last value on or before day d and D
the as-of day; the growth over N days is C(D) - C(D-N), never below zero. Where nothing is known
on or before D-N, the first value less the growth reported for that same day stands for C(D-N).

A metric of which a source reports no counter, only growth, has the growth that was observed: over
N days the larger of the daily growths added up, and of any reported window that lies within them.

Two steps keep the cost apart from the length of the history: facts fold into at most eight spans
per product, cut where windows begin; everything else is arithmetic over those.
"""

import itertools
from collections.abc import Collection
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir

from shopscope.contract.metrics import METRICS, RATE_DAYS, WINDOWS, Metric
from shopscope.rollup.portable import MILLIONTHS, cents, largest, millionths

TREND_DAYS = 7
BASES: tuple[int, ...] = tuple(
    sorted({0, *WINDOWS, 2 * TREND_DAYS, *(2 * days for days in RATE_DAYS)})
)
"""Ages in days, counted back from the as-of day, at which a counter is read."""

SERIES = ("region", "product_id", "source", "currency")
"""What identifies one series of comparable facts."""

STATES = (
    "spu_avg_price", "min_price", "max_price", "product_rating", "review_count",
    "product_commission_rate", "is_s_shop", "free_shipping", "off_mark",
)  # fmt: skip
"""Facts that are not counted but simply hold until the next one."""

_EXTENT = ("first_day", "youngest", "oldest", "facts")

PRICES = ("spu_avg_price", "min_price", "max_price")


def windows(facts: ir.Table, present: Collection[str], whole: Collection[str]) -> ir.Table:
    """One row a series: totals, windows, states, and what the quality report needs.

    Args:
        facts: `product_daily` with `age` (days before the as-of day, 0 or more) and `rate` (US
            dollars for one unit of the row's currency).
        present: names of the columns that hold anything; the others are left out.
        whole: names of the columns without a null. They are folded together, several times as
            fast as one by one.

    Returns:
        The columns of SERIES; each metric field of the wire; each growth rate; `sale_before`, the
        units of the seven days before the last seven; the STATES in US dollars where they are
        prices; the `first_day`, the `youngest` and `oldest` age and the number of `facts`;
        `<metric>_fell`, whether a correction made a window negative; `<metric>_off`, whether the
        growth of the last day differs from the reported one.
    """
    spans = _spans(facts, present, whole)
    series = _series(spans, present, whole)
    reported = _reported(facts, present)
    if reported is not None:
        series = series.left_join(reported, list(SERIES)).drop(*(f"{key}_right" for key in SERIES))
    return _finished(series, present)


class _Pick(NamedTuple):
    """Values that are taken together, from the row that is first in an order."""

    values: dict[str, Any]
    order: Any
    where: Any = None


def _spans(facts: ir.Table, present: Collection[str], whole: Collection[str]) -> ir.Table:
    """Facts folded by series and span: a span is named by the largest base not above its ages."""
    span = ibis.literal(BASES[0])
    for base in BASES[1:]:
        span = ibis.ifelse(facts.age >= base, base, span)
    facts = facts.mutate(span=span)
    folded: dict[str, Any] = {
        "facts": facts.count(),
        "youngest": facts.age.min(),
        "oldest": facts.age.max(),
        "first_day": facts.day.min(),
    }
    newest = _Pick({"rate": facts.rate}, facts.age)
    oldest = _Pick({}, -facts.age)
    picks = [newest, oldest]
    for metric in METRICS:
        name, daily = metric.name, f"{metric.name}_1d"
        if daily in present:
            money = metric.unit == "usd"
            grown = millionths(facts[daily] * facts.rate) if money else facts[daily]
            folded[f"{name}_grown"] = grown.sum()
        if name not in present:
            continue
        known = facts[name].notnull()
        first = {f"{name}_first": facts[name]}
        if daily in present:
            first[f"{name}_first_growth"] = ibis.coalesce(facts[daily], 0)
            folded[f"{name}_told"] = facts[daily].max(where=known & (facts.age == 0))
        if name in whole:
            newest.values[name] = facts[name]
            oldest.values.update(first)
        else:
            picks.append(_Pick({name: facts[name]}, facts.age, known))
            picks.append(_Pick(first, -facts.age, known))
    for state in STATES:
        if state in present:
            value = facts[state] * facts.rate if state in PRICES else facts[state]
            if state in whole:
                newest.values[state] = value
            else:
                picks.append(_Pick({state: value}, facts.age, facts[state].notnull()))
    return _fold(facts, (*SERIES, "span"), folded, picks)


def _series(spans: ir.Table, present: Collection[str], whole: Collection[str]) -> ir.Table:
    """Spans folded by series: each counter at each base, its first value, growth added up."""
    folded: dict[str, Any] = {
        "facts": spans.facts.sum(),
        "youngest": spans.youngest.min(),
        "oldest": spans.oldest.max(),
        "first_day": spans.first_day.min(),
        "day_before": spans.youngest.min(where=spans.span == 1),
    }
    newest, oldest = _Pick({"rate": spans.rate}, spans.span), _Pick({}, -spans.span)
    picks = [newest, oldest]
    counters = [metric for metric in METRICS if metric.name in present]
    for metric in counters:
        name = metric.name
        folded |= {f"{name}_in_{base}": _within(spans, name, base) for base in BASES}
        first = {f"{name}_first": spans[f"{name}_first"]}
        if f"{name}_1d" in present:
            first[f"{name}_first_growth"] = spans[f"{name}_first_growth"]
            folded[f"{name}_told"] = spans[f"{name}_told"].max()
        if name in whole:
            oldest.values.update(first)
        else:
            picks.append(_Pick(first, -spans.span, spans[name].notnull()))
    for metric in METRICS:
        if f"{metric.name}_1d" in present:
            grown = spans[f"{metric.name}_grown"]
            folded[f"{metric.name}_grown"] = grown.sum()
            for base in _bases(metric)[1:]:
                folded[f"{metric.name}_grown_{base}"] = grown.sum(where=spans.span < base)
    for state in STATES:
        if state in whole:
            newest.values[state] = spans[state]
        elif state in present:
            picks.append(_Pick({state: spans[state]}, spans.span, spans[state].notnull()))
    series = _fold(spans, SERIES, folded, picks)
    at = {
        f"{metric.name}_at_{base}": ibis.coalesce(
            *(series[f"{metric.name}_in_{older}"] for older in BASES if older >= base)
        )
        for metric in counters
        for base in _bases(metric)
    }
    return series.mutate(**at)


def _within(spans: ir.Table, name: str, base: int) -> Any:
    """The value of a series in a span, of which it has one row at most."""
    # With a condition of the aggregate instead of a case DuckDB takes twice as long.
    return ibis.ifelse(spans.span == base, spans[name], None).max()


def _fold(
    table: ir.Table, key: tuple[str, ...], folded: dict[str, Any], picks: list[_Pick]
) -> ir.Table:
    """Rows folded by `key`: aggregates, and what is picked, each column by its own name."""
    picked = {f"pick_{number}": _picked(pick) for number, pick in enumerate(picks) if pick.values}
    rows = table.group_by(list(key)).aggregate(**folded, **picked)
    columns = {}
    for number, pick in enumerate(picks):
        for name in pick.values:
            column = rows[f"pick_{number}"]
            columns[name] = column[name] if len(pick.values) > 1 else column
    return rows.select(*key, *folded, **columns)


def _picked(pick: _Pick) -> Any:
    values = list(pick.values.values())
    value = ibis.struct(pick.values) if len(values) > 1 else values[0]
    return value.argmin(pick.order, where=pick.where)


def _reported(facts: ir.Table, present: Collection[str]) -> ir.Table | None:
    """The largest reported window within each window, for what a source reports beyond a day."""
    folded: dict[str, Any] = {}
    for metric in METRICS:
        told = [n for n in WINDOWS if n > 1 and f"{metric.name}_{n}d" in present]
        for base in (*_bases(metric)[1:], None):
            values = [
                (facts[f"{metric.name}_{n}d"] * _rate(facts, metric)).max(
                    where=None if base is None else facts.age <= base - n
                )
                for n in told
                if base is None or n <= base
            ]
            if values:
                folded[f"{metric.name}_told_{base or 'ever'}"] = largest(
                    [ibis.coalesce(value, 0) for value in values]
                )
    return facts.group_by(list(SERIES)).aggregate(**folded) if folded else None


def _finished(series: ir.Table, present: Collection[str]) -> ir.Table:
    columns: dict[str, Any] = {key: series[key] for key in SERIES}
    columns |= {name: series[name] for name in _EXTENT}
    for metric in METRICS:
        total, grown = _growth(series, metric, present)
        columns[metric.field()] = _wire(total, metric)
        columns |= {metric.field(n): _wire(grown[n], metric) for n in WINDOWS if metric.windowed}
        columns |= _rates(metric, {n: _wire(growth, metric) for n, growth in grown.items()})
        if metric.name == "sale":
            fortnight = grown[2 * TREND_DAYS] - grown[TREND_DAYS]
            columns["sale_before"] = ibis.greatest(fortnight, 0).cast("int64")
        columns[f"{metric.name}_fell"] = _fell(series, metric)
        columns[f"{metric.name}_off"] = _off(series, metric)
    for state in STATES:
        value = series[state] if state in present else ibis.null("float64")
        columns[state] = cents(value) if state in PRICES else value
    return series.select(**columns)


def _growth(
    series: ir.Table, metric: Metric, present: Collection[str]
) -> tuple[Any, dict[int, Any]]:
    """The total and the growth over each base, in US dollars where the metric is an amount."""
    name, ages = metric.name, _bases(metric)[1:]
    zero = ibis.literal(0)
    total, grown = zero, dict.fromkeys(ages, zero)
    if f"{name}_1d" in present:
        total = ibis.coalesce(series[f"{name}_grown"], 0)
        grown = {age: ibis.coalesce(series[f"{name}_grown_{age}"], 0) for age in ages}
        if metric.unit == "usd":
            total = total / MILLIONTHS
            grown = {age: value / MILLIONTHS for age, value in grown.items()}
    if f"{name}_told_ever" in series.columns:
        total = ibis.greatest(total, series[f"{name}_told_ever"])
        grown = {
            age: ibis.greatest(value, series[f"{name}_told_{age}"])
            if f"{name}_told_{age}" in series.columns
            else value
            for age, value in grown.items()
        }
    if name in present:
        now, rate = series[f"{name}_at_0"], _rate(series, metric)
        before_first = series[f"{name}_first"]
        if f"{name}_1d" in present:
            before_first = ibis.greatest(before_first - series[f"{name}_first_growth"], 0)
        counted = now.notnull()
        total = ibis.ifelse(counted, now * rate, total)
        grown = {
            age: ibis.ifelse(
                counted,
                ibis.greatest(now - ibis.coalesce(series[f"{name}_at_{age}"], before_first), 0)
                * rate,
                value,
            )
            for age, value in grown.items()
        }
    return total, grown


def growth_rate(window: Any, double: Any) -> Any:
    """The growth over a window against the one before it, percent; 0: there was nothing before.

    Args:
        window: growth over N days.
        double: growth over 2N days.
    """
    before = cents((double - window).cast("float64"))  # cents, without the dust of subtraction
    rate = (window - before) / before.nullif(0) * 100
    return ibis.ifelse(before > 0, cents(rate), 0.0)


def _rates(metric: Metric, grown: dict[int, Any]) -> dict[str, Any]:
    if not metric.rated:
        return {}
    return {metric.rate_field(n): growth_rate(grown[n], grown[2 * n]) for n in RATE_DAYS}


def _fell(series: ir.Table, metric: Metric) -> Any:
    """Whether a counter is lower at a base than at an older one."""
    columns = [f"{metric.name}_at_{base}" for base in _bases(metric)]
    if columns[0] not in series.columns:
        return ibis.literal(False)
    pairs = itertools.pairwise(columns)
    fell = [ibis.coalesce(series[young] < series[old], False) for young, old in pairs]
    return ibis.or_(*fell)


def _off(series: ir.Table, metric: Metric) -> Any:
    """Whether C(D) - C(D-1) differs from the growth reported for D, both days being known."""
    if f"{metric.name}_told" not in series.columns:
        return ibis.literal(False)
    counted = series[f"{metric.name}_at_0"] - series[f"{metric.name}_at_1"]
    difference = (counted - series[f"{metric.name}_told"]).abs()
    return ibis.coalesce(
        (series.youngest == 0) & (series.day_before == 1) & (difference > 0), False
    )


def _bases(metric: Metric) -> tuple[int, ...]:
    """The ages at which a metric's counter is needed."""
    if not metric.windowed:
        return (0,)
    return BASES if metric.rated else (0, *WINDOWS)


def _rate(table: ir.Table, metric: Metric) -> Any:
    return table.rate if metric.unit == "usd" else ibis.literal(1)


def _wire(value: Any, metric: Metric) -> Any:
    value = ibis.coalesce(value, 0)
    return cents(value.cast("float64")) if metric.unit == "usd" else value.cast("int64")
