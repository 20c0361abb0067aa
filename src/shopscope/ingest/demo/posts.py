"""Videos that promote products: who made them, what they say, and how their views grow."""

from typing import Any

import numpy as np
import pyarrow as pa

from shopscope.ingest.demo import names, tree
from shopscope.ingest.demo.market import Market
from shopscope.ingest.demo.plan import REGIONS, SOURCE, Amounts, Numbers

FIRST_VIDEO = 7_500_000_000_000_000_000
PER_PRODUCT, UNLINKED = 3.0, 0.08
LOOKED_AT = (1, 4, 15)
"""Days after the publication on which a video's counters were taken; and on the last day."""

_LINES = (
    "I tried it for a week", "unboxing", "is it worth it?", "restock", "ของมาแล้ว", "ลองใช้จริง",
    "coba yuk", "wajib punya", "dùng thử nhé", "mở hộp", "lo probé", "mi favorito",
    "新品", "使ってみた",
)  # fmt: skip


class Posts:
    """Every video of the market: its product (a row of the market), day, creator and reach."""

    def __init__(self, market: Market) -> None:
        chance = market.plan.chance(7)
        self.market = market
        strength = np.sqrt(market.units.mean(axis=1) + 1)
        wanted = np.minimum(chance.poisson(PER_PRODUCT * strength / strength.mean()), 40)
        self.product: Numbers = np.repeat(np.arange(market.plan.products), wanted)
        count = len(self.product)
        first = np.maximum(market.launch, 0)[self.product]
        last = np.minimum(market.death[self.product], market.plan.days)
        self.day: Numbers = first + (chance.random(count) * (last - first)).astype(np.int64)
        self.second: Numbers = chance.integers(0, 86_400, count)
        self.video: Numbers = FIRST_VIDEO + chance.permutation(count * 5)[:count] * 4_097
        self.creator: Numbers = (chance.pareto(0.7, count) * 12).astype(np.int64) % 2_000
        self.reach: Amounts = np.minimum(chance.lognormal(9.2, 1.7, count), 4e7)
        self.pace: Amounts = chance.uniform(1.5, 20, count)
        self.liked: Amounts = chance.beta(3, 60, count)
        self.linked = chance.random(count) >= UNLINKED
        self.captions = self._captions(chance)

    def rows(self) -> pa.Table:
        """Rows of the lake's table of posts, one for each day on which a video was looked at."""
        days = self.market.plan.days
        seen = np.stack([*(self.day + n for n in LOOKED_AT), np.full(len(self.day), days - 1)], 1)
        post, which = np.nonzero((seen < days) & (seen > self.day[:, None]))
        day = seen[post, which]
        keep = np.unique(np.stack([post, day]), axis=1)
        post, day = keep[0], keep[1]
        views = self.reach[post] * (1 - np.exp(-(day - self.day[post]) / self.pace[post]))
        likes = views * self.liked[post]
        calendar = self.market.plan.calendar
        published = calendar[self.day].astype("datetime64[s]") + self.second
        regions = np.array([r.code for r in REGIONS])[self.market.region[self.product]]
        handles = [
            names.creator(region, number)
            for region, number in zip(regions.tolist(), self.creator.tolist(), strict=True)
        ]
        product = np.where(self.linked, self.market.product[self.product], 0)
        return pa.table(
            {
                "region": regions[post],
                "video_id": self.video[post].astype(str),
                "product_id": product[post],
                "day": calendar[day],
                "source": np.full(len(post), SOURCE),
                "creator": pa.array(handles).take(pa.array(post)),
                "caption": pa.array(self.captions).take(pa.array(post)),
                "published": published[post],
                "views": views.astype(np.int64),
                "likes": likes.astype(np.int64),
                "comments": (likes * 0.06).astype(np.int64),
                "shares": (likes * 0.11).astype(np.int64),
            }
        )

    def categories(self) -> list[dict[str, Any]]:
        """For the videos without a link to a product: which category they are about."""
        found = []
        for post in np.flatnonzero(~self.linked).tolist():
            product = self.product[post]
            found.append(
                {
                    "region": REGIONS[int(self.market.region[product])].code,
                    "video_id": str(self.video[post]),
                    "category_id": tree.leaves()[int(self.market.leaf[product])].path[-1],
                }
            )
        return found

    def _captions(self, chance: np.random.Generator) -> list[str]:
        """One caption a video; videos of one product share a choice of hashtags."""
        captions = []
        tags: dict[tuple[int, int], str] = {}
        picks = chance.integers(0, len(_LINES), (len(self.product), 2)).tolist()
        for product, (line, variant) in zip(self.product.tolist(), picks, strict=True):
            key = (product, variant % 2)
            if key not in tags:
                region = REGIONS[int(self.market.region[product])].code
                leaf = int(self.market.leaf[product])
                tags[key] = " ".join(f"#{tag}" for tag in names.hashtags(region, leaf, chance))
            captions.append(f"{_LINES[line]} {tags[key]}")
        return captions
