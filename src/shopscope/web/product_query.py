"""What an address of the products asks for, and which calls of the API are the same.

The parameters are those of the product list, and three of the page's own: `columns`, the columns
of the table; `find_category`, what is searched for in the category tree; and `show`, what is open.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from shopscope.contract.endpoints import Endpoint
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.parameters import Parameter, bind
from shopscope.contract.products import PAGE_NUM_MAX, ProductListRequest, parameters
from shopscope.web import columns
from shopscope.web.calls import Call, paged
from shopscope.web.page import Visit

PATH = "/products"
SEARCH, COLUMNS, SHOW = "find_category", "columns", "show"
CODE = "code"

ROWS = (10, 20, 50, 100)
"""Rows of a page to choose from; more than the API's largest page are several requests."""

HTML_MAX = 150_000
"""Bytes that a page may have before compression."""

_PAGE, _ROW, _CELL = 37_000, 1_000, 45
"""Bytes of HTML: around the table, of a row with a long name and a picture, of a cell."""

_USUAL_ROWS = 50
_DAYS = ("min_first_crawl_dt", "max_first_crawl_dt")


def canonical(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The query that says the same in the fewest words: no empty values, lists with commas.

    Forms without scripts send empty fields, a pair for each box that is ticked, and days as
    yyyy-MM-dd.
    """
    query: dict[str, str] = {}
    for name, text in pairs:
        value = text.strip()
        if not value:
            continue
        if name in _DAYS:
            value = value.replace("-", "")
        known = query.get(name)
        query[name] = f"{known},{value}" if known and name == COLUMNS else value
    if query.get(COLUMNS) == ",".join(columns.DEFAULT):
        del query[COLUMNS]
    return query


def row_choices(page_size_max: int) -> list[int]:
    """How many rows a page may have: a page of the API, or several whole ones."""
    fitting = [rows for rows in ROWS if rows <= page_size_max or rows % page_size_max == 0]
    return fitting or [page_size_max]


def offered_rows(page_size_max: int, query: Mapping[str, str]) -> list[int]:
    """How many rows are offered: as many as keep a page with the query's columns within HTML_MAX.

    Those that the query asks for are among them. With dozens of columns even the fewest rows are
    more: their heads are links twice, and each says all the columns.
    """
    named = query.get(COLUMNS, "")
    shown = len(columns.chosen(named))
    most = (HTML_MAX - _PAGE - 2 * shown * len(named)) // (_ROW + _CELL * shown)
    choices = row_choices(page_size_max)
    asked = query.get("page_size")
    return [rows for rows in choices if rows <= most or str(rows) == asked] or choices[:1]


def in_full(visit: Visit, query: dict[str, str], rows: int = _USUAL_ROWS) -> dict[str, str]:
    """The query with market, page and rows, where it does not say them.

    The usual rows are up to `rows` where nobody pays for them, else as many as one request has.
    """
    page_size_max = visit.site.settings.page_size_max
    choices = offered_rows(page_size_max, query)
    most = page_size_max if visit.site.gate.needs_key else rows
    usual = max((count for count in choices if count <= most), default=choices[0])
    return {"region": visit.region, "page_num": "1", "page_size": str(usual), **query}


def understood(visit: Visit, query: dict[str, str]) -> ProductListRequest:
    """The request that a query in full is.

    Raises:
        ApiError: as the API does, and where a page is not a number of whole pages of the API.
    """
    page_size_max = visit.site.settings.page_size_max
    most = max(row_choices(page_size_max))
    request = ProductListRequest.of(bind(_known(most), query.items()).values)
    check_page(request.page_num, request.page_size, page_size_max)
    return msgspec.structs.replace(request, extra_fields=True)


def check_page(number: int, size: int, page_size_max: int) -> None:
    """Raise InvalidParameter unless a page is one of the API, or several whole ones of them."""
    if size > page_size_max and size % page_size_max:
        most = max(row_choices(page_size_max))
        expected = f"at most {page_size_max}, or a multiple of it up to {most}"
        raise InvalidParameter("page_size", str(size), expected)
    last = PAGE_NUM_MAX * page_size_max // size
    if size > page_size_max and number > last:
        raise InvalidParameter("page_num", str(number), f"an integer from 1 to {last}")


@lru_cache(4)
def _known(page_size_max: int) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters(page_size_max)}


def api_call(
    visit: Visit, query: dict[str, str], request: ProductListRequest, total: int | None
) -> Call:
    """The requests to the API whose answers a page is; where `total` is known, without those
    that are past the end, but for the first."""
    endpoint = visit.endpoint("list_products")
    return paged(
        endpoint,
        _of_api(endpoint, query),
        number=request.page_num,
        size=request.page_size,
        size_max=visit.site.settings.page_size_max,
        total=total,
    )


def all_pages(visit: Visit, query: dict[str, str], total: int) -> Call:
    """The requests to the API whose answers are all `total` products, at least one."""
    endpoint, size = visit.endpoint("list_products"), visit.site.settings.page_size_max
    return Call(
        endpoint=endpoint,
        query={**_of_api(endpoint, query), "page_size": str(size)},
        pages=range(1, max(-(-total // size), 1) + 1),
    )


def _of_api(endpoint: Endpoint, query: dict[str, str]) -> dict[str, str]:
    """What a query says to the API, beside the page."""
    paging = ("page_num", "page_size")
    known = {n: v for n, v in query.items() if n in endpoint.by_name and n not in paging}
    return {**known, "extra_fields": "growth"}
