"""Advertising of level-3 categories by market and day, and who saw it.

Shapes follow what real answers show: cost of 1,000 impressions 0.5 to 3.6 dollars (quartiles 1.43,
1.77, 2.40), clicks of impressions 0.3 to 10 %, conversions of clicks 1.4 to 100 %, views of at
least six seconds 7 to 25 %, cost of a conversion 0.03 to 5.5 dollars.
"""

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.ingest.demo import tree
from shopscope.ingest.demo.plan import REGIONS, Amounts, Mask, Numbers, Plan

AGES = ("18", "25", "35", "45", "55")
INTERESTS = {
    "10100": "Beauty", "10200": "Fashion", "10300": "Home", "10400": "Gaming",
    "10500": "Cooking", "10600": "Sports",
}  # fmt: skip
"""Invented ids and names of interests."""

DAILY_AUDIENCE = 35
"""The last days on which audiences are known daily; before, they are known weekly."""

MISSING = 0.01
WHOLE = 1_000
"""A market of fewer products advertises fewer categories."""


class Ads(msgspec.Struct, frozen=True):
    """Everything that is advertised: pairs of market and category, by day."""

    plan: Plan
    region: Numbers
    leaf: Numbers
    impressions: Numbers
    known: Mask


def ads(plan: Plan) -> Ads:
    """Which category is advertised where, and how often it is shown."""
    chance = plan.chance(8)
    ids = [leaf.path[-1] for leaf in tree.leaves()]
    popular = tree.weights(plan)
    pairs = []
    for number, region in enumerate(REGIONS):
        chosen = chance.random(len(ids)) < region.advertised * min(1.0, plan.products / WHOLE)
        chosen[ids.index(tree.PERFUME)] = True
        pairs += [(number, leaf) for leaf in np.flatnonzero(chosen).tolist()]
    region, leaf = np.array(pairs).T
    shares = np.array([r.share for r in REGIONS])[region]
    level = popular[leaf] * len(ids) * shares * 6 * chance.lognormal(10.8, 0.7, len(pairs))
    days = np.arange(plan.days)
    begins = np.where(chance.random(len(pairs)) < 0.2, chance.integers(1, plan.days, len(pairs)), 0)
    begins[leaf == ids.index(tree.PERFUME)] = 0
    trend = np.exp(chance.normal(0, 0.004, len(pairs))[:, None] * (days - plan.days / 2))
    week = 1 + 0.15 * np.sin((plan.calendar.astype(int) + 3) % 7)
    noise = chance.lognormal(0, 0.25, (len(pairs), plan.days))
    impressions = (level[:, None] * trend * week * noise).astype(np.int64) + 200
    known = (days >= begins[:, None]) & (chance.random(impressions.shape) >= MISSING)
    known[:, -1] |= begins < plan.days
    return Ads(plan, region, leaf, impressions, known)


def ad_rows(found: Ads) -> pa.Table:
    """Rows of the lake's table of advertising."""
    chance = found.plan.chance(9)
    count = len(found.region)

    def rate(middle: float, spread: float, low: float, high: float) -> Amounts:
        """One value a pair, a little different each day."""
        own = chance.lognormal(np.log(middle), spread, count)[:, None]
        return np.clip(own * chance.lognormal(0, 0.06, found.known.shape), low, high)

    thousand = rate(1.77, 0.38, 0.5, 3.6)
    ctr = rate(0.018, 0.6, 0.003, 0.1)
    low = np.maximum(0.014, thousand / 5_200 / ctr)  # a conversion costs at most 5.2 dollars
    high = np.minimum(1.0, thousand / 32 / ctr)  # and at least 0.032
    cvr = np.clip(rate(0.09, 0.8, 0.014, 1.0), low, high)
    six = rate(0.14, 0.25, 0.07, 0.25)
    row, day = np.nonzero(found.known)
    shown = found.impressions[row, day]
    clicks = chance.binomial(shown, ctr[row, day])
    views = (shown * 0.9).astype(np.int64)
    likes = chance.binomial(views, 0.021)
    return pa.table(
        {
            **_keys(found, row, day),
            "posts": 1 + chance.poisson(np.sqrt(shown) / 9),
            "impressions": shown,
            "clicks": clicks,
            "conversions": chance.binomial(clicks, cvr[row, day]),
            "cost": np.round(shown * thousand[row, day] / 1_000, 2),
            "views": views,
            "six_second_views": chance.binomial(views, six[row, day]),
            "likes": likes,
            "shares": chance.binomial(likes, 0.09),
            "comments": chance.binomial(likes, 0.05),
        }
    )


def audience_rows(found: Ads) -> pa.Table:
    """Rows of the lake's table of audiences: people by age and by interest."""
    chance = found.plan.chance(10)
    days = found.plan.days
    back = days - 1 - np.arange(days)
    told = (back < DAILY_AUDIENCE) | (back % 7 == 0)
    row, day = np.nonzero(found.known & told)
    count = len(found.region)
    age = chance.dirichlet((6, 9, 6, 3, 2), count)
    interest = chance.dirichlet(np.full(len(INTERESTS), 4.0), count)
    tables = []
    for kind, buckets, labels, part in (
        ("age", AGES, [""] * len(AGES), age),
        ("interest", list(INTERESTS), list(INTERESTS.values()), interest),
    ):
        for number, (bucket, label) in enumerate(zip(buckets, labels, strict=True)):
            noise = chance.uniform(0.9, 1.1, len(row))
            tables.append(
                pa.table(
                    {
                        **_keys(found, row, day),
                        "kind": np.full(len(row), kind),
                        "bucket": np.full(len(row), bucket),
                        "label": np.full(len(row), label),
                        "weight": np.round(found.impressions[row, day] * part[row, number] * noise),
                    }
                )
            )
    return pa.concat_tables(tables)


def _keys(found: Ads, row: Numbers, day: Numbers) -> dict[str, pa.Array]:
    ids = np.array([leaf.path[-1] for leaf in tree.leaves()])
    return {
        "region": np.array([r.code for r in REGIONS])[found.region[row]],
        "category_id": ids[found.leaf[row]],
        "day": found.plan.calendar[day],
    }
