"""The product list: request in, wire rows out, from an open snapshot."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from shopscope.contract.products import ProductListRequest
from shopscope.products.index import ProductIndex
from shopscope.products.selection import SelectionCache
from shopscope.snapshot.reader import Snapshot


class ProductPage(NamedTuple):
    """JSON objects in order, the number of products on all pages, and the day they are as of."""

    rows: list[bytes]
    total: int
    as_of: date | None
    """None: the region has no data."""


def list_products(snapshot: Snapshot, request: ProductListRequest) -> ProductPage:
    """One page of a product list; a region without data, or a page past the end, is empty."""
    region = snapshot.regions.get(request.region)
    if region is None:
        return ProductPage([], 0, None)
    hits = snapshot.keep(_indexes)[request.region].search(request)
    return ProductPage(
        [region.row(number) for number in hits.rows.tolist()], hits.total, region.as_of
    )


def _indexes(snapshot: Snapshot) -> Mapping[str, ProductIndex]:
    """The index of each region; they share the room for selections."""
    cache = SelectionCache()
    return {name: ProductIndex(region, cache) for name, region in snapshot.regions.items()}
