"""The products of a market: filters, an ordered table, and the API call that it is."""

import asyncio
import datetime
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from shopscope.contract.errors import ApiError
from shopscope.contract.products import ProductListRequest
from shopscope.products.histogram import histograms, scales
from shopscope.products.read import ProductPage, count_products, list_products
from shopscope.snapshot.reader import Snapshot
from shopscope.web import category_picker, columns, filters, rows, watching
from shopscope.web.calls import Call, Sample, as_code
from shopscope.web.category_picker import Picker
from shopscope.web.columns import Column
from shopscope.web.filters import Bars, Chip, Group
from shopscope.web.links import Pager, Query, link, pager, without
from shopscope.web.page import Visit, render
from shopscope.web.product_query import (
    CODE,
    COLUMNS,
    PATH,
    SEARCH,
    SHOW,
    all_pages,
    api_call,
    canonical,
    in_full,
    offered_rows,
    understood,
)
from shopscope.web.rows import Row
from shopscope.web.saved_views import VIEWS

FREE = ("spread", "categories", "as_code", "choose_columns", "saved_views")
"""Blocks that show nothing of the API's answer, and cost nothing."""


class Head(msgspec.Struct, frozen=True):
    """The head of one column, and the address that orders by it."""

    column: Column
    href: str
    order: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: products and all that is told of them."""

    as_of: datetime.date | None
    total: int
    heads: list[Head]
    rows: list[Row]
    pager: Pager
    row_choices: list[int]
    export_credits: int


class Saved(msgspec.Struct, frozen=True):
    """A view that was saved: its name and its address."""

    name: str
    href: str


class ProductsPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows; parts that are not asked for are None.

    `query` is what the address asks for, in full, and `wrong` what is wrong with it.
    """

    query: dict[str, str]
    request: ProductListRequest | None = None
    wrong: ApiError | None = None
    results: Results | None = None
    chips: list[Chip] | None = None
    call: Call | None = None
    samples: list[Sample] | None = None
    groups: list[Group] | None = None
    columns: dict[str, list[Column]] | None = None
    shown: list[str] | None = None
    views: list[Saved] | None = None
    picker: Picker | None = None
    bars: list[Bars] | None = None


async def products(visit: Visit) -> Response:
    """The page, or the part of it that is asked for."""
    query = canonical(visit.pairs)
    if visit.block is None and list(query.items()) != visit.pairs:
        return RedirectResponse(link(PATH, query), 303)
    snapshot, query = visit.snapshot, in_full(visit, query)
    page = ProductsPage(query=query)
    try:
        page = msgspec.structs.replace(page, request=understood(visit, query))
    except ApiError as error:
        page = msgspec.structs.replace(page, wrong=error)
    if page.request is None or visit.block in FREE:
        await visit.enter(visit.endpoint("list_products"))
    else:
        page = await _with_results(page, visit, snapshot, page.request)
    if visit.block == "saved_views" or query.get(SHOW) == VIEWS:
        page = msgspec.structs.replace(page, views=await _views(visit))
    page = await asyncio.to_thread(_with_rest, page, visit, snapshot)
    return render(visit, "products.html", page, status=page.wrong.code if page.wrong else 200)


async def _with_results(
    page: ProductsPage, visit: Visit, snapshot: Snapshot, request: ProductListRequest
) -> ProductsPage:
    """The page with its products, which are paid for."""
    query = page.query
    booked = api_call(visit, query, request, None)
    await visit.pay(booked)
    await watching.note(visit, request.region)
    shown = columns.chosen(query.get(COLUMNS, ""))

    def read() -> tuple[ProductPage, list[Row]]:
        found = list_products(snapshot, request)
        return found, rows.rows(snapshot, request.region, found.rows, shown, visit.language)

    found, listed = await asyncio.to_thread(read)
    call = api_call(visit, query, request, found.total)
    await visit.refund(booked.credits - call.credits)
    state = without(query, ("page_num",))
    results = Results(
        as_of=found.as_of,
        total=found.total,
        heads=[_head(column, request, state) for column in shown],
        rows=listed,
        pager=pager(PATH, query, request.page_num, request.page_size, found.total),
        row_choices=offered_rows(visit.site.settings.page_size_max, query),
        export_credits=all_pages(visit, query, found.total).credits,
    )
    return msgspec.structs.replace(page, results=results, call=call)


def _with_rest(page: ProductsPage, visit: Visit, snapshot: Snapshot) -> ProductsPage:
    """The page with the other parts of what is asked for."""
    query, request, block = page.query, page.request, visit.block
    parts: dict[str, Any] = {}
    if block in (None, "results"):
        parts["chips"] = _chips(query, visit, snapshot)
    if block in (None, "spread", "categories") and request is not None:
        search = query.get(SEARCH, "")
        state = without(query, (SEARCH, SHOW))
        parts["picker"] = category_picker.pick(
            PATH, state, request, snapshot, visit.language, search
        )
    if block == "spread" and request is not None:
        parts["bars"] = filters.bars(query, histograms(snapshot, request, filters.RANGES))
    if (block == "as_code" or query.get(SHOW) == CODE) and request is not None:
        total = page.results.total if page.results else count_products(snapshot, request)
        parts["call"] = call = api_call(visit, query, request, total)
        parts["samples"] = as_code(call, visit.base_url)
    if block is None:
        bands = scales(snapshot, query["region"], filters.RANGES)
        parts["groups"] = filters.panel(query, bands, visit.numbers)
    if block == "choose_columns" or query.get(SHOW) == COLUMNS:
        parts["columns"] = columns.grouped()
        parts["shown"] = [column.name for column in columns.chosen(query.get(COLUMNS, ""))]
    return msgspec.structs.replace(page, **parts)


async def _views(visit: Visit) -> list[Saved]:
    key_id = visit.key_id
    kept = await visit.on_shelf(lambda shelf: shelf.views(key_id))
    return [Saved(view.name, f"{PATH}?{view.query}") for view in kept]


def _chips(query: Query, visit: Visit, snapshot: Snapshot) -> list[Chip]:
    def category(category_id: str) -> str:
        return category_picker.category_label(snapshot, category_id, visit.language)

    return filters.chips(PATH, query, visit.language, visit.numbers, category)


def _head(column: Column, request: ProductListRequest, state: Query) -> Head:
    if not column.sortable:
        return Head(column, "", "")
    current = request.sort_field == column.name
    order = ("descending" if request.descending else "ascending") if current else ""
    ascend = "0" if order == "descending" else None
    href = link(PATH, state, product_sort_field=column.name, sort_type=ascend)
    return Head(column, href, order)
