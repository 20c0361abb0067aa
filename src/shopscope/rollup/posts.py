"""The posts of a category in a window: which gained most views, and which hashtags they have."""

from typing import Any

import ibis
import ibis.expr.types as ir

from shopscope.contract.insight_rows import HASHTAGS_MAX, POSTS_MAX
from shopscope.contract.insights import ALL_REGIONS
from shopscope.rollup.portable import lower

KEY = ["scope", "region", "category_id"]
_VIDEO = ["region", "video_id"]


def categories(posts: ir.Table, stated: ir.Table, product_categories: ir.Table) -> ir.Table:
    """Which category each video belongs to: region, video_id, category_id.

    Args:
        posts: `post`.
        stated: `post_category`, which is right where it knows a video.
        product_categories: region, product_id and the level-3 `category_id` of products.
    """
    linked = posts.select(*_VIDEO, "product_id").distinct()
    linked = linked.anti_join(stated, _VIDEO)
    by_product = linked.join(product_categories, ["region", "product_id"])
    columns = [*_VIDEO, "category_id"]
    return stated.select(columns).union(by_product.select(columns)).distinct()


def category_posts(posts: ir.Table, categories: ir.Table, calendar: ir.Table) -> ir.Table:
    """The posts of each scope, region and category, and over all regions.

    Returns:
        The columns of KEY, `video_id`, `gained` (views in the window) and `views` (at its end).
        A video that is in several markets counts over all of them as where it gained most.
    """
    seen = _gained(posts, calendar).join(categories, _VIDEO)
    by_region = seen.select(*KEY, "video_id", "gained", "views")
    grouped = seen.group_by(["scope", "category_id", "video_id"])
    pooled = grouped.aggregate(gained=seen.gained.max(), views=seen.views.max())
    pooled = pooled.mutate(region=ibis.literal(ALL_REGIONS))
    return by_region.union(pooled.select(by_region.columns))


def best(rows: ir.Table) -> ir.Table:
    """The posts that gained most views, then those with most, then by id; best first."""
    return _top(rows, [rows.gained.desc(), rows.views.desc(), rows.video_id], POSTS_MAX, "video_id")


def hashtags(rows: ir.Table, posts: ir.Table) -> ir.Table:
    """The hashtags on most posts, then with most views gained, then by text; first first.

    Upper and lower case are one hashtag, and a post counts once for each it ever had.
    """
    tags = posts.select(*_VIDEO, tag=posts.hashtags.unnest())
    tags = tags.filter(tags.tag != "")
    tags = tags.mutate(tag=lower(tags.tag)).distinct()
    anywhere = tags.select("video_id", "tag").distinct().mutate(region=ibis.literal(ALL_REGIONS))
    tags = tags.union(anywhere.select(tags.columns))
    tagged = rows.join(tags, _VIDEO)
    counted = tagged.group_by([*KEY, "tag"]).aggregate(
        count=tagged.count(), gained=tagged.gained.sum()
    )
    order = [counted["count"].desc(), counted.gained.desc(), counted.tag]
    return _top(counted, order, HASHTAGS_MAX, "tag")


def _gained(posts: ir.Table, calendar: ir.Table) -> ir.Table:
    """Views that each video with a fact in a window gained there, and had at the end.

    The growth between two facts belongs to the day of the later one. Before the first fact
    nothing was observed; but the views of a video that was published within the window were all
    gained in it. Several sources or products of one day: the largest number counts.
    """
    daily = posts.group_by([*_VIDEO, "day"]).aggregate(views=posts.views.max())
    published = posts.group_by(_VIDEO).aggregate(published=posts.published.date().min())
    known = daily.filter(daily.views.notnull())
    before = known.views.lag().over(group_by=[known[name] for name in _VIDEO], order_by=known.day)
    known = known.mutate(grown=known.views - before)
    unknown = daily.filter(daily.views.isnull()).mutate(grown=ibis.null("int64"))
    facts = known.union(unknown.select(known.columns)).join(published, _VIDEO)
    met = facts.join(calendar.filter(calendar.now), "day")
    born = met.grown.isnull() & (met.published >= met["first"])
    gained = ibis.ifelse(born, met.views, met.grown)
    met = met.mutate(gained=ibis.coalesce(gained, 0))
    return met.group_by(["scope", *_VIDEO]).aggregate(
        gained=ibis.greatest(met.gained.sum(), 0).cast("int64"),
        views=ibis.coalesce(met.views.argmax(met.day, where=met.views.notnull()), 0),
    )


def _top(rows: ir.Table, order: list[Any], number: int, column: str) -> ir.Table:
    """The first rows of each scope, region and category, in order."""
    nth = ibis.row_number().over(group_by=[rows[name] for name in KEY], order_by=order)
    numbered = rows.mutate(nth=nth)
    top = numbered.filter(numbered.nth < number)
    return top.select(*KEY, column, "nth").order_by([*KEY, "nth"])
