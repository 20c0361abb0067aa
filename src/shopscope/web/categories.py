"""The categories of a market: what each sold, how much of it few products, at which prices.

The call of the API that the page shows names the categories below one. What they sold are sums
over all products of the snapshot, which no call gives; the page says so. Products by price and the
ten largest are those of other calls, which are told beside them.
"""

import asyncio
import datetime
from collections.abc import Iterable
from typing import Any

import msgspec
from babel import Locale
from starlette.responses import Response

from shopscope.categories.read import list_categories
from shopscope.contract.categories import CategoryRequest
from shopscope.contract.metrics import METRICS
from shopscope.contract.parameters import bind
from shopscope.contract.products import ProductListRequest
from shopscope.contract.vocab import CATEGORY_LEVELS, LOCALES
from shopscope.products.category_sales import (
    LEVELS,
    TOP,
    BandSales,
    Measured,
    Sales,
    percent,
    price_bands,
)
from shopscope.products.read import list_products
from shopscope.snapshot.reader import Snapshot
from shopscope.web import category_lines
from shopscope.web.calls import Call, Sample, as_code
from shopscope.web.category_lines import Found, Head, Line
from shopscope.web.category_query import GMV, UNITS, Asked, understood
from shopscope.web.columns import COLUMNS, Column
from shopscope.web.links import link
from shopscope.web.page import Visit, render
from shopscope.web.rows import Row, rows

_METRICS = {metric.name: metric for metric in METRICS}
_FIELDS = {UNITS: _METRICS["sale"], GMV: _METRICS["sale_gmv"]}


class Told(msgspec.Struct, frozen=True):
    """A call of the API, and as code."""

    call: Call
    samples: list[Sample]


class Band(msgspec.Struct, frozen=True):
    """A price band; the parts of products and of what counts are percent of all bands."""

    sold: BandSales
    products_part: float | None
    part: float | None


class Largest(msgspec.Struct, frozen=True):
    """A product among those with most, and its percent of the category."""

    row: Row
    share: float | None


class CategoriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of one category, or of the whole market.

    `sales` None: the market has no data. `rest` is what is in none of the categories below. The
    bars of shares are as long as that of `widest_line` and `widest_product`, in percent.
    """

    asked: Asked
    as_of: datetime.date | None
    languages: list[tuple[str, str]]
    sales: Sales | None
    measured: Measured | None
    found: list[Found]
    lines: list[Line]
    widest_line: float
    rest: Sales | None
    heads: dict[str, Head]
    bands: list[Band]
    columns: list[Column]
    largest: list[Largest]
    widest_product: float
    products_href: str
    insights_href: str
    naming: Told
    counting: Told
    listing: Told


async def categories(visit: Visit) -> Response:
    """The page of the category that is asked for, or of all."""
    snapshot = visit.snapshot
    asked = understood(visit, snapshot)
    level = asked.parent.level + 1 if asked.parent else 1
    query = {"language": asked.language}
    if asked.parent:
        query["parent_id"] = asked.parent.id
    verb = next(verb for verb, number in CATEGORY_LEVELS.items() if number == level)
    naming = Call(endpoint=visit.endpoint(f"{verb}_categories"), query=query)
    request = CategoryRequest.of(level, bind(naming.endpoint.by_name, query.items()).values)
    await visit.pay(naming)
    page = await asyncio.to_thread(_page, visit, snapshot, asked, naming, request)
    return render(visit, "categories.html", page)


def _page(
    visit: Visit, snapshot: Snapshot, asked: Asked, naming: Call, request: CategoryRequest
) -> CategoriesPage:
    region, node = asked.region, asked.node
    own = {LEVELS[node.level - 1]: node.id} if node else {}
    sales = category_lines.sales(snapshot, asked, node)
    measured = category_lines.measured(asked, sales) if sales else None
    lines = category_lines.lines(snapshot, asked, list_categories(snapshot, request))
    counting = Call(endpoint=visit.endpoint("facets_products"), query={"region": region, **own})
    listing = _listing(visit, asked, own)
    data = snapshot.regions.get(region)
    columns = [COLUMNS[metric.field(asked.days)] for metric in _FIELDS.values()]
    largest = _largest(visit, snapshot, asked, listing, measured, columns)
    return CategoriesPage(
        asked=asked,
        as_of=data.as_of if data else None,
        languages=[(code, _language_name(code)) for code in LOCALES],
        sales=sales,
        measured=measured,
        found=category_lines.found(snapshot, asked),
        lines=lines,
        widest_line=_widest(line.share for line in lines),
        rest=category_lines.rest(asked, sales, lines),
        heads=category_lines.heads(asked),
        bands=_bands(snapshot, asked),
        columns=columns,
        largest=largest,
        widest_product=_widest(product.share for product in largest),
        products_href=link("/products", {"region": region, **own}),
        insights_href=category_lines.insights_href(snapshot, asked, node),
        naming=Told(naming, as_code(naming, visit.base_url)),
        counting=Told(counting, as_code(counting, visit.base_url)),
        listing=Told(listing, as_code(listing, visit.base_url)),
    )


def _widest(shares: Iterable[float | None]) -> float:
    """The largest of shares, which bars are drawn against; of none it is all."""
    return max((share for share in shares if share), default=100)


def _language_name(code: str) -> str:
    """The name of a locale's language in that language."""
    return Locale.parse(code, sep="-").get_language_name() or code


def _bands(snapshot: Snapshot, asked: Asked) -> list[Band]:
    level = LEVELS[asked.node.level - 1] if asked.node else ""
    category = asked.node.id if asked.node else ""
    found = price_bands(snapshot, asked.region, asked.days, level, category)
    parts = [band.units if asked.measure == UNITS else band.gmv for band in found]
    products, whole = sum(band.products for band in found), sum(parts)
    return [
        Band(band, percent(band.products, products), percent(part, whole))
        for band, part in zip(found, parts, strict=True)
    ]


def _listing(visit: Visit, asked: Asked, own: dict[str, str]) -> Call:
    """The call that answers the products with most."""
    query = {
        "region": asked.region,
        "page_num": "1",
        "page_size": str(min(TOP, visit.site.settings.page_size_max)),
        **own,
        "product_sort_field": _FIELDS[asked.measure].field(asked.days),
        "sort_type": "1",
    }
    return Call(endpoint=visit.endpoint("list_products"), query=query)


def _largest(
    visit: Visit,
    snapshot: Snapshot,
    asked: Asked,
    listing: Call,
    measured: Measured | None,
    columns: list[Column],
) -> list[Largest]:
    """The products with most; who has nothing is none of them."""
    bound = bind(listing.endpoint.by_name, listing.query.items())
    page = list_products(snapshot, ProductListRequest.of(bound.values))
    place = list(_FIELDS).index(asked.measure)
    total: Any = measured.total if measured else 0
    return [
        Largest(row, percent(row.cells[place].value, total))
        for row in rows(snapshot, asked.region, page.rows, columns, visit.language)
        if row.cells[place].value > 0
    ]
