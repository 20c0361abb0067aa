"""The rules of docs/insights.md as plain loops over raw facts.

An oracle: it shares no code with the package, and is written to be read, not to be fast.
"""

import math
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Fact = dict[str, Any]
COUNTS = ("posts", "impressions", "clicks", "conversions", "views", "six_second_views", "likes",
          "shares", "comments")  # fmt: skip


def windows(scope: str, as_of: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """First and last day of the window, and of the window before."""
    if "-" in scope:
        year, month = map(int, scope.split("-"))
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        before = date(year - (month == 1), (month - 2) % 12 + 1, 1)
        return (first, after - timedelta(1)), (before, first - timedelta(1))
    days = int(scope)
    first = as_of - timedelta(days - 1)
    return (first, as_of), (first - timedelta(days), first - timedelta(1))


def within(facts: list[Fact], span: tuple[date, date], region: str, category: str) -> list[Fact]:
    return [
        fact
        for fact in facts
        if span[0] <= fact["day"] <= span[1]
        and region in ("all_regions", fact["region"])
        and category == fact["category_id"]
    ]


def money(value: Fraction) -> float:
    cents = math.floor(abs(value) * 100 + Fraction(1, 2))
    return math.copysign(cents, value) / 100


def percent(part: int, whole: int) -> float:
    return money(Fraction(100 * part, whole)) if whole else 0


def figures(facts: list[Fact]) -> dict[str, float]:
    """The figures of these facts, added up."""
    total = {name: sum(fact[name] or 0 for fact in facts) for name in COUNTS}
    cost = sum((Fraction(str(fact["cost"] or 0)) for fact in facts), Fraction(0))
    return {
        "comment": total["comments"],
        "cost": money(cost),
        "cpa": money(cost / total["conversions"]) if total["conversions"] else 0,
        "ctr": percent(total["clicks"], total["impressions"]),
        "cvr": percent(total["conversions"], total["clicks"]),
        "impression": total["impressions"],
        "like": total["likes"],
        "play_six_rate": percent(total["six_second_views"], total["views"]),
        "post": total["posts"],
        "share": total["shares"],
    }


def row(ads: list[Fact], scope: str, region: str, category: str, as_of: date) -> Fact | None:
    """The figures of a list row; None: no fact in the window."""
    now, before = windows(scope, as_of)
    facts = within([f for f in ads if f["day"] <= as_of], now, region, category)
    if not facts:
        return None
    found = figures(facts)
    earlier = sum(f["posts"] or 0 for f in within(ads, before, region, category))
    change = money(Fraction(100 * (int(found["post"]) - earlier), earlier)) if earlier else 0
    return {**found, "post_change": change}


def weights(
    facts: list[Fact], kind: str, span: tuple[date, date], region: str
) -> dict[str, dict[str, Fraction]]:
    """Weights by category and bucket."""
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for fact in facts:
        here = region in ("all_regions", fact["region"])
        if fact["kind"] == kind and here and span[0] <= fact["day"] <= span[1]:
            found[fact["category_id"]][fact["bucket"]] += Fraction(str(fact["weight"]))
    return found


def ages(found: dict[str, Fraction]) -> list[tuple[int, int]]:
    """Ages with whole percents, largest first."""
    total = sum(found.values())
    if not total:
        return []
    parts = {int(age): 100 * weight / total for age, weight in found.items()}
    scores = {age: math.floor(part) for age, part in parts.items()}
    while sum(scores.values()) < 100:
        left = {age: parts[age] - scores[age] for age in parts}
        best = max(parts, key=lambda age: (left[age], parts[age], -age))
        scores[best] += 1
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def interests(by_category: dict[str, dict[str, Fraction]], category: str) -> list[tuple[str, int]]:
    """Interests with their index, highest first."""
    own = by_category.get(category, {})
    everything = sum(sum(buckets.values()) for buckets in by_category.values())
    found = []
    for bucket, weight in own.items():
        here = weight / sum(own.values())
        of_bucket = sum(buckets.get(bucket, Fraction()) for buckets in by_category.values())
        found.append((bucket, math.floor(100 * here / (of_bucket / everything) + Fraction(1, 2))))
    return sorted(found, key=lambda item: (-item[1], item[0]))[:50]


def belongs(posts: list[Fact], stated: list[Fact], products: dict[Any, str]) -> dict[Any, set[str]]:
    """The categories of each region's video."""
    found: dict[Any, set[str]] = defaultdict(set)
    for line in stated:
        found[line["region"], line["video_id"]].add(line["category_id"])
    told = set(found)
    for post in posts:
        video = post["region"], post["video_id"]
        linked = products.get((post["region"], post["product_id"]))
        if video not in told and linked:
            found[video].add(linked)
    return found


def gained(facts: list[Fact], span: tuple[date, date]) -> tuple[int, int] | None:
    """Views gained in the window and had at its end; None: no fact on a day of it."""
    seen = [fact for fact in facts if span[0] <= fact["day"] <= span[1]]
    if not seen:
        return None
    views: dict[date, int] = {}
    for fact in facts:
        if fact["views"] is not None and fact["day"] <= span[1]:
            views[fact["day"]] = max(fact["views"], views.get(fact["day"], 0))
    inside = [day for day in sorted(views) if day >= span[0]]
    if not inside:
        return 0, 0
    before = [day for day in sorted(views) if day < span[0]]
    published = min((f["published"].date() for f in facts if f["published"]), default=None)
    if before:
        base = views[before[-1]]
    else:
        base = 0 if published and published >= span[0] else views[inside[0]]
    return max(views[inside[-1]] - base, 0), views[inside[-1]]


def posts_and_tags(
    posts: list[Fact], categories: dict[Any, set[str]], span: tuple[date, date], region: str,
    category: str,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Video ids and hashtags of a category."""
    by_video: dict[Any, list[Fact]] = defaultdict(list)
    for post in posts:
        by_video[post["region"], post["video_id"]].append(post)
    best: dict[str, tuple[int, int]] = {}
    tags: dict[str, set[str]] = defaultdict(set)
    for (market, video), facts in by_video.items():
        if region not in ("all_regions", market):
            continue
        if region == "all_regions" or category in categories[market, video]:
            tags[video] |= {tag.lower() for f in facts for tag in f["hashtags"] or () if tag}
        found = gained(facts, span)
        if found is not None and category in categories[market, video]:
            known = best.get(video, (0, 0))
            best[video] = max(known[0], found[0]), max(known[1], found[1])
    order = sorted(best, key=lambda video: (-best[video][0], -best[video][1], video))
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for video in best:
        for tag in tags[video]:
            count[tag][0] += 1
            count[tag][1] += best[video][0]
    return order[:50], sorted(count, key=lambda t: (-count[t][0], -count[t][1], t))[:5]
