"""Columns of product tables: what can be shown, under which name, and how it is written.

A column is named as the field of the wire that it shows; the explorer's own is `trend`, the picture
of the days. Below the price in dollars stand the local ones.
"""

from typing import Literal

import msgspec

from shopscope.contract.metrics import METRICS, RATE_DAYS, WINDOWS, Metric
from shopscope.contract.products import SORTABLE
from shopscope.web.language import N_

Kind = Literal[
    "compact", "money", "price", "percent", "decimal", "growth", "whole", "day",
    "flag", "channel", "direction", "state", "text", "category", "spark",
]  # fmt: skip


_NUMBERS = ("compact", "money", "price", "percent", "decimal", "growth", "whole")


class Column(msgspec.Struct, frozen=True):
    """One column: `note` is the smaller line under its label, such as the window."""

    name: str
    label: str
    kind: Kind
    group: str
    note: str = ""
    days: int | None = None

    @property
    def side(self) -> str:
        """What style sheets call its cells: numbers stand at the right, of the others each kind
        has a class."""
        return "num" if self.kind in _NUMBERS else f"of-{self.kind}"

    @property
    def sortable(self) -> bool:
        """Whether the product list can be ordered by it."""
        return self.name in SORTABLE


METRIC_LABELS: dict[str, str] = {
    "sale": N_("Units"),
    "sale_gmv": N_("GMV"),
    "video_sale": N_("Video units"),
    "video_sale_gmv": N_("Video GMV"),
    "live_sale": N_("Live units"),
    "live_sale_gmv": N_("Live GMV"),
    "video": N_("Videos"),
    "live": N_("Live streams"),
    "views": N_("Views"),
    "ifl": N_("Creators"),
    "ifl_video": N_("Video creators"),
    "ifl_live": N_("Live creators"),
}
"""What the metrics of the catalogue are called."""

_RATE_LABELS: dict[str, str] = {"sale": N_("Units growth"), "sale_gmv": N_("GMV growth")}

_LIFETIME = N_("in all")


def _metric_columns(metric: Metric) -> list[Column]:
    label, kind = METRIC_LABELS[metric.name], "money" if metric.unit == "usd" else "compact"
    columns = []
    if metric.lifetime:
        columns.append(Column(metric.field(), label, kind, label, _LIFETIME))  # type: ignore[arg-type]
    if metric.windowed:
        columns += [
            Column(metric.field(window), label, kind, label, days=window)  # type: ignore[arg-type]
            for window in WINDOWS
        ]
    return columns


_PRODUCT, _GROWTH = N_("Product"), N_("Growth")

COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("trend", N_("90 days"), "spark", _PRODUCT, N_("units a day")),
        Column("spu_avg_price", N_("Price"), "price", _PRODUCT),
        *(
            Column(metric.rate_field(days), _RATE_LABELS[metric.name], "growth", _GROWTH, days=days)
            for metric in METRICS
            if metric.rated
            for days in RATE_DAYS
        ),
        *(column for metric in METRICS for column in _metric_columns(metric)),
        Column("product_commission_rate", N_("Commission"), "percent", _PRODUCT),
        Column("product_rating", N_("Rating"), "decimal", _PRODUCT),
        Column("review_count", N_("Reviews"), "compact", _PRODUCT),
        Column("category_id", N_("Category"), "category", _PRODUCT),
        Column("sales_trend_flag", N_("Trend"), "direction", _PRODUCT),
        Column("sales_flag", N_("Main channel"), "channel", _PRODUCT),
        Column("first_crawl_dt", N_("First seen"), "day", _PRODUCT),
        Column("discount", N_("Discount"), "text", _PRODUCT),
        Column("free_shipping", N_("Free shipping"), "flag", _PRODUCT),
        Column("is_s_shop", N_("Fully managed"), "flag", _PRODUCT),
        Column("off_mark", N_("State"), "state", _PRODUCT),
        Column("seller_id", N_("Shop"), "text", _PRODUCT),
    )
}
"""Every column by its name, in the order in which they are offered and shown."""

DEFAULT: tuple[str, ...] = (
    "trend",
    "spu_avg_price",
    "sale_growth_30d_rate",
    "total_sale_cnt",
    "total_sale_30d_cnt",
    "total_sale_gmv_amt",
    "total_sale_gmv_30d_amt",
    "total_ifl_cnt",
    "product_commission_rate",
    "product_rating",
)
"""The columns that are shown when none are chosen."""


def chosen(text: str) -> list[Column]:
    """The columns of a list of names with commas, in the order of the table; unknown are left out.

    Nothing, or nothing known: the usual ones.
    """
    names = {name for name in text.split(",") if name in COLUMNS} or set(DEFAULT)
    return [column for name, column in COLUMNS.items() if name in names]


def grouped() -> dict[str, list[Column]]:
    """Every column under the name of its group."""
    groups: dict[str, list[Column]] = {}
    for column in COLUMNS.values():
        groups.setdefault(column.group, []).append(column)
    return groups
