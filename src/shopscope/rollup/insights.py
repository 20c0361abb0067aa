"""Insights of every window, market and category, from facts about ads, audiences and posts."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir
import msgspec
import pyarrow as pa

from shopscope.contract.insight_rows import AgeShare, Interest, InterestIndex, Sums
from shopscope.contract.vocab import ROOT_CATEGORY
from shopscope.lake.tables import Lake
from shopscope.rollup import ads, audience, posts, products
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.delivered import Delivered, newest_delivered
from shopscope.rollup.engines import Engine
from shopscope.rollup.insight_json import Places, info_json, row_json
from shopscope.rollup.scopes import calendar, scopes
from shopscope.snapshot.insights import DAYS_SCHEMA, NAMES_SCHEMA, ROWS_SCHEMA, InsightTables

T = TypeVar("T")
Key = tuple[str, str, str]
"""Scope, region, category."""

_LEVEL = 3
_ENDLESS = date(9999, 12, 31)


class Insight(msgspec.Struct):
    """List row and detail of one category in a window and market."""

    post: int = 0
    row: bytes | None = None
    detail: bytes | None = None


def insight_tables(
    engine: Engine, lake: Lake, tree: CategoryTree, served: ir.Table, as_of: date | None
) -> InsightTables | None:
    """Computed and delivered insights, as a snapshot takes them; None: there are none.

    Windows end with the newest day with ad facts over all markets, or with `as_of`.

    Args:
        engine: evaluates; its tables are kept until the connection ends.
        lake: the facts.
        tree: places and names of categories.
        served: product rows with region, `key` and category_l3_id, as the product list has them.
        as_of: the day at whose end everything is looked at; None: the newest.
    """
    places = Places(tree)
    delivered = newest_delivered(lake, as_of)
    facts = _until(engine.table(lake, "ad_daily"), as_of)
    days = engine.fetch(facts.select("day").distinct())["day"].to_pylist()
    end = (as_of or max(days)) if days else None
    found: dict[Key, Insight] = {}
    by_day = DAYS_SCHEMA.empty_table()
    if end is not None:
        facts = _until(facts, end)
        windows = ibis.memtable(calendar(scopes(end, days)))
        found = _computed(engine, lake, tree, places, served, facts, windows, end, as_of)
        by_day = engine.fetch(ads.days(facts))
    more = _deliver(found, delivered, end)
    if end is None:
        end = max((row.day for row in delivered), default=None)
    if end is None:
        return None
    known = {id_ for id_, (level, _) in tree.places.items() if level == _LEVEL}
    names = [
        {
            "category_id": category,
            "names": places.searchable(category, sorted(more.get(category, ()))),
            "blank": info_json(places, category),
        }
        for category in sorted(known | {category for _, _, category in found})
    ]
    return InsightTables(
        end, _rows_table(found), by_day, pa.Table.from_pylist(names, schema=NAMES_SCHEMA)
    )


def _computed(
    engine: Engine,
    lake: Lake,
    tree: CategoryTree,
    places: Places,
    served: ir.Table,
    facts: ir.Table,
    windows: ir.Table,
    end: date,
    as_of: date | None,
) -> dict[Key, Insight]:
    found: dict[Key, Insight] = {}
    for line in engine.fetch(ads.windows(facts, windows)).to_pylist():
        key = _key(line)
        sums = Sums(**{name: line[name] for name in ads.ADDED})
        found[key] = Insight(sums.posts, row_json(places, key[2], sums, line["before"]))
    weights = engine.keep(
        "audience_weights",
        audience.weights(_until(engine.table(lake, "audience_daily"), end), windows),
    )
    ages = _grouped(engine.fetch(audience.ages(weights)), lambda line: line)
    interests = _grouped(engine.fetch(audience.interests(weights)), _interest)
    videos = _until(engine.table(lake, "post"), end)
    belongs = posts.categories(
        videos,
        engine.table(lake, "post_category"),
        _product_categories(engine, lake, tree, served, videos, as_of),
    )
    members = engine.keep("category_posts", posts.category_posts(videos, belongs, windows))
    best = _grouped(engine.fetch(posts.best(members)), lambda line: str(line["video_id"]))
    tags = _grouped(engine.fetch(posts.hashtags(members, videos)), lambda line: str(line["tag"]))
    for key in {*found, *ages, *interests, *best}:
        found.setdefault(key, Insight()).detail = info_json(
            places,
            key[2],
            _ages(ages.get(key, [])),
            interests.get(key),
            tags.get(key),
            best.get(key),
        )
    return found


def _product_categories(
    engine: Engine,
    lake: Lake,
    tree: CategoryTree,
    served: ir.Table,
    videos: ir.Table,
    as_of: date | None,
) -> ir.Table:
    """The level-3 categories of products that posts link to: region, product_id, category_id.

    A product's own versions tell it, or else the row that the product list serves.
    """
    linked = videos.select("region", "product_id").distinct()
    versions = engine.table(lake, "product")
    if as_of is not None:
        versions = versions.filter(versions.valid_from <= as_of)
    versions = versions.semi_join(linked, ["region", "product_id"])
    versions = versions.mutate(as_of=ibis.literal(as_of or _ENDLESS))
    described = products.with_categories(products.attributes(versions), tree)
    described = described.select("region", "product_id", own=described.category_l3_id)
    listed = served.select("region", product_id=served.key, listed=served.category_l3_id)
    both = linked.left_join(described, ["region", "product_id"]).drop(
        "region_right", "product_id_right"
    )
    both = both.left_join(listed, ["region", "product_id"])
    category = ibis.coalesce(both.own.nullif(ROOT_CATEGORY), both.listed.nullif(ROOT_CATEGORY))
    told = both.select("region", "product_id", category_id=category)
    return told.filter(told.category_id.notnull())


def _deliver(
    found: dict[Key, Insight], delivered: Iterable[Delivered], end: date | None
) -> dict[str, set[str]]:
    """Put delivered rows in the place of older computed ones; names by category come back."""
    names: dict[str, set[str]] = {}
    for row in delivered:
        insight = found.setdefault((row.scope, row.region, row.category_id), Insight())
        there = insight.row if row.kind == "list" else insight.detail
        if there is not None and end is not None and row.day <= end:
            continue
        if row.kind == "list":
            insight.row, insight.post = row.text, row.post
        else:
            insight.detail = row.text
        names.setdefault(row.category_id, set()).update(row.names)
    return names


def _rows_table(found: dict[Key, Insight]) -> pa.Table:
    rows = [
        {
            "scope": scope,
            "region": region,
            "category_id": category,
            "post": insight.post,
            "row": insight.row,
            "detail": insight.detail,
        }
        for (scope, region, category), insight in found.items()
    ]
    return pa.Table.from_pylist(rows, schema=ROWS_SCHEMA)


def _until(table: ir.Table, day: date | None) -> ir.Table:
    return table if day is None else table.filter(table.day <= day)


def _key(line: dict[str, Any]) -> Key:
    return line["scope"], line["region"], line["category_id"]


def _grouped(table: pa.Table, make: Callable[[dict[str, Any]], T]) -> dict[Key, list[T]]:
    """What is made of the lines of each category, in the table's order."""
    groups: dict[Key, list[T]] = {}
    for line in table.to_pylist():
        groups.setdefault(_key(line), []).append(make(line))
    return groups


def _interest(line: dict[str, Any]) -> InterestIndex:
    bucket = str(line["bucket"])
    info = Interest(bucket, f"label_{bucket}", line["label"])
    return InterestIndex(info, line["score"])


def _ages(lines: list[dict[str, Any]]) -> list[AgeShare]:
    weights = {int(line["bucket"]): line["weight"] for line in lines}
    return [AgeShare(age, score) for age, score in audience.percentages(weights)]
