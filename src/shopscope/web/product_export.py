"""Exports: every product of a selection as a file, made as the API's export makes it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.responses import Response, StreamingResponse

from shopscope.contract.errors import InvalidParameter
from shopscope.contract.exports import FORMATS, ProductExportRequest, file_name
from shopscope.contract.products import ProductFilters
from shopscope.products.export.formats import Asked, estimate
from shopscope.products.export.order import rows_in_order
from shopscope.web.page import Visit
from shopscope.web.product_query import all_pages, canonical, in_full, understood

ESTIMATE = "x-estimated-bytes"
"""Header with the size that the file is likely to have, for those who show progress."""


async def export_products(visit: Visit) -> Response:
    """All products that an address of the page asks for, in its order, with every field.

    It costs what the pages of the API cost that have as many rows. What nobody is there to get
    is not given back: it has been read.
    """
    query = canonical(visit.pairs)
    chosen = query.pop("format", "csv")
    if chosen not in FORMATS:
        raise InvalidParameter("format", chosen, f"one of {' '.join(FORMATS)}")
    snapshot, query = visit.snapshot, in_full(visit, query)
    listed = understood(visit, query)
    request = ProductExportRequest(
        **{name: getattr(listed, name) for name in ProductFilters.__struct_fields__},
        format=chosen,
        sort_field=listed.sort_field,
        descending=listed.descending,
        extra_fields=True,
    )
    numbers = await asyncio.to_thread(rows_in_order, snapshot, request)
    await visit.pay(all_pages(visit, query, len(numbers)))
    asked, region = Asked.of(request), snapshot.regions.get(request.region)
    size = await asyncio.to_thread(estimate, asked, region, numbers)
    name = file_name(request.region, region.as_of if region else None, chosen)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-total-count": str(len(numbers)),
        ESTIMATE: str(size),
    }
    parts = visit.site.exports.parts(asked, region, numbers)
    first = await anext(parts, b"")  # what can't begin is a page that says so
    return StreamingResponse(_whole(first, parts), 200, headers, FORMATS[chosen])


async def _whole(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(rest):
        yield first
        async for part in rest:
            yield part
