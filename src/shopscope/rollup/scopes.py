"""The windows of insights: the last 1, 7 and 30 days, and every month with data."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
import pyarrow as pa

from shopscope.contract.insights import DAY_SCOPES

CALENDAR_SCHEMA = pa.schema(
    [("day", pa.date32()), ("scope", pa.string()), ("first", pa.date32()), ("now", pa.bool_())]
)


class Scope(msgspec.Struct, frozen=True):
    """One window, its days included, and the equal window before it."""

    name: str
    first: date
    last: date
    first_before: date
    last_before: date


def scopes(as_of: date, days: Iterable[date]) -> list[Scope]:
    """The windows that end with `as_of`, and the calendar months that any of `days` is in."""
    found = [
        Scope(
            str(n),
            as_of - timedelta(n - 1),
            as_of,
            as_of - timedelta(2 * n - 1),
            as_of - timedelta(n),
        )
        for n in DAY_SCOPES
    ]
    for first in sorted({day.replace(day=1) for day in days}):
        last_before = first - timedelta(1)
        following = (first + timedelta(31)).replace(day=1)
        found.append(
            Scope(
                f"{first:%Y-%m}",
                first,
                following - timedelta(1),
                last_before.replace(day=1),
                last_before,
            )
        )
    return found


def calendar(windows: Iterable[Scope]) -> pa.Table:
    """A row for every day of every window: which day counts for which window.

    `now` is false for the days of the window before. Facts meet their windows by an equality
    of days, which any engine joins well.
    """
    rows = [
        {"day": first + timedelta(n), "scope": w.name, "first": w.first, "now": now}
        for w in windows
        for first, last, now in (
            (w.first, w.last, True),
            (w.first_before, w.last_before, False),
        )
        for n in range((last - first).days + 1)
    ]
    return pa.Table.from_pylist(rows, schema=CALENDAR_SCHEMA)
