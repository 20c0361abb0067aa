"""The arguments of every method, shared by both clients.

A name is that of the endpoint's parameter, whose meaning, unit and bounds are in the contract; a
test holds these tables against it. Values are plain strings and numbers; None is the same as not
given. Beside them:

- `extra`: parameters by name that are sent as they are, unchecked, for a server that knows more.
- `sort`, `descending`: order by the name of a field, instead of `product_sort_field` and
  `sort_type`.
- `limit`: rows in all; `max_pages`: pages in all; `page_size`: rows per page, more than the
  server's usual maximum where it allows that.
"""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, Required, TypedDict

Whole = int | str
Number = float | Decimal | str
Id = str | int
Ids = str | int | Iterable[str | int]
"""One id, ids separated by commas, or several."""
Flag = bool | Literal[0, 1]
Day = datetime.date | str | int
"""A date, or text or a number as yyyy-MM-dd or yyyyMMdd."""
Trend = Literal["stable", "up", "down"] | str | int
Channel = Literal["video", "live"] | str | int
Direction = Literal["asc", "desc"] | str | int
RankedBy = Literal["units", "creators"] | str | int
Period = Literal["day", "week", "month"] | str | int
Language = Literal["th-TH", "en-US", "id-ID", "zh-CN", "ms-MY", "vi-VN"] | str
Scope = str | int
"""1, 7 or 30 days, or a month as YYYY-MM."""


class Common(TypedDict, total=False):
    """What every method takes."""

    extra: Mapping[str, object] | None


class Paged(Common, total=False):
    """What every method takes that has pages; `page_num` is the page to begin with."""

    page_num: Whole | None
    page_size: Whole | None
    limit: int | None
    max_pages: int | None


class Filters(Common, total=False):
    """Which products: those that meet every filter; all bounds are inclusive."""

    region: Required[str]
    category_id: Id | None
    category_l2_id: Id | None
    category_l3_id: Id | None
    sales_trend_flag: Trend | None
    sales_flag: Channel | None
    is_s_shop: Flag | None
    free_shipping: Flag | None
    min_total_sale_cnt: Whole | None
    max_total_sale_cnt: Whole | None
    min_total_sale_30d_cnt: Whole | None
    max_total_sale_30d_cnt: Whole | None
    min_spu_avg_price: Number | None
    max_spu_avg_price: Number | None
    min_product_commission_rate: Number | None
    max_product_commission_rate: Number | None
    min_total_ifl_cnt: Whole | None
    max_total_ifl_cnt: Whole | None
    min_total_video_cnt: Whole | None
    max_total_video_cnt: Whole | None
    min_total_views_cnt: Whole | None
    max_total_views_cnt: Whole | None
    min_product_rating: Number | None
    max_product_rating: Number | None
    min_review_count: Whole | None
    max_review_count: Whole | None
    min_total_sale_gmv_amt: Number | None
    max_total_sale_gmv_amt: Number | None
    min_total_sale_gmv_30d_amt: Number | None
    max_total_sale_gmv_30d_amt: Number | None
    min_first_crawl_dt: Day | None
    max_first_crawl_dt: Day | None
    min_sale_growth_7d_rate: Number | None
    max_sale_growth_7d_rate: Number | None
    min_sale_growth_30d_rate: Number | None
    max_sale_growth_30d_rate: Number | None
    min_sale_gmv_growth_7d_rate: Number | None
    max_sale_gmv_growth_7d_rate: Number | None
    min_sale_gmv_growth_30d_rate: Number | None
    max_sale_gmv_growth_30d_rate: Number | None
    seller_id: Id | None
    off_mark: Whole | None
    keyword: str | None
    product_ids: Ids | None


class ListProducts(Filters, Paged, total=False):
    """Of `products.list`."""

    sort: str | None
    """Name of a total, window or growth rate; a leading "-" is the same as `descending=True`."""
    descending: bool | None
    product_sort_field: Whole | None
    sort_type: Direction | None
    extra_fields: str | None
    """"growth": rows have their four growth rates."""


class ExportProducts(Filters, total=False):
    """Of `products.export`."""

    format: str | None
    """ndjson, csv, arrow or parquet; without it, as the file's name ends."""
    limit: int | None
    sort: str | None
    """As of `products.list`; without it rows are in the order of their ids."""
    descending: bool | None
    product_sort_field: Whole | None
    sort_type: Direction | None
    extra_fields: str | None
    """"growth": rows have their four growth rates."""


class FacetsProducts(Filters, total=False):
    """Of `products.facets`."""


class GetProducts(Common, total=False):
    """Of `products.get`."""

    product_ids: Required[Ids]
    region: str | None


class TrendProducts(Paged, total=False):
    """Of `products.trend`."""

    product_id: Required[Id]
    region: str | None
    start_date: Day | None
    end_date: Day | None


class RankingProducts(Paged, total=False):
    """Of `products.ranking`."""

    date: Required[Day]
    region: Required[str]
    product_rank_field: RankedBy | None
    rank_type: Period | None


class ListCategories(Common, total=False):
    """Of `categories.primary`, `.secondary` and `.tertiary`."""

    language: Required[Language]
    parent_id: Id | None


class ProductsInsights(Common, total=False):
    """Of `insights.products`; `page` is the page to begin with, `limit` counts rows in all."""

    search_keyword: str | None
    page: Whole | None
    page_size: Whole | None
    limit: int | None
    max_pages: int | None
    time_scope: Scope | None
    region: str | None
    ecom_category_id: Id | None


class ProductDetailInsights(Common, total=False):
    """Of `insights.product_detail`."""

    time_scope: Scope | None
    region: str | None
    id: Id | None


class TrendInsights(Common, total=False):
    """Of `insights.trend`."""

    id: Id | None
    region: str | None
    start_date: Day | None
    end_date: Day | None


class GetAccount(Common, total=False):
    """Of `account.get`."""


class UsageAccount(Common, total=False):
    """Of `account.usage`."""

    start_date: Day | None
    end_date: Day | None
