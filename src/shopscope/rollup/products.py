"""Facts and delivered rows to product rows: one row a product, every field of the wire."""

from typing import Any

import ibis
import ibis.expr.types as ir

from shopscope.contract.metrics import METRIC_FIELDS, RATE_FIELDS, WINDOWS
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.contract.vocab import (
    CHANNEL_LIVE,
    CHANNEL_NONE,
    CHANNEL_VIDEO,
    ROOT_CATEGORY,
    TREND_DOWN,
    TREND_STABLE,
    TREND_UP,
)
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.portable import cents
from shopscope.rollup.windows import growth_rate
from shopscope.settings import Settings

KEY = ("region", "product_id")
TEXTS = (
    "name", "seller_id", "seller_name", "category_id", "category_l2_id", "category_l3_id",
    "category_name", "category_locale", "cover_url", "desc_detail", "discount", "sale_props",
    "skus",
)  # fmt: skip
"""Descriptive columns of the lake's table `product`, each resolved by itself."""

_JSON_TEXTS = ("cover_url", "desc_detail", "sale_props", "skus")


def newest_computed(series: ir.Table) -> ir.Table:
    """The series of each product whose last fact is newest; then by source and currency."""
    order = [series.youngest, series.source, series.currency]
    return _first(series, order)


def newest_delivered(rows: ir.Table) -> ir.Table:
    """The delivered row of each product that is newest; then by source."""
    return _first(rows, [rows.age, rows.source])


def attributes(versions: ir.Table) -> ir.Table:
    """What is known of each product: for every column the newest version that has it.

    Args:
        versions: rows of `product`, with `as_of`, none of them first seen after it.
    """
    seen = ibis.least(versions.valid_to, versions.as_of)
    order = [
        seen.desc(),
        versions.valid_from.desc(),
        versions.source,
        *(versions[c] for c in TEXTS),
    ]
    ranked = versions.mutate(rank=_numbered(versions, order))
    newest = {c: ranked[c].argmin(ranked.rank, where=ranked[c].notnull()) for c in TEXTS}
    return ranked.group_by(list(KEY)).aggregate(**newest, first_seen=ranked.first_seen.min())


def with_categories(products: ir.Table, tree: CategoryTree) -> ir.Table:
    """Products with the category ids of all three levels, null where there is none.

    The deepest id that a source gives, or else the name it gives, is looked up in the tree; the
    levels above it are the tree's.
    """
    names = ibis.memtable(tree.ids_by_name())
    named = products.left_join(
        names,
        [products.category_locale == names.locale, products.category_name == names.label],
    ).drop("locale", "label")
    given = [_assigned(named[c]) for c in ("category_l3_id", "category_l2_id", "category_id")]
    leaf = ibis.coalesce(*given, named.named)
    named = named.mutate(deepest=leaf)
    paths = ibis.memtable(tree.paths())
    joined = named.left_join(paths, named.deepest == paths.leaf)
    return joined.mutate(
        category_id=ibis.coalesce(joined.l1, joined.category_id, joined.named),
        category_l2_id=ibis.coalesce(joined.l2, _assigned(joined.category_l2_id)),
        category_l3_id=ibis.coalesce(joined.l3, _assigned(joined.category_l3_id)),
    ).drop("leaf", "l1", "l2", "l3", "named", "deepest")


def computed_rows(series: ir.Table, described: ir.Table, settings: Settings) -> ir.Table:
    """Rows in the wire's columns and types, with `row` null.

    `key` is the product id as a number; `unplaced` says that no source gives a category that is
    known, which the wire shows like the category Other.
    """
    table = series.left_join(described, list(KEY)).drop("region_right", "product_id_right")
    first = ibis.coalesce(ibis.least(table.first_seen, table.first_day), table.first_day)
    price = ibis.coalesce(
        table.spu_avg_price, (table.min_price + table.max_price) / 2, table.min_price,
        table.max_price, 0.0,
    )  # fmt: skip
    values: dict[str, Any] = {
        **{name: table[name] for name in (*METRIC_FIELDS, *RATE_FIELDS)},
        **{c: ibis.coalesce(table[c], "[]") for c in _JSON_TEXTS},
        "category_id": ibis.coalesce(table.category_id, ROOT_CATEGORY),
        "category_l2_id": ibis.coalesce(table.category_l2_id, ROOT_CATEGORY),
        "category_l3_id": ibis.coalesce(table.category_l3_id, ROOT_CATEGORY),
        "discount": ibis.coalesce(table.discount, ""),
        "first_crawl_dt": first.year() * 10_000 + first.month() * 100 + first.day(),
        "min_price": cents(ibis.coalesce(table.min_price, price)),
        "max_price": cents(ibis.coalesce(table.max_price, price)),
        "spu_avg_price": cents(price),
        "product_id": table.product_id.cast("string"),
        "product_name": ibis.coalesce(table.name, ""),
        "seller_id": ibis.coalesce(table.seller_id, ""),
        "sales_flag": _sales_flag(table),
        "sales_trend_flag": _trend_flag(table, settings),
        "region": table.region,
    }
    values |= {
        name: ibis.coalesce(table[name], 0)
        for name in (
            "free_shipping", "is_s_shop", "off_mark", "product_commission_rate", "product_rating",
            "review_count",
        )
    }  # fmt: skip
    return _wire(table, values, row=ibis.null("string"), unplaced=table.category_id.isnull())


def delivered_rows(rows: ir.Table) -> ir.Table:
    """Delivered rows in the wire's columns and types, with the verbatim `row`.

    Growth rates are those that the delivered windows tell; the others are 0.
    """
    values = {f.name: rows[f.name] for f in FIELDS if f.name not in KEY}
    values |= {"product_id": rows.product_id.cast("string"), "region": rows.region}
    values |= {
        name: growth_rate(rows[metric.field(days)], rows[metric.field(2 * days)])
        if 2 * days in WINDOWS
        else ibis.literal(0.0)
        for name, (metric, days) in RATE_FIELDS.items()
    }
    return _wire(rows, values, row=rows.row, unplaced=ibis.literal(False))


def chosen(computed: ir.Table, delivered: ir.Table) -> tuple[ir.Table, ir.Table]:
    """The computed and the delivered rows that are served: newest wins, then computed.

    Args:
        computed: with `youngest`, the age of the last fact.
        delivered: with `age`.
    """
    same = [computed[c] == delivered[c] for c in KEY]
    kept = computed.anti_join(delivered, [*same, delivered.age < computed.youngest])
    others = delivered.anti_join(
        computed, [*(delivered[c] == computed[c] for c in KEY), computed.youngest <= delivered.age]
    )
    return kept, others


def _wire(table: ir.Table, values: dict[str, Any], *, row: Any, unplaced: Any) -> ir.Table:
    types = {"string": "string", "integer": "int64", "number": "float64"}
    return table.select(
        key=table.product_id,
        unplaced=unplaced,
        row=row,
        **{f.name: values[f.name].cast(types[f.type]) for f in (*FIELDS, *EXTRA_FIELDS)},
    )


def _assigned(category: Any) -> Any:
    """A category id of level 2 or 3; `0` says that there is none."""
    return category.nullif(ROOT_CATEGORY)


def _sales_flag(table: ir.Table) -> Any:
    recent = table.total_video_sale_30d_cnt + table.total_live_sale_30d_cnt > 0
    video = ibis.ifelse(recent, table.total_video_sale_30d_cnt, table.total_video_sale_cnt)
    live = ibis.ifelse(recent, table.total_live_sale_30d_cnt, table.total_live_sale_cnt)
    return ibis.cases(
        (video > live, CHANNEL_VIDEO), (live > video, CHANNEL_LIVE), else_=CHANNEL_NONE
    )


def _trend_flag(table: ir.Table, settings: Settings) -> Any:
    now, before = table.total_sale_7d_cnt, table.sale_before
    up = (now >= before * (1 + settings.trend_ratio)) & (now - before >= settings.trend_units)
    down = (now <= before * (1 - settings.trend_ratio)) & (before - now >= settings.trend_units)
    return ibis.cases((up, TREND_UP), (down, TREND_DOWN), else_=TREND_STABLE)


def _first(table: ir.Table, order: list[Any]) -> ir.Table:
    """The first row of each product in this order."""
    numbered = table.mutate(nth=_numbered(table, order))
    return numbered.filter(numbered.nth == 0).drop("nth")


def _numbered(table: ir.Table, order: list[Any]) -> Any:
    return ibis.row_number().over(ibis.window(group_by=[table[c] for c in KEY], order_by=order))
