"""The methods of the asynchronous client: those of `shopscope.client.resources`, awaited."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Unpack

from shopscope.client import arguments as args
from shopscope.client import rows
from shopscope.client.aio_pages import AsyncPages
from shopscope.client.call import call, listing
from shopscope.client.export import Exported, export_call
from shopscope.client.notices import warn_of_ignored
from shopscope.client.page import Page, R, only
from shopscope.client.row import Money

if TYPE_CHECKING:
    from shopscope.client.aio import AsyncClient


class AsyncResource:
    """Methods that call through a client."""

    def __init__(self, client: "AsyncClient[Any]") -> None:
        self._client = client

    async def _page(self, operation: str, arguments: Mapping[str, Any]) -> Page[Any]:
        page = await self._client._page(call(operation, arguments))
        warn_of_ignored(page.answer)
        return page

    async def _one(self, operation: str, arguments: Mapping[str, Any], _of: type[R]) -> R:
        page: Page[R] = await self._page(operation, arguments)
        return only(page)

    def _pages(self, operation: str, arguments: Mapping[str, Any]) -> AsyncPages[Any]:
        return self._client._pages(listing(operation, arguments))


class AsyncProducts(AsyncResource, Generic[Money]):
    """`client.products`: search, single products, days, rankings, counts."""

    def list(self, **arguments: Unpack[args.ListProducts]) -> AsyncPages[rows.Product[Money]]:
        """The products of a market that meet every filter, page by page while iterated.

        `sort` names any total, window or growth rate, the largest first unless
        `descending=False`. Flags take names and booleans: `sales_trend_flag="up"`,
        `sales_flag="live"`, `free_shipping=True`. Amounts are US dollars, rates percent, dates
        `date` or text. 1 credit for each page.
        """
        return self._pages("list_products", arguments)

    async def export(
        self, file: str | os.PathLike[str], **arguments: Unpack[args.ExportProducts]
    ) -> Exported:
        """Write all products that meet every filter into a file; what it is and has.

        The file is there when it is whole. Its format is `format`, or what its name ends with:
        ndjson, csv, arrow (a stream) or parquet; columns are those of `to_arrow` with money as
        floats. Without `sort` rows are in the order of their ids; `limit` counts rows. 1 credit
        for each page of the list that has as many rows.
        """
        return await self._client._export(export_call(file, arguments), file)

    async def facets(self, **arguments: Unpack[args.FacetsProducts]) -> rows.Facets:
        """How the products that meet the filters spread over categories, shops and bands.

        1 credit.
        """
        return await self._one("facets_products", arguments, rows.Facets)

    async def get(self, **arguments: Unpack[args.GetProducts]) -> Page[rows.Product[Money]]:
        """Up to ten products by id, in the order asked; unknown ones are missing. 1 credit."""
        return await self._page("get_products", arguments)

    def trend(self, **arguments: Unpack[args.TrendProducts]) -> AsyncPages[rows.ProductDay[Money]]:
        """The days of one product, oldest first and without gaps; at most 180.

        Without dates: the 30 days that end with the market's as-of day. 1 credit for each page.
        """
        return self._pages("trend_products", arguments)

    def ranking(
        self, **arguments: Unpack[args.RankingProducts]
    ) -> AsyncPages[rows.RankedProduct[Money]]:
        """The products of a market that gained most in a period; totals are the gains.

        `rank_type` is "day", "week" or "month", which begins with `date`; `product_rank_field` is
        "units" or "creators". 1 credit for each page.
        """
        return self._pages("ranking_products", arguments)


class AsyncCategories(AsyncResource):
    """`client.categories`: the category tree, level by level."""

    async def primary(self, **arguments: Unpack[args.ListCategories]) -> Page[rows.Category]:
        """The level-1 categories, named in `language` where they have a name in it. 1 credit."""
        return await self._page("primary_categories", arguments)

    async def secondary(self, **arguments: Unpack[args.ListCategories]) -> Page[rows.Category]:
        """The level-2 categories, all or those below `parent_id`. 1 credit."""
        return await self._page("secondary_categories", arguments)

    async def tertiary(self, **arguments: Unpack[args.ListCategories]) -> Page[rows.Category]:
        """The level-3 categories, all or those below `parent_id`. 1 credit."""
        return await self._page("tertiary_categories", arguments)


class AsyncInsights(AsyncResource, Generic[Money]):
    """`client.insights`: level-3 categories as advertised."""

    def products(
        self, **arguments: Unpack[args.ProductsInsights]
    ) -> AsyncPages[rows.Insight[Money]]:
        """What is advertised in a window, most ad posts first, page by page while iterated.

        `time_scope` is 1, 7 or 30 days, or a month as "2025-09". `limit` counts rows in all.
        2 credits for each page, which has up to 20 rows.
        """
        return self._pages("products_insights", arguments)

    async def product_detail(
        self, **arguments: Unpack[args.ProductDetailInsights]
    ) -> rows.InsightDetail:
        """Who sees the ads of a category, and the posts and hashtags behind them. 2 credits.

        `id` is a level-3 category; an unknown one raises NotFound.
        """
        return await self._one("product_detail_insights", arguments, rows.InsightDetail)

    async def trend(self, **arguments: Unpack[args.TrendInsights]) -> Page[rows.InsightDay[Money]]:
        """The days with advertising of a category, oldest first; at most 180. 2 credits."""
        return await self._page("trend_insights", arguments)


class AsyncAccount(AsyncResource):
    """`client.account`: the key itself."""

    async def get(self, **arguments: Unpack[args.GetAccount]) -> rows.Account:
        """Credits left and used, rate, allowed endpoints and expiry of the key. Free of charge."""
        return await self._one("get_account", arguments, rows.Account)

    async def usage(self, **arguments: Unpack[args.UsageAccount]) -> Page[rows.UsageDay]:
        """What the key was used for by day and endpoint, newest day first. Free of charge."""
        return await self._page("usage_account", arguments)
