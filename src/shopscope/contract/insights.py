"""Insights on the wire: what is advertised in a category, who sees it, and how it went by day.

A row is a level-3 product category as advertised, not a product.
"""

import datetime
import re

import msgspec

from shopscope.contract.days import bound_day, day_parameter
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.insight_rows import (
    ECOM_TYPE,
    AgeShare,
    InsightDetail,
    InsightInfo,
    InsightPage,
    InsightRow,
    Interest,
    InterestIndex,
    Pagination,
    SubCategory,
    Sums,
    TopCategory,
)
from shopscope.contract.parameters import Parameter, Value
from shopscope.contract.vocab import REGION_PATTERN

ALL_REGIONS = "all_regions"
"""All markets together: sums over them, and rates from those sums."""

DAY_SCOPES: tuple[int, ...] = (1, 7, 30)
"""Windows in days; each ends with the as-of day."""

MONTH_PATTERN = r"[12][0-9]{3}-(0[1-9]|1[0-2])"
SCOPE_PATTERN = rf"(1|7|30|{MONTH_PATTERN})"
AREA_PATTERN = rf"({ALL_REGIONS}|{REGION_PATTERN})"
NO_KEYWORD = "FALSE"
LIMIT_MAX = 20
TREND_DAYS = 30
TREND_DAYS_MAX = 180
DEFAULT_CATEGORY = "601583"

_SCOPES_TAKEN = "1, 7 or 30 days, or a month as YYYY-MM such as 2025-09"


class InsightListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the categories advertised in a window and region, most posts first."""

    time_scope: str
    region: str
    page: int
    limit: int
    keyword: str | None = None
    category_id: str | None = None

    @classmethod
    def of(cls, values: dict[str, Value]) -> "InsightListRequest":
        """The request that bound parameters ask for; more rows than a page holds are cut."""
        keyword = str(values["search_keyword"]).strip()
        category = values.get("ecom_category_id")
        return cls(
            time_scope=str(values["time_scope"]),
            region=str(values["region"]),
            page=int(values["page"]),
            limit=min(int(values["limit"]), LIMIT_MAX),
            keyword=None if keyword in ("", NO_KEYWORD) else keyword,
            category_id=None if category is None else str(category),
        )


class InsightDetailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The detail of one category in a window and region."""

    time_scope: str
    region: str
    id: str

    @classmethod
    def of(cls, values: dict[str, Value]) -> "InsightDetailRequest":
        """The request that bound parameters ask for."""
        return cls(
            time_scope=str(values["time_scope"]),
            region=str(values["region"]),
            id=str(values["id"]),
        )


class InsightTrendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The days of one category in a region; without an end, up to the as-of day."""

    region: str
    id: str
    start: datetime.date | None = None
    end: datetime.date | None = None

    @classmethod
    def of(cls, values: dict[str, Value]) -> "InsightTrendRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: a day that is none, or a range that `days` refuses.
        """
        start, end = bound_day(values, "start_date"), bound_day(values, "end_date")
        request = cls(region=str(values["region"]), id=str(values["id"]), start=start, end=end)
        if end is not None:
            request.days(end)
        return request

    def days(self, as_of: datetime.date) -> tuple[datetime.date, datetime.date]:
        """The first and the last day asked for, where data ends with `as_of`.

        Raises:
            InvalidParameter: the range ends before it starts, or is too long.
        """
        end = self.end or (as_of if self.start is None else max(as_of, self.start))
        earliest = end.toordinal() - TREND_DAYS + 1
        start = self.start or datetime.date.fromordinal(max(earliest, 1))
        if start > end:
            raise InvalidParameter("start_date", str(start), f"at most end_date, which is {end}")
        days = (end - start).days + 1
        if days > TREND_DAYS_MAX:
            raise InvalidParameter(
                "start_date",
                str(start),
                f"a range of at most {TREND_DAYS_MAX} days; up to {end} these are {days}",
            )
        return start, end


def check_scope(time_scope: str, months: list[str]) -> None:
    """Refuse a month that has no data; `months` are those that have, in order.

    Raises:
        InvalidParameter: it names the newest month there is.
    """
    if re.fullmatch(MONTH_PATTERN, time_scope) is None or time_scope in months:
        return
    newest = f"the newest month with data is {months[-1]}" if months else "no month has data yet"
    raise InvalidParameter("time_scope", time_scope, f"{_SCOPES_TAKEN}; {newest}")


_SCOPE = Parameter(
    name="time_scope",
    default="1",
    pattern=SCOPE_PATTERN,
    expected=_SCOPES_TAKEN,
    example="1",
    description="Window: the last 1, 7 or 30 days, or a calendar month as YYYY-MM",
)
_REGION = Parameter(
    name="region",
    default=ALL_REGIONS,
    pattern=AREA_PATTERN,
    expected=f"{ALL_REGIONS}, or a two-letter market code in capitals, such as US",
    example=ALL_REGIONS,
    description=f"Market, such as US, or {ALL_REGIONS} for all together. A market without data "
    "gives empty lists",
)
_CATEGORY = Parameter(
    name="id",
    default=DEFAULT_CATEGORY,
    example=DEFAULT_CATEGORY,
    description="Level-3 category id",
)

LIST_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="search_keyword",
        default=NO_KEYWORD,
        pattern=r"[\s\S]{1,200}",
        expected="text of at most 200 characters",
        example=NO_KEYWORD,
        description="Only categories in whose names this text is, upper and lower case alike: "
        f"names of all three levels, in any language. {NO_KEYWORD}: no search",
    ),
    Parameter(
        name="page",
        type="integer",
        default=1,
        minimum=1,
        example=1,
        description="Page number; a page past the end is an empty list",
    ),
    Parameter(
        name="limit",
        type="integer",
        default=LIMIT_MAX,
        minimum=1,
        example=LIMIT_MAX,
        description=f"Rows per page; above {LIMIT_MAX} is treated as {LIMIT_MAX}",
    ),
    _SCOPE,
    _REGION,
    Parameter(
        name="ecom_category_id",
        description="Only this level-3 category",
    ),
)
DETAIL_PARAMETERS: tuple[Parameter, ...] = (_SCOPE, _REGION, _CATEGORY)
TREND_PARAMETERS: tuple[Parameter, ...] = (
    _CATEGORY,
    _REGION,
    *(
        day_parameter(name, meaning)
        for name, meaning in (
            ("start_date", f"First day. Default: {TREND_DAYS} days that end with end_date"),
            ("end_date", f"Last day, at most {TREND_DAYS_MAX} days. Default: the as-of day"),
        )
    ),
)

_FIRST = TopCategory("601450", "category_601450", "Beauty & Personal Care")
_SECOND = SubCategory("848648", "category_848648", "601450", "Makeup")
_THIRD = SubCategory(DEFAULT_CATEGORY, f"category_{DEFAULT_CATEGORY}", "848648", "Perfume")
_SUMS = Sums(
    posts=230,
    impressions=400_000,
    clicks=7_300,
    conversions=420,
    cost=960.5,
    views=310_000,
    six_second_views=27_200,
    likes=980,
    shares=17,
    comments=21,
)

ROW_EXAMPLE = InsightRow(
    **_SUMS.fields(),
    cover_url=None,
    ecom_type=ECOM_TYPE,
    first_ecom_category=_FIRST,
    post_change=4.55,
    second_ecom_category=_SECOND,
    third_ecom_category=_THIRD,
    url_title=_THIRD.value,
)
PAGE_EXAMPLE = InsightPage([ROW_EXAMPLE], Pagination(1, 20, 1, False))
DETAIL_EXAMPLE = InsightDetail(
    InsightInfo(
        audience_ages=[
            AgeShare(age, score) for age, score in ((25, 38), (18, 29), (35, 19), (45, 8), (55, 6))
        ],
        audience_interests=[InterestIndex(Interest("13105", "label_13105", "Fragrances"), 135)],
        cover_url=None,
        ecom_type=ECOM_TYPE,
        first_ecom_category=_FIRST,
        hashtags=["perfume", "invented", "น้ำหอม", "عطر", "fragrance"],
        posts=["7490000000000000001", "7490000000000000002"],
        second_ecom_category=_SECOND,
        third_ecom_category=_THIRD,
        url_title=_THIRD.value,
    )
)
TREND_EXAMPLE = [_SUMS.day(datetime.date(2026, 4, 26))]
