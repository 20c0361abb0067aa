"""Insights on the wire: the rows of a window, of an audience, of a day, and their formulas.

Field names and their order are upstream's.
"""

import datetime
from typing import Any

import msgspec

ECOM_TYPE = "l3"
POSTS_MAX = 50
HASHTAGS_MAX = 5
INTERESTS_MAX = 50


class TopCategory(msgspec.Struct, frozen=True):
    """A level-1 category."""

    id: str
    label: str
    value: str


class SubCategory(msgspec.Struct, frozen=True):
    """A category of level 2 or 3."""

    id: str
    label: str
    parent_id: str
    value: str


class InsightRow(msgspec.Struct, frozen=True, kw_only=True):
    """A category as advertised in a window."""

    comment: int
    cost: float
    cover_url: str | None
    cpa: float
    ctr: float
    cvr: float
    ecom_type: str
    first_ecom_category: TopCategory
    impression: int
    like: int
    play_six_rate: float
    post: int
    post_change: float
    second_ecom_category: SubCategory
    share: int
    third_ecom_category: SubCategory
    url_title: str


class Pagination(msgspec.Struct, frozen=True):
    """Which page it is; `size` is the page size asked for, `total` counts all pages."""

    page: int
    size: int
    total: int
    has_more: bool


class InsightPage(msgspec.Struct, frozen=True):
    """One page of categories."""

    rows: list[InsightRow] = msgspec.field(name="list")
    pagination: Pagination


class AgeShare(msgspec.Struct, frozen=True):
    """The part of an audience from one age on, in whole percent."""

    age_level: int
    score: int


class Interest(msgspec.Struct, frozen=True):
    """An interest of an audience."""

    id: str
    label: str
    value: str


class InterestIndex(msgspec.Struct, frozen=True):
    """How much more common an interest is than in the average audience, which is 100."""

    interest_info: Interest
    score: int


class InsightInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who sees a category's ads, and the posts and hashtags behind them."""

    audience_ages: list[AgeShare]
    audience_interests: list[InterestIndex]
    cover_url: str | None
    ecom_type: str
    first_ecom_category: TopCategory
    hashtags: list[str]
    posts: list[str]
    second_ecom_category: SubCategory
    third_ecom_category: SubCategory
    url_title: str


class InsightDetail(msgspec.Struct, frozen=True):
    """The detail of one category."""

    info: InsightInfo


class InsightDay(msgspec.Struct, frozen=True, kw_only=True):
    """A category as advertised on one day."""

    click: int
    comment: int
    conversion: int
    cost: float
    cpa: float
    ctr: float
    cvr: float
    dt: str
    impression: int
    like: int
    play_six_rate: float
    post: int
    share: int


FIELD_TITLES: dict[str, str] = {
    "age_level": "Lower bound of the age: 18, 25, 35, 45, 55",
    "audience_ages": "Parts of the audience by age, largest first; the scores sum to 100",
    "audience_interests": f"Interests, highest index first, at most {INTERESTS_MAX}",
    "click": "Clicks on ads",
    "comment": "Comments",
    "conversion": "Purchases that follow from clicks",
    "cost": "Ad spend, US dollars",
    "cover_url": "null in every known answer",
    "cpa": "US dollars per conversion: cost / conversions",
    "ctr": "Clicks of impressions, percent",
    "cvr": "Conversions of clicks, percent",
    "dt": "Day, yyyy-MM-dd",
    "ecom_type": "Level of the category: l3",
    "first_ecom_category": "Level-1 category, with its English name",
    "hashtags": f"The {HASHTAGS_MAX} hashtags on most of the category's posts, without #",
    "impression": "Times an ad was shown",
    "like": "Likes",
    "play_six_rate": "Video views of at least six seconds of all video views, percent",
    "post": "Ad posts",
    "post_change": "Ad posts against the equal window before, percent; 0: none before",
    "posts": f"Video ids, those that gained most views first, at most {POSTS_MAX}",
    "score": "Ages: whole percent of the audience. Interests: index, 100 is the average",
    "second_ecom_category": "Level-2 category, with its English name",
    "share": "Shares",
    "third_ecom_category": "Level-3 category, with its English name",
    "url_title": "English name of the level-3 category",
}
"""What each field of an insight means."""


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Advertising of a category added up over days and markets; every rate comes from these.

    An average of rates would weigh a small market like a large one.
    """

    posts: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    cost: float = 0
    views: int = 0
    six_second_views: int = 0
    likes: int = 0
    shares: int = 0
    comments: int = 0

    def fields(self) -> dict[str, Any]:
        """The fields that a row of a window and a row of a day have in common."""
        cost = round(self.cost * _MICRO)
        return {
            "comment": self.comments,
            "cost": _ratio(cost, _MICRO),
            "cpa": _ratio(cost, self.conversions * _MICRO),
            "ctr": percent(self.clicks, self.impressions),
            "cvr": percent(self.conversions, self.clicks),
            "impression": self.impressions,
            "like": self.likes,
            "play_six_rate": percent(self.six_second_views, self.views),
            "post": self.posts,
            "share": self.shares,
        }

    def day(self, dt: datetime.date) -> InsightDay:
        """The row of one day."""
        return InsightDay(
            click=self.clicks, conversion=self.conversions, dt=dt.isoformat(), **self.fields()
        )


_MICRO = 10**6
"""Amounts are counted in millionths, so that a half cent is one, and not a float beside it."""


def percent(part: int, whole: int) -> float:
    """`part` of `whole` in percent with two decimals; 0 of nothing."""
    return _ratio(100 * part, whole)


def _ratio(part: int, whole: int) -> float:
    """Two decimals, halves away from zero, and no `.0`, as upstream writes numbers."""
    if not whole:
        return 0
    hundredths = (200 * abs(part) + whole) // (2 * whole)
    value = hundredths // 100 if hundredths % 100 == 0 else hundredths / 100
    return -value if part < 0 else value
