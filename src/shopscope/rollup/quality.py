"""The quality report: what in the facts does not add up, counted and never repaired in silence."""

import itertools
from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import msgspec

from shopscope.contract.metrics import METRICS, WINDOWS, Metric
from shopscope.rollup.engines import Engine
from shopscope.snapshot.report import Finding


class _Check(msgspec.Struct, frozen=True):
    kind: str
    what: str
    failed: Any


def check_series(engine: Engine, series: ir.Table) -> list[Finding]:
    """Findings on the facts behind computed rows: corrections, growth that is off, gaps."""
    checks = [
        _Check("correction", f"{m.name}: a later fact lowers the counter; windows that would be "
               "negative are 0", series[f"{m.name}_fell"])
        for m in METRICS
    ]  # fmt: skip
    checks += [
        _Check("growth", f"{m.name}: the counter's growth on the as-of day differs from the growth "
               "that is reported for it", series[f"{m.name}_off"])
        for m in METRICS
    ]  # fmt: skip
    days = series.oldest - series.youngest + 1
    checks.append(
        _Check("gap", "days without a fact between the first and the last", days > series.facts)
    )
    return list(_failures(engine, series, series.product_id.cast("string"), checks))


def check_rows(engine: Engine, rows: ir.Table) -> list[Finding]:
    """Findings on finished rows: windows out of order, channels above the whole, blanks."""
    checks = [
        _Check(
            "windows",
            f"{m.name}: a shorter window or the total is out of order",
            _disordered(rows, m),
        )
        for m in METRICS
        if m.windowed and m.lifetime
    ]
    checks += [
        _Check("channels", f"{whole}: video and live together exceed it", _exceeded(rows, whole))
        for whole in ("sale", "sale_gmv")
    ]
    checks.append(_Check("category", "products without a category", rows.unplaced))
    checks.append(_Check("name", "products without a name", rows.product_name == ""))
    return list(_failures(engine, rows, rows.product_id, checks))


def check_rates(engine: Engine, facts: ir.Table) -> list[Finding]:
    """Facts in a currency without an exchange rate for their day; they are left out."""
    missing = facts.filter(facts.rate.isnull())
    grouped = missing.group_by(["region", "currency"]).aggregate(
        count=missing.count(),
        first=missing.day.min().cast("string"),
        last=missing.day.max().cast("string"),
        example=missing.product_id.min().cast("string"),
    )
    return [
        Finding(
            kind="rate",
            region=row["region"],
            count=row["count"],
            what=f"facts left out: no rate for {row['currency']} between {row['first']} and "
            f"{row['last']}; load a table with the columns currency, day, usd",
            example=row["example"],
        )
        for row in engine.fetch(grouped.order_by(["region", "currency"])).to_pylist()
    ]


def check_category_names(engine: Engine, products: ir.Table) -> list[Finding]:
    """Names of categories that the tree does not know in their language."""
    unknown = products.filter(products.category_name.notnull() & products.category_id.isnull())
    grouped = unknown.group_by(["region", "category_locale", "category_name"]).aggregate(
        count=unknown.count(), example=unknown.product_id.min().cast("string")
    )
    order = [ibis.desc("count"), "region", "category_locale", "category_name"]
    return [
        Finding(
            kind="category_name",
            region=row["region"],
            count=row["count"],
            what=f"products whose category {row['category_name']!r} ({row['category_locale']}) is "
            "in no loaded category tree",
            example=row["example"],
        )
        for row in engine.fetch(grouped.order_by(order).limit(50)).to_pylist()
    ]


def _failures(
    engine: Engine, table: ir.Table, product: Any, checks: list[_Check]
) -> Iterator[Finding]:
    folded: dict[str, Any] = {}
    for i, check in enumerate(checks):
        folded[f"count_{i}"] = check.failed.cast("int64").sum()
        folded[f"example_{i}"] = product.min(where=check.failed)
    result = engine.fetch(table.group_by("region").aggregate(**folded).order_by("region"))
    for row in result.to_pylist():
        for i, check in enumerate(checks):
            if row[f"count_{i}"]:
                yield Finding(
                    kind=check.kind,
                    region=row["region"],
                    count=row[f"count_{i}"],
                    what=check.what,
                    example=row[f"example_{i}"],
                )


def _disordered(rows: ir.Table, metric: Metric) -> Any:
    fields = [*(metric.field(n) for n in WINDOWS), metric.field()]
    return ibis.or_(*(rows[a] > rows[b] for a, b in itertools.pairwise(fields)))


def _exceeded(rows: ir.Table, whole: str) -> Any:
    by_name = {m.name: m for m in METRICS}
    tests = []
    for window in (*WINDOWS, None):
        parts = sum(rows[by_name[f"{c}_{whole}"].field(window)] for c in ("video", "live"))
        slack = 0.05 if by_name[whole].unit == "usd" else 0  # three amounts, each rounded
        tests.append(parts > rows[by_name[whole].field(window)] + slack)
    return ibis.or_(*tests)
