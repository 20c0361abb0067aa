"""Finished rows of every region, put together from the lake, with what was noticed on the way."""

from datetime import date

import ibis
import ibis.expr.types as ir
import msgspec

from shopscope.lake.schema import PRODUCT_DAILY
from shopscope.lake.tables import Lake
from shopscope.rollup import products, quality
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.engines import Engine
from shopscope.rollup.fx import with_rate
from shopscope.rollup.history import served_facts
from shopscope.rollup.windows import SERIES, windows
from shopscope.settings import Settings
from shopscope.snapshot.report import Finding

_EVER = (*SERIES, "day")
"""Columns of the facts that are looked at even where they hold nothing."""


class Rows(msgspec.Struct, frozen=True):
    """Finished rows of every region, the facts behind them, and what was noticed on the way."""

    table: ir.Table
    facts: ir.Table
    """As `rollup.history` takes them."""
    as_of: dict[str, date]
    findings: list[Finding]


def product_rows(
    engine: Engine, lake: Lake, tree: CategoryTree, settings: Settings, as_of: date | None
) -> Rows:
    """One row a product over all regions, in the wire's columns, evaluated and kept."""
    daily, delivered = engine.table(lake, "product_daily"), engine.table(lake, "product_row")
    days = _as_of_days(engine, [daily, delivered], as_of)
    present, whole = _columns(engine, daily)
    daily = daily.select(*_EVER, *sorted(present.difference(_EVER)))
    rated = with_rate(_aged(daily, days, "day"), lake.read("fx"))
    findings = quality.check_rates(engine, rated)
    facts = rated.filter(rated.rate.notnull())
    series = engine.keep("series", products.newest_computed(windows(facts, present, whole)))
    delivered = products.newest_delivered(_aged(delivered, days, "day"))
    served, verbatim = products.chosen(series, delivered)
    described = engine.keep("described", _described(engine, lake, tree, days))
    table = engine.keep(
        "rows",
        products.computed_rows(served, described, settings).union(
            products.delivered_rows(verbatim)
        ),
    )
    findings += quality.check_category_names(engine, described)
    findings += quality.check_series(engine, served)
    findings += quality.check_rows(engine, table)
    return Rows(table, served_facts(facts, served, present), days, findings)


def _described(engine: Engine, lake: Lake, tree: CategoryTree, days: dict[str, date]) -> ir.Table:
    versions = _aged(engine.table(lake, "product"), days, "valid_from")
    return products.with_categories(products.attributes(versions), tree)


def _aged(table: ir.Table, days: dict[str, date], column: str) -> ir.Table:
    """Rows on or before their region's as-of day, with `as_of` and `age` in days."""
    schema = {"as_of_region": "string", "as_of": "date"}
    known = ibis.memtable(
        [{"as_of_region": region, "as_of": day} for region, day in days.items()],
        schema=ibis.schema(schema),
    )
    joined = table.join(known, table.region == known.as_of_region).drop("as_of_region")
    aged = joined.mutate(age=joined.as_of.delta(joined[column], unit="day"))
    return aged.filter(aged.age >= 0)


def _as_of_days(engine: Engine, tables: list[ir.Table], as_of: date | None) -> dict[str, date]:
    """Each region's as-of day: the one asked for, or the newest that has a fact."""
    newest: dict[str, date] = {}
    for table in tables:
        asked = table if as_of is None else table.filter(table.day <= as_of)
        grouped = asked.group_by("region").aggregate(day=asked.day.max())
        for row in engine.fetch(grouped).to_pylist():
            newest[row["region"]] = max(row["day"], newest.get(row["region"], row["day"]))
    return {region: as_of or day for region, day in sorted(newest.items())}


def _columns(engine: Engine, facts: ir.Table) -> tuple[set[str], set[str]]:
    """The columns of the facts that hold anything, and those that are never null."""
    names = PRODUCT_DAILY.schema.names
    counts = {name: facts[name].count() for name in names}
    (found,) = engine.fetch(facts.aggregate(**counts, every_fact=facts.count())).to_pylist()
    present = {name for name in names if found[name]}
    return present, {name for name in present if found[name] == found["every_fact"]}
