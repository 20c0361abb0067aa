"""Single products on the wire: their rows by id, their days, and what grew most in a period."""

import calendar
import datetime

import msgspec

from shopscope.contract.days import bound_day, day_parameter
from shopscope.contract.errors import InvalidParameter, MissingParameter
from shopscope.contract.parameters import Parameter, Value
from shopscope.contract.products import EXAMPLE, PAGE_NUM_MAX, PAGE_SIZE_MAX, PRODUCT_ID_PATTERN
from shopscope.contract.vocab import REGION_PATTERN

DETAIL_IDS_MAX = 10
TREND_DAYS = 30
"""Days of a trend for which no start is given."""
TREND_DAYS_MAX = 180
UNITS, CREATORS = 1, 2
DAY, WEEK, MONTH = 1, 2, 3
RANKED_BY: dict[int, str] = {UNITS: "sale", CREATORS: "ifl"}
"""`product_rank_field` → the metric whose growth ranks."""


class ProductTrendRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product at the end of one day."""

    dt: str
    product_id: str
    spu_avg_price: float
    total_ifl_cnt: int
    total_live_cnt: int
    total_sale_1d_cnt: int
    total_sale_cnt: int
    total_sale_gmv_1d_amt: float
    total_sale_gmv_amt: float
    total_video_cnt: int
    carried: int


class ProductRankingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product and what it gained in one period."""

    category_id: str
    category_l2_id: str
    category_l3_id: str
    product_id: str
    product_name: str
    region: str
    spu_avg_price: float
    total_ifl_cnt: int
    total_live_cnt: int
    total_sale_cnt: int
    total_sale_gmv_amt: float
    total_video_cnt: int


TREND_TITLES: dict[str, str] = {
    "dt": "Day, yyyy-MM-dd",
    "product_id": "Product id",
    "spu_avg_price": "Average SKU price as last known at the end of the day, US dollars",
    "total_ifl_cnt": "Creators who promote the product, up to the end of the day",
    "total_live_cnt": "Live streams that promote the product, up to the end of the day",
    "total_sale_1d_cnt": "Units sold since the fact before; a correction makes it negative",
    "total_sale_cnt": "Units sold, up to the end of the day",
    "total_sale_gmv_1d_amt": "Gross merchandise value since the fact before, US dollars; a "
    "correction makes it negative",
    "total_sale_gmv_amt": "Gross merchandise value up to the end of the day, US dollars",
    "total_video_cnt": "Videos that promote the product, up to the end of the day",
    "carried": "1: no fact on this day, totals and price are those of the fact before; 0: a fact",
}
"""What each field of a trend's row means."""

RANKING_TITLES: dict[str, str] = {
    "category_id": "Level-1 category id; `0` is the category Other",
    "category_l2_id": "Level-2 category id; `0`: not assigned",
    "category_l3_id": "Level-3 category id; `0`: not assigned",
    "product_id": "Product id",
    "product_name": "Product name in the language of the shop",
    "region": "Market, a two-letter code",
    "spu_avg_price": "Average SKU price as last known at the end of the period, US dollars",
    "total_ifl_cnt": "Creators gained in the period",
    "total_live_cnt": "Live streams gained in the period",
    "total_sale_cnt": "Units sold in the period",
    "total_sale_gmv_amt": "Gross merchandise value of the period, US dollars",
    "total_video_cnt": "Videos gained in the period",
}
"""What each field of a ranking's row means."""


class ProductDetailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of these products, from every market or one."""

    product_ids: tuple[str, ...]
    region: str | None = None

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductDetailRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: something is no id, or there are too many.
            MissingParameter: there is nothing but commas.
        """
        parts = (part.strip() for part in str(values["product_ids"]).split(","))
        ids = tuple(dict.fromkeys(part for part in parts if part))
        if not ids:
            raise MissingParameter("product_ids")
        for product_id in ids:
            if not (product_id.isascii() and product_id.isdecimal() and len(product_id) <= 19):
                raise InvalidParameter("product_ids", product_id, _IDS_EXPECTED)
        if len(ids) > DETAIL_IDS_MAX:
            raise InvalidParameter("product_ids", f"{len(ids)} ids", _IDS_EXPECTED)
        return cls(product_ids=ids, region=_region(values))


class ProductTrendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the days of one product."""

    product_id: str
    page_num: int
    page_size: int
    region: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductTrendRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: a day that is none, or a range that `days` refuses.
        """
        request = cls(
            product_id=str(values["product_id"]),
            page_num=int(values["page_num"]),
            page_size=int(values["page_size"]),
            region=_region(values),
            start=bound_day(values, "start_date"),
            end=bound_day(values, "end_date"),
        )
        if request.end is not None:
            request.days(request.end)
        return request

    def days(self, as_of: datetime.date) -> tuple[datetime.date, datetime.date]:
        """The first and the last day asked for, where data ends with `as_of`.

        Raises:
            InvalidParameter: the range ends before it starts, or is too long.
        """
        end = self.end or max(as_of, self.start or as_of)
        earliest = max(end.toordinal() - TREND_DAYS + 1, 1)
        start = self.start or datetime.date.fromordinal(earliest)
        if start > end:
            raise InvalidParameter("start_date", str(start), f"at most end_date, which is {end}")
        if (end - start).days >= TREND_DAYS_MAX:
            first = end - datetime.timedelta(TREND_DAYS_MAX - 1)
            raise InvalidParameter(
                "start_date",
                str(start),
                f"{first} or later, as a range up to {end} has at most {TREND_DAYS_MAX} days",
            )
        return start, end


class ProductRankingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the products of a region that gained most from `first` to `last`."""

    region: str
    metric: str
    first: datetime.date
    last: datetime.date
    page_num: int
    page_size: int

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductRankingRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: a day that is none, or no period begins with it.
        """
        first = bound_day(values, "date")
        if first is None:
            raise MissingParameter("date")
        return cls(
            region=str(values["region"]),
            metric=RANKED_BY[int(values["product_rank_field"])],
            first=first,
            last=_period_end(first, int(values["rank_type"])),
            page_num=int(values["page_num"]),
            page_size=int(values["page_size"]),
        )

    def check_kept(self, oldest: datetime.date, newest: datetime.date) -> None:
        """Refuse a period that begins outside the days that are kept.

        Raises:
            InvalidParameter: it names both.
        """
        if not oldest <= self.first <= newest:
            raise InvalidParameter("date", str(self.first), f"a day from {oldest} to {newest}")


def _period_end(first: datetime.date, rank_type: int) -> datetime.date:
    try:
        if rank_type == WEEK:
            if first.weekday():
                monday = first - datetime.timedelta(first.weekday())
                raise InvalidParameter(
                    "date", str(first), f"a Monday with rank_type {WEEK} (week), such as {monday}"
                )
            return first + datetime.timedelta(6)
        if rank_type == MONTH:
            if first.day != 1:
                raise InvalidParameter(
                    "date",
                    str(first),
                    f"the 1st of a month with rank_type {MONTH} (month), such as "
                    f"{first.replace(day=1)}",
                )
            return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    except OverflowError:  # the calendar begins or ends within that week
        return first
    return first


def _region(values: dict[str, Value]) -> str | None:
    region = values.get("region")
    return None if region is None else str(region)


_IDS_EXPECTED = f"1 to {DETAIL_IDS_MAX} decimal ids separated by commas"


def _region_parameter(description: str, *, required: bool) -> Parameter:
    return Parameter(
        name="region",
        required=required,
        pattern=REGION_PATTERN,
        expected="a two-letter market code in capitals, such as US",
        example="US" if required else None,
        description=description,
        extra=not required,
    )


def _paging(page_size_max: int) -> tuple[Parameter, Parameter]:
    return (
        Parameter(
            name="page_num",
            type="integer",
            default=1,
            minimum=1,
            maximum=PAGE_NUM_MAX,
            description="Page number; a page past the end is an empty list",
        ),
        Parameter(
            name="page_size",
            type="integer",
            default=min(PAGE_SIZE_MAX, page_size_max),
            minimum=1,
            maximum=page_size_max,
            description="Rows per page",
        ),
    )


DETAIL_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="product_ids",
        required=True,
        expected=_IDS_EXPECTED,
        example=EXAMPLE.product_id,
        description=f"Up to {DETAIL_IDS_MAX} product ids separated by commas; unknown ones are "
        "missing in the answer",
    ),
    _region_parameter("Only the rows of this market", required=False),
)


def trend_parameters(page_size_max: int = PAGE_SIZE_MAX) -> tuple[Parameter, ...]:
    """The parameters of a product's days, with the largest page size that is allowed."""
    return (
        Parameter(
            name="product_id",
            required=True,
            pattern=PRODUCT_ID_PATTERN,
            expected="a decimal id of at most 19 digits",
            example=EXAMPLE.product_id,
            description="Product id; an unknown one gives an empty list",
        ),
        _region_parameter(
            "Market, for a product that is sold in several. Default: the first in the alphabet "
            "that has facts of it",
            required=False,
        ),
        day_parameter(
            "start_date", f"First day. Default: {TREND_DAYS} days that end with end_date"
        ),
        day_parameter(
            "end_date",
            f"Last day; a range has at most {TREND_DAYS_MAX} days, both included. Default: the "
            "market's as-of day",
        ),
        *_paging(page_size_max),
    )


def ranking_parameters(page_size_max: int = PAGE_SIZE_MAX) -> tuple[Parameter, ...]:
    """The parameters of a ranking, with the largest page size that is allowed."""
    return (
        day_parameter(
            "date",
            "First day of the period: any day, a Monday for a week, a 1st for a month",
            required=True,
            example="2026-04-26",
        ),
        _region_parameter(
            "Market, such as US. A market without data gives an empty list", required=True
        ),
        Parameter(
            name="product_rank_field",
            type="integer",
            choices=tuple(RANKED_BY),
            default=UNITS,
            description=f"Order, largest first: {UNITS} units sold, {CREATORS} creators gained. "
            "Ties break by product_id ascending",
        ),
        Parameter(
            name="rank_type",
            type="integer",
            choices=(DAY, WEEK, MONTH),
            default=DAY,
            description=f"Period: {DAY} a day, {WEEK} a week, {MONTH} a calendar month",
        ),
        *_paging(page_size_max),
    )


TREND_EXAMPLE = ProductTrendRow(
    dt="2026-04-26",
    product_id=EXAMPLE.product_id,
    spu_avg_price=24.5,
    total_ifl_cnt=41,
    total_live_cnt=7,
    total_sale_1d_cnt=12,
    total_sale_cnt=3_460,
    total_sale_gmv_1d_amt=294.0,
    total_sale_gmv_amt=82_915.5,
    total_video_cnt=130,
    carried=0,
)
RANKING_EXAMPLE = ProductRankingRow(
    category_id=EXAMPLE.category_id,
    category_l2_id=EXAMPLE.category_l2_id,
    category_l3_id=EXAMPLE.category_l3_id,
    product_id=EXAMPLE.product_id,
    product_name=EXAMPLE.product_name,
    region=EXAMPLE.region,
    spu_avg_price=24.5,
    total_ifl_cnt=2,
    total_live_cnt=1,
    total_sale_cnt=12,
    total_sale_gmv_amt=294.0,
    total_video_cnt=3,
)
