"""The endpoint table: what can be called, with which parameters, for how many credits."""

import functools
from collections.abc import Mapping
from typing import Any

import msgspec

from shopscope.contract import accounts, categories, exports, facets, history, insights, products
from shopscope.contract.errors import ApiError, UnknownCategory
from shopscope.contract.insight_rows import InsightDay, InsightDetail, InsightPage
from shopscope.contract.parameters import Parameter
from shopscope.contract.product_row import ProductRow
from shopscope.contract.vocab import CATEGORY_LEVELS


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One line of the table.

    `resource` and `verb` name the call everywhere: handler, client method, command and tool.
    `answer` is the type of the envelope's `data`, `example` a value of it. `errors` are those that
    only this endpoint has. `live`: the answer is of this moment and made from the accounts, not
    from a snapshot, so it has no ETag.

    `files`: where there are any, a success is a file of rows in one of these formats, by its media
    type, and no envelope; `answer` and `example` are those of a row. Then `credits` are the price
    of `rows_per_price` rows or a part of them.
    """

    resource: str
    verb: str
    path: str
    method: str = "GET"
    tag: str
    summary: str
    description: str
    credits: int
    parameters: tuple[Parameter, ...]
    answer: Any
    example: Any
    errors: tuple[type[ApiError], ...] = ()
    live: bool = False
    files: Mapping[str, str] = {}
    rows_per_price: int | None = None

    def price_of(self, rows: int) -> int:
        """Credits for an answer with so many rows."""
        if self.rows_per_price is None:
            return self.credits
        return self.credits * max(-(-rows // self.rows_per_price), 1)

    @property
    def operation_id(self) -> str:
        """A name unique to this endpoint, such as `list_products`."""
        return f"{self.verb}_{self.resource}"

    @functools.cached_property
    def by_name(self) -> dict[str, Parameter]:
        """The parameters by name."""
        return {parameter.name: parameter for parameter in self.parameters}


def endpoints(page_size_max: int = products.PAGE_SIZE_MAX) -> tuple[Endpoint, ...]:
    """Every endpoint, with the largest page size of lists that is allowed."""
    levels = tuple(
        Endpoint(
            resource="categories",
            verb=level,
            path=f"/v1/tiktok/category/{level}/analytics",
            tag="TikTok Shop",
            summary=f"{level.capitalize()} categories",
            description=f"Level-{number} product categories of TikTok Shop, all of them or those "
            "under one parent, named in one of six languages.",
            credits=1,
            parameters=categories.parameters(number),
            answer=list[categories.CategoryRow],
            example=[categories.EXAMPLES[number]],
        )
        for level, number in CATEGORY_LEVELS.items()
    )
    return (
        Endpoint(
            resource="products",
            verb="list",
            path="/v1/tiktok/product/list/analytics",
            tag="TikTok Shop",
            summary="Product list",
            description="Search, filter and order the products of a market by sales, GMV, price, "
            "reviews, creators and views, over a product's lifetime or in windows of 1 to 90 days. "
            "The header X-Total-Count tells how many products match.",
            credits=1,
            parameters=products.parameters(page_size_max),
            answer=list[ProductRow],
            example=[products.EXAMPLE],
        ),
        Endpoint(
            resource="products",
            verb="facets",
            path="/v1/tiktok/product/facets",
            tag="TikTok Shop",
            summary="Product facets",
            description="How the products that match are spread over categories, shops and bands "
            "of price, commission and rating: counts over all of them, with the filters of the "
            "product list. An addition of this server.",
            credits=1,
            parameters=facets.parameters(),
            answer=facets.ProductFacets,
            example=facets.EXAMPLE,
        ),
        Endpoint(
            resource="products",
            verb="get",
            path="/v1/tiktok/product/detail/analytics",
            tag="TikTok Shop",
            summary="Product detail",
            description=f"Up to {history.DETAIL_IDS_MAX} products by id: the rows of the product "
            "list, in the order asked, from every market that has them.",
            credits=1,
            parameters=history.DETAIL_PARAMETERS,
            answer=list[ProductRow],
            example=[products.EXAMPLE],
        ),
        Endpoint(
            resource="products",
            verb="trend",
            path="/v1/tiktok/product/trends/analytics",
            tag="TikTok Shop",
            summary="Product trend",
            description="The days of one product, oldest first and without gaps, from its first "
            "fact to the market's as-of day. The header X-Total-Count tells how many days the "
            "range has.",
            credits=1,
            parameters=history.trend_parameters(page_size_max),
            answer=list[history.ProductTrendRow],
            example=[history.TREND_EXAMPLE],
        ),
        Endpoint(
            resource="products",
            verb="ranking",
            path="/v1/tiktok/product/ranking/analytics",
            tag="TikTok Shop",
            summary="Product ranking",
            description="The products of a market that gained most in a day, a week or a month, by "
            "units sold or by creators. Totals are the gains of the period. The header "
            "X-Total-Count tells how many products gained anything.",
            credits=1,
            parameters=history.ranking_parameters(page_size_max),
            answer=list[history.ProductRankingRow],
            example=[history.RANKING_EXAMPLE],
        ),
        Endpoint(
            resource="products",
            verb="export",
            path="/v1/tiktok/product/export",
            tag="TikTok Shop",
            summary="Product export",
            description="All products of a market that match, as one file that is sent while it is "
            "made: with the filters of the product list, without its pages. It costs what its rows "
            "cost as full pages of the list, and is booked before it begins; HEAD costs the least "
            "and tells in X-Total-Count how many rows it would have. An addition of this server.",
            credits=1,
            parameters=exports.parameters(),
            answer=ProductRow,
            example=products.EXAMPLE,
            files=exports.FORMATS,
            rows_per_price=page_size_max,
        ),
        *levels,
        *_INSIGHTS,
        *_ACCOUNT,
    )


_INSIGHTS_TAG = "TikTok Intelligence"
_INSIGHTS = (
    Endpoint(
        resource="insights",
        verb="products",
        path="/v1/tiktok/insights/products",
        tag=_INSIGHTS_TAG,
        summary="Top product insights",
        description="What is advertised: level-3 categories with their ad posts, impressions, cost "
        "and rates over 1, 7 or 30 days or a month, in one market or all, most ad posts first.",
        credits=2,
        parameters=insights.LIST_PARAMETERS,
        answer=InsightPage,
        example=insights.PAGE_EXAMPLE,
    ),
    Endpoint(
        resource="insights",
        verb="product_detail",
        path="/v1/tiktok/insights/product/detail",
        tag=_INSIGHTS_TAG,
        summary="Product insight detail",
        description="Who sees the ads of a level-3 category, by age and interest, and the posts "
        "and hashtags that carry it.",
        credits=2,
        parameters=insights.DETAIL_PARAMETERS,
        answer=InsightDetail,
        example=insights.DETAIL_EXAMPLE,
        errors=(UnknownCategory,),
    ),
    Endpoint(
        resource="insights",
        verb="trend",
        path="/v1/tiktok/insights/product/trend",
        tag=_INSIGHTS_TAG,
        summary="Product insight trend",
        description="The days behind the figures: ad posts, impressions, cost and rates of a "
        "level-3 category, one row for each day with facts, oldest first. An addition of this "
        "server.",
        credits=2,
        parameters=insights.TREND_PARAMETERS,
        answer=list[InsightDay],
        example=insights.TREND_EXAMPLE,
        errors=(UnknownCategory,),
    ),
)

_ACCOUNT = (
    Endpoint(
        resource="account",
        verb="get",
        path="/v1/account",
        tag="Account",
        summary="Account",
        description="The key of the request: credits left and used, rate, allowed endpoints and "
        "expiry. An addition of this server.",
        credits=0,
        parameters=(),
        answer=accounts.Account,
        example=accounts.ACCOUNT_EXAMPLE,
        live=True,
    ),
    Endpoint(
        resource="account",
        verb="usage",
        path="/v1/account/usage",
        tag="Account",
        summary="Account usage",
        description="What the key of the request was used for: requests, errors, credits and "
        "latency by day and endpoint, newest day first. A request is in it within a second. An "
        "addition of this server.",
        credits=0,
        parameters=accounts.USAGE_PARAMETERS,
        answer=list[accounts.UsageRow],
        example=[accounts.USAGE_EXAMPLE],
        live=True,
    ),
)
