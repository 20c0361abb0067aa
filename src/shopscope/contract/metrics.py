"""The metric catalogue: twelve counters, their windows and growth rates, and their wire names."""

from typing import Literal

import msgspec

WINDOWS: tuple[int, ...] = (1, 7, 15, 30, 60, 90)
"""Lengths of the windows in days; each ends with the as-of day."""

RATE_DAYS: tuple[int, ...] = (7, 30)
"""Lengths of the windows of which a growth rate is told."""

Unit = Literal["count", "usd"]


class Metric(msgspec.Struct, frozen=True):
    """One counter that is followed day by day.

    `name` is the X of the wire names `total_X_cnt`, `total_X_30d_cnt`, and the column name in
    the lake. Amounts are US dollars on the wire.
    """

    name: str
    unit: Unit
    title: str
    windowed: bool = True
    lifetime: bool = True
    rated: bool = False

    def field(self, window: int | None = None) -> str:
        """The wire name of the lifetime total, or of the growth over `window` days."""
        suffix = "cnt" if self.unit == "count" else "amt"
        middle = "" if window is None else f"{window}d_"
        return f"total_{self.name}_{middle}{suffix}"

    def fields(self) -> list[str]:
        """All wire names of this metric: lifetime first, then the windows, shortest first."""
        windows = [self.field(n) for n in WINDOWS] if self.windowed else []
        return [self.field(), *windows] if self.lifetime else windows

    def rate_field(self, window: int) -> str:
        """The name of the growth over `window` days against the as many days before, percent."""
        return f"{self.name}_growth_{window}d_rate"


METRICS: tuple[Metric, ...] = (
    Metric("sale", "count", "units sold", rated=True),
    Metric("sale_gmv", "usd", "gross merchandise value", rated=True),
    Metric("video_sale", "count", "units sold through videos"),
    Metric("video_sale_gmv", "usd", "gross merchandise value of sales through videos"),
    Metric("live_sale", "count", "units sold in live streams"),
    Metric("live_sale_gmv", "usd", "gross merchandise value of sales in live streams"),
    Metric("video", "count", "videos that promote the product"),
    Metric("live", "count", "live streams that promote the product"),
    Metric("views", "count", "views of the videos that promote the product"),
    Metric("ifl", "count", "creators who promote the product", windowed=False),
    Metric("ifl_video", "count", "creators who promote the product by video", lifetime=False),
    Metric("ifl_live", "count", "creators who promote the product by live stream", lifetime=False),
)

METRIC_FIELDS: dict[str, tuple[Metric, int | None]] = {
    name: (metric, window)
    for metric in METRICS
    for window in (None, *WINDOWS)
    for name in (metric.field(window),)
    if name in metric.fields()
}
"""Wire name of every total and window, with the metric and the window (None: lifetime)."""

RATE_FIELDS: dict[str, tuple[Metric, int]] = {
    metric.rate_field(window): (metric, window)
    for metric in METRICS
    if metric.rated
    for window in RATE_DAYS
}
"""Name of every growth rate, with the metric and the window."""


def field_title(metric: Metric, window: int | None) -> str:
    """What a metric field means, in a phrase for documentation."""
    phrase = metric.title[0].upper() + metric.title[1:]
    if window is None:
        return f"{phrase}: lifetime total"
    days = "1 day" if window == 1 else f"{window} days"
    return f"{phrase}: growth over the {days} that end with the as-of day"


def rate_title(metric: Metric, window: int) -> str:
    """What a growth rate means, in a phrase for documentation."""
    phrase = metric.title[0].upper() + metric.title[1:]
    return (
        f"{phrase}: the last {window} days against the {window} days before, percent; "
        "0 also where there was nothing before"
    )
