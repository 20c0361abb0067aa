"""Insights that an upstream delivered ready-made: the newest of each."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from shopscope.contract.insights import AREA_PATTERN, SCOPE_PATTERN
from shopscope.lake.tables import Lake

LEVELS = ("first_ecom_category", "second_ecom_category", "third_ecom_category")


class Delivered(msgspec.Struct, frozen=True):
    """A list row or a detail as it came, the number it is ordered by, and the names in it."""

    scope: str
    region: str
    category_id: str
    kind: str
    day: date
    text: bytes
    post: int
    names: tuple[str, ...]


def newest_delivered(lake: Lake, as_of: date | None) -> list[Delivered]:
    """The newest delivered row of each scope, region, category and kind, up to `as_of`.

    Of several sources on one day the first in the alphabet. What is no row is left out.
    """
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    lines = lake.read("insight_row").to_pylist()
    lines.sort(key=lambda line: line["source"], reverse=True)
    lines.sort(key=lambda line: line["day"])
    for line in lines:
        if as_of is None or line["day"] <= as_of:
            newest[line["scope"], line["region"], line["category_id"], line["kind"]] = line
    return [row for _, line in sorted(newest.items()) if (row := _read(line)) is not None]


def _read(line: dict[str, Any]) -> Delivered | None:
    known = (
        re.fullmatch(SCOPE_PATTERN, line["scope"])
        and re.fullmatch(AREA_PATTERN, line["region"])
        and line["kind"] in ("list", "detail")
    )
    row = msgspec.json.decode(line["row"]) if known else None
    if not isinstance(row, dict):
        return None
    post = row.get("post")
    return Delivered(
        line["scope"],
        line["region"],
        line["category_id"],
        line["kind"],
        line["day"],
        line["row"].encode(),
        int(post) if isinstance(post, int | float) else 0,
        tuple(_names(row)),
    )


def _names(row: dict[str, Any]) -> Iterator[str]:
    for level in LEVELS:
        place = row.get(level)
        if isinstance(place, dict) and isinstance(place.get("value"), str):
            yield place["value"]
