"""The product list: request in, wire rows out, from an open snapshot."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from shopscope.contract.products import EXTRA_FIELDS, ProductFilters, ProductListRequest
from shopscope.products.index import ProductIndex
from shopscope.products.ordering import Rows
from shopscope.products.selection import SelectionCache
from shopscope.snapshot.reader import RegionData, Snapshot

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ProductPage(NamedTuple):
    """JSON objects in order, the number of products on all pages, and the day they are as of."""

    rows: list[bytes]
    total: int
    as_of: date | None
    """None: the region has no data."""


def list_products(snapshot: Snapshot, request: ProductListRequest) -> ProductPage:
    """One page of a product list; a region without data, or a page past the end, is empty."""
    region = snapshot.region(request.region)
    if region is None:
        return ProductPage([], 0, None)
    hits = snapshot.keep(indexes)[request.region].search(request)
    rows = wire_rows(region, hits.rows, extra_fields=request.extra_fields)
    return ProductPage(rows, hits.total, region.as_of)


def count_products(snapshot: Snapshot, request: ProductFilters) -> int:
    """How many products meet the filters."""
    region = snapshot.region(request.region)
    if region is None:
        return 0
    selection = snapshot.keep(indexes)[request.region].select(request)
    return region.size if selection is None else selection.total


def wire_rows(region: RegionData, numbers: Rows, *, extra_fields: bool) -> list[bytes]:
    """The rows of these numbers as JSON objects, with the extra fields where they are asked for."""
    rows = [region.row(number) for number in numbers.tolist()]
    if extra_fields:
        both = zip(rows, numbers.tolist(), strict=True)
        rows = [_with_extra_fields(row, region, number) for row, number in both]
    return rows


def indexes(snapshot: Snapshot) -> Mapping[str, ProductIndex]:
    """The index of each region; they share the room for selections."""
    cache = SelectionCache()
    return {name: ProductIndex(region, cache) for name, region in snapshot.regions.items()}


def _with_extra_fields(row: bytes, region: RegionData, number: int) -> bytes:
    """The row with the extra fields at its end."""
    extra = {}
    for field in EXTRA_FIELDS:
        column = region.columns[field.name]
        value = column.values[int(column.codes[number])]
        extra[field.name] = int(value) if value.is_integer() else value
    if f'"{EXTRA_FIELDS[0].name}"'.encode() in row:  # saved from an answer that had them
        row = msgspec.json.encode({k: v for k, v in _object.decode(row).items() if k not in extra})
    return row.rstrip()[:-1] + b"," + msgspec.json.encode(extra)[1:]
