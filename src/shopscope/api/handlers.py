"""Which reader answers which endpoint: bound parameters → request → rows as JSON."""

import datetime
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from shopscope.accounts.gate import Gate
from shopscope.categories.read import list_categories
from shopscope.contract.accounts import UsageRequest
from shopscope.contract.categories import CategoryRequest
from shopscope.contract.exports import ProductExportRequest
from shopscope.contract.history import (
    ProductDetailRequest,
    ProductRankingRequest,
    ProductTrendRequest,
)
from shopscope.contract.insights import (
    InsightDetailRequest,
    InsightListRequest,
    InsightTrendRequest,
)
from shopscope.contract.parameters import Value
from shopscope.contract.products import ProductFilters, ProductListRequest
from shopscope.contract.vocab import CATEGORY_LEVELS
from shopscope.insights.read import get_insight, list_insights, page_json, trend_insight
from shopscope.products.export.order import rows_in_order
from shopscope.products.facets import count_facets
from shopscope.products.history import get_products, rank_products, trend_products
from shopscope.products.ordering import Rows
from shopscope.products.read import ProductPage, list_products
from shopscope.snapshot.reader import Snapshot

_encode = msgspec.json.encode


class Page(msgspec.Struct, frozen=True):
    """What a reader found: `data` is the JSON of the envelope's `data`, `total` counts all pages.

    `as_of` is the day the data ends with, None where there is no such day.
    """

    data: bytes
    total: int
    as_of: datetime.date | None = None


class Handler(msgspec.Struct, frozen=True):
    """Two steps, because between them an answer the client already has is recognised.

    What is `slow` may take more than a few milliseconds: it is read in a thread, so that other
    requests don't wait for it.
    """

    request: Callable[[dict[str, Value]], Any]
    read: Callable[[Snapshot, Any], Page]
    slow: bool = False


class LiveHandler(msgspec.Struct, frozen=True):
    """Answers from the accounts as they are now, for the key that asks."""

    request: Callable[[dict[str, Value]], Any]
    read: Callable[[Gate, str, Any], Awaitable[Page]]
    slow: bool = False


class FileHandler(msgspec.Struct, frozen=True):
    """Answers with a file: the request, and the row numbers that the file has, in its order."""

    request: Callable[[dict[str, Value]], ProductExportRequest]
    read: Callable[[Snapshot, ProductExportRequest], Rows]


AnyHandler = Handler | LiveHandler | FileHandler


def _products(snapshot: Snapshot, request: ProductListRequest) -> Page:
    return _product_rows(list_products(snapshot, request))


def _product_facets(snapshot: Snapshot, request: ProductFilters) -> Page:
    found = count_facets(snapshot, request)
    return Page(_encode(found.facets), found.facets.total, found.as_of)


def _product(snapshot: Snapshot, request: ProductDetailRequest) -> Page:
    return _product_rows(get_products(snapshot, request))


def _product_rows(page: ProductPage) -> Page:
    return Page(b"[" + b",".join(page.rows) + b"]", page.total, page.as_of)


def _product_trend(snapshot: Snapshot, request: ProductTrendRequest) -> Page:
    page = trend_products(snapshot, request)
    return Page(_encode(page.rows), page.total, page.as_of)


def _product_ranking(snapshot: Snapshot, request: ProductRankingRequest) -> Page:
    page = rank_products(snapshot, request)
    return Page(_encode(page.rows), page.total, page.as_of)


def _categories(snapshot: Snapshot, request: CategoryRequest) -> Page:
    rows = list_categories(snapshot, request)
    return Page(_encode(rows), len(rows))


def _insights(snapshot: Snapshot, request: InsightListRequest) -> Page:
    page = list_insights(snapshot, request)
    return Page(page_json(page), page.pagination.total, page.as_of)


def _insight(snapshot: Snapshot, request: InsightDetailRequest) -> Page:
    info, as_of = get_insight(snapshot, request)
    return Page(b'{"info":%b}' % info, 1, as_of)


def _insight_trend(snapshot: Snapshot, request: InsightTrendRequest) -> Page:
    days, as_of = trend_insight(snapshot, request)
    return Page(_encode(days), len(days), as_of)


async def _account(gate: Gate, key_id: str, _: None) -> Page:
    return Page(_encode(await gate.account(key_id)), 1)


async def _account_usage(gate: Gate, key_id: str, request: UsageRequest) -> Page:
    rows = await gate.usage(key_id, request)
    return Page(_encode(rows), len(rows))


def _level(level: int) -> Callable[[dict[str, Value]], CategoryRequest]:
    return lambda values: CategoryRequest.of(level, values)


HANDLERS: Mapping[str, AnyHandler] = {
    "list_products": Handler(ProductListRequest.of, _products),
    "export_products": FileHandler(ProductExportRequest.of, rows_in_order),
    "facets_products": Handler(ProductFilters.of, _product_facets, slow=True),
    "get_products": Handler(ProductDetailRequest.of, _product),
    "trend_products": Handler(ProductTrendRequest.of, _product_trend),
    "ranking_products": Handler(ProductRankingRequest.of, _product_ranking, slow=True),
    **{
        f"{name}_categories": Handler(_level(level), _categories)
        for name, level in CATEGORY_LEVELS.items()
    },
    "products_insights": Handler(InsightListRequest.of, _insights),
    "product_detail_insights": Handler(InsightDetailRequest.of, _insight),
    "trend_insights": Handler(InsightTrendRequest.of, _insight_trend),
    "get_account": LiveHandler(lambda _: None, _account),
    "usage_account": LiveHandler(UsageRequest.of, _account_usage),
}
"""By operation id."""
