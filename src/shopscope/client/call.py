"""A call before it is sent: which endpoint, which query, which rows come back; and its pages."""

import functools
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from shopscope.client import rows
from shopscope.client.answer import INFO, OBJECT, PAGE, ROWS, Shape
from shopscope.client.errors import InvalidParameter
from shopscope.client.query import Pairs, pairs
from shopscope.client.row import Row
from shopscope.client.tables import Columns
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.insights import LIMIT_MAX
from shopscope.contract.products import PAGE_NUM_MAX, PAGE_SIZE_MAX

PAGING = ("page_size", "limit", "max_pages")
"""Arguments about pages that are for the client; `page_size` has the wire's name or another."""


class Kind(msgspec.Struct, frozen=True):
    """What an operation answers: rows of which class, and where they are in the envelope."""

    row: type[Row]
    shape: Shape = ROWS


KINDS: dict[str, Kind] = {
    "list_products": Kind(rows.Product),
    "export_products": Kind(rows.Product),
    "facets_products": Kind(rows.Facets, OBJECT),
    "get_products": Kind(rows.Product),
    "trend_products": Kind(rows.ProductDay),
    "ranking_products": Kind(rows.RankedProduct),
    "primary_categories": Kind(rows.Category),
    "secondary_categories": Kind(rows.Category),
    "tertiary_categories": Kind(rows.Category),
    "products_insights": Kind(rows.Insight, PAGE),
    "product_detail_insights": Kind(rows.InsightDetail, INFO),
    "trend_insights": Kind(rows.InsightDay),
    "get_account": Kind(rows.Account, OBJECT),
    "usage_account": Kind(rows.UsageDay),
}
"""By operation id."""


class Call(msgspec.Struct, frozen=True, dict=True):
    """One request to be sent. Two that are equal have the same answer."""

    operation: str
    pairs: Pairs
    number: int = 1
    size: int | None = None

    @property
    def endpoint(self) -> Endpoint:
        """What is called."""
        return table()[self.operation]

    @property
    def kind(self) -> Kind:
        """What comes back."""
        return KINDS[self.operation]

    @functools.cached_property
    def target(self) -> str:
        """Path and query, as they are sent."""
        query = urlencode(self.pairs, quote_via=quote)
        return f"{self.endpoint.path}?{query}" if query else self.endpoint.path


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose rows come in pages.

    Attributes:
        operation: its operation id.
        pairs: its query but for the page.
        number: the page to begin with, from 1.
        size: rows per page.
        limit: rows in all, None: every one.
        max_pages: pages in all, None: every one.
    """

    operation: str
    pairs: Pairs
    number: int
    size: int
    limit: int | None
    max_pages: int | None

    def columns(self, money: type) -> Columns:
        """A table for its rows, whose money is of type `money`."""
        return Columns(KINDS[self.operation].row, money)

    def page(self, number: int) -> Call:
        """The call of one page."""
        names = _page_names(table()[self.operation])
        paging = zip(names, (str(number), str(self.size)), strict=True)
        return Call(self.operation, (*self.pairs, *paging), number, self.size)


@functools.cache
def table() -> dict[str, Endpoint]:
    """The endpoints by operation id."""
    return {endpoint.operation_id: endpoint for endpoint in endpoints()}


def call(operation: str, arguments: Mapping[str, Any]) -> Call:
    """The one request that an operation with these arguments is.

    Raises:
        TypeError, InvalidParameter: as `shopscope.client.query.pairs` says.
    """
    return Call(operation, pairs(table()[operation], arguments))


def listing(operation: str, arguments: Mapping[str, Any]) -> Listing:
    """The requests that an operation with pages and these arguments is.

    Raises:
        TypeError, InvalidParameter: as `shopscope.client.query.pairs` says.
    """
    endpoint = table()[operation]
    number_name, size_name = _page_names(endpoint)
    limit = _count(arguments, "limit", None)
    usual = PAGE_SIZE_MAX if size_name == "page_size" else LIMIT_MAX
    size = _count(arguments, "page_size", usual) or usual
    return Listing(
        operation=operation,
        pairs=pairs(endpoint, arguments, own=(*PAGING, number_name, size_name)),
        number=_count(arguments, number_name, 1) or 1,
        size=size if limit is None else max(1, min(size, limit)),
        limit=limit,
        max_pages=_count(arguments, "max_pages", None),
    )


def _page_names(endpoint: Endpoint) -> tuple[str, str]:
    """What the endpoint calls the page's number and its size."""
    paged = "page_num" in endpoint.by_name
    return ("page_num", "page_size") if paged else ("page", "limit")


def _count(arguments: Mapping[str, Any], name: str, usual: int | None) -> int | None:
    value = arguments.get(name)
    if value is None:
        return usual
    least = 0 if name in ("limit", "max_pages") else 1
    most = PAGE_NUM_MAX if name in ("page_num", "page") else None
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()):
        raise InvalidParameter.of(name, value, f"a whole number {bounds}")
    number = int(text)
    if number < least or (most is not None and number > most):
        raise InvalidParameter.of(name, value, f"a whole number {bounds}")
    return number
