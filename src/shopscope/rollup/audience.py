"""Who sees a category's ads: weights by age and interest, added up over windows and markets."""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from shopscope.contract.insight_rows import INTERESTS_MAX
from shopscope.rollup.ads import decimal, with_all_regions

KEY = ["scope", "region", "category_id"]


def weights(audience: ir.Table, calendar: ir.Table) -> ir.Table:
    """Weights by scope, region, category, kind and bucket, and over all regions."""
    facts = audience.mutate(
        weight=decimal(audience.weight),
        kind=audience.kind.lower(),
        label=ibis.coalesce(audience.label, ""),
    )
    met = facts.join(calendar.filter(calendar.now), "day")
    key = ["scope", "category_id", "kind", "bucket"]
    sums = met.group_by(["region", *key]).aggregate(weight=met.weight.sum(), label=met.label.max())
    both = with_all_regions(sums, key, ("weight",))
    labels = sums.group_by("bucket").aggregate(label=sums.label.max())
    named = both.join(labels, "bucket")
    return named.filter(named.weight > 0).mutate(weight=named.weight.cast("float64"))


def ages(weights: ir.Table) -> ir.Table:
    """The rows by age, in the order of their key."""
    return weights.filter(weights.kind == "age").select(*KEY, "bucket", "weight").order_by(KEY)


def interests(weights: ir.Table) -> ir.Table:
    """The index of each interest of a category, highest first, with `bucket` and `label`.

    100 times the part that the interest has in the category's audience, divided by the part it
    has in the audience of all categories of that scope and region.
    """
    rows = weights.filter(weights.kind == "interest")

    def total(*by: str) -> Any:
        exact = decimal(rows.weight).sum().over(group_by=[rows[name] for name in by])
        return exact.cast("float64")

    here = rows.weight / total(*KEY)
    everywhere = total("scope", "region", "bucket") / total("scope", "region")
    rows = rows.mutate(score=(100 * here / everywhere + 0.5).floor().cast("int64"))
    order = [rows.score.desc(), rows.bucket]
    nth = ibis.row_number().over(group_by=[rows[name] for name in KEY], order_by=order)
    rows = rows.mutate(nth=nth)
    best = rows.filter((rows.nth < INTERESTS_MAX) & (rows.score > 0))
    return best.select(*KEY, "bucket", "label", "score", "nth").order_by([*KEY, "nth"])


def percentages(weights: Mapping[int, float]) -> list[tuple[int, int]]:
    """Whole percents that sum to exactly 100, by largest remainder; the largest first.

    Of equal remainders the larger weight, then the smaller bucket is rounded up. Nothing for
    weights that are all zero.
    """
    total = sum(weights.values())
    if not total:
        return []
    parts = {bucket: weight / total * 100 for bucket, weight in weights.items()}
    scores = {bucket: int(part) for bucket, part in parts.items()}
    by_remainder = sorted(
        weights, key=lambda bucket: (scores[bucket] - parts[bucket], -weights[bucket], bucket)
    )
    for bucket in by_remainder[: 100 - sum(scores.values())]:
        scores[bucket] += 1
    return sorted(scores.items(), key=lambda score: (-score[1], score[0]))
