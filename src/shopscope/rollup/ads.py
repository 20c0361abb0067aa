"""Advertising of a category, added up: over windows, and by day; by market, and over all."""

from typing import Any

import ibis
import ibis.expr.types as ir
import msgspec

from shopscope.contract.insight_rows import Sums
from shopscope.contract.insights import ALL_REGIONS

ADDED = tuple(field.name for field in msgspec.structs.fields(Sums))
"""The columns of `ad_daily` that are added up, in the order of Sums."""

_LARGEST = 1e18


def windows(ads: ir.Table, calendar: ir.Table) -> ir.Table:
    """Sums of each scope, region and category with a fact in the window, and over all regions.

    Args:
        ads: `ad_daily` up to the as-of day.
        calendar: `scopes.calendar`.

    Returns:
        scope, region, category_id, the columns of Sums, and `before`, the posts of the window
        before.
    """
    met = exact(ads).join(calendar, "day")
    sums = met.group_by(["scope", "region", "category_id"]).aggregate(
        **{name: ibis.coalesce(met[name].sum(where=met.now), 0) for name in ADDED},
        before=ibis.coalesce(met.posts.sum(where=~met.now), 0),
        facts=met.now.cast("int64").sum(),
    )
    both = with_all_regions(sums, ["scope", "category_id"], (*ADDED, "before", "facts"))
    return plain(both.filter(both.facts > 0).drop("facts"))


def days(ads: ir.Table) -> ir.Table:
    """Sums of each region, category and day with a fact, and over all regions."""
    facts = exact(ads).select("region", "category_id", "day", *ADDED)
    return plain(with_all_regions(facts, ["category_id", "day"], ADDED))


def with_all_regions(rows: ir.Table, key: list[str], added: tuple[str, ...]) -> ir.Table:
    """The rows, and those that result when they are added up over regions."""
    pooled = rows.group_by(key).aggregate(**{name: rows[name].sum() for name in added})
    pooled = pooled.mutate(region=ibis.literal(ALL_REGIONS))
    columns = ["region", *key, *added]
    cast = {name: rows[name].type() for name in added}
    return rows.select(columns).union(pooled.cast(cast).select(columns))


def exact(rows: ir.Table) -> ir.Table:
    """Amounts as decimals: sums that do not depend on the order in which an engine adds."""
    return rows.mutate(
        **{
            name: decimal(rows[name]) if name == "cost" else ibis.coalesce(rows[name], 0)
            for name in ADDED
        }
    )


def decimal(column: Any) -> Any:
    """A column of floats as decimals, absent ones as 0."""
    return ibis.least(ibis.coalesce(column, 0.0), _LARGEST).cast("decimal(38, 9)")


def plain(rows: ir.Table) -> ir.Table:
    """Amounts as floats again."""
    return rows.mutate(cost=rows.cost.cast("float64"))
