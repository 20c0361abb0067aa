"""Facets against DuckDB over the same selections, and what is told of nothing."""

import random
from pathlib import Path
from typing import Any

import msgspec

from shopscope.contract.facets import (
    BAND_FACETS,
    FACET_TITLES,
    NOTHING,
    VALUE_FACETS,
    ProductFacets,
)
from shopscope.contract.products import Equal, ProductFilters, Range
from shopscope.products.facets import count_facets
from shopscope.products.index import ProductIndex
from shopscope.products.read import list_products
from tests.products.conftest import Market
from tests.products.test_index import FILTERED, asked, predicate
from tests.snapshot import rows


def filters(market: Market, rng: random.Random) -> ProductFilters:
    columns = sorted(rng.sample(FILTERED, rng.choice([0, 1, 1, 2, 2, 3, 4])))
    ids = None
    if rng.random() < 0.1:
        ids = tuple(rng.sample(market.rows.column("product_id").to_pylist(), 100))
    return ProductFilters(
        region="US",
        predicates=tuple(predicate(market, column, rng) for column in columns),
        product_ids=ids,
    )


def test_counts_are_duckdb_s(market: Market) -> None:
    rng = random.Random(5)
    totals = []
    for _ in range(500):
        request = filters(market, rng)
        found = count_facets(market.snapshot, request)
        assert msgspec.to_builtins(found.facets) == market.oracle.facets(request), request
        assert found.as_of == rows.AS_OF
        totals.append(found.facets.total)
    assert sum(total > 10 for total in totals) > 200
    assert {0, len(market.rows)} < set(totals)


def test_keywords_are_counted_as_they_are_listed(market: Market) -> None:
    snapshot = market.snapshot
    predicates = (Equal("free_shipping", 1), Range("spu_avg_price", 0.15, None))
    request = ProductFilters(region="US", predicates=predicates, keyword="lamp")
    found = count_facets(snapshot, request).facets
    page = list_products(snapshot, asked(predicates=predicates, keyword="LAMP", page_size=50_000))
    assert found.total == page.total == len(page.rows) > 0
    expected: dict[str, int] = {}
    for row in page.rows:
        category = msgspec.json.decode(row)["category_id"]
        expected[category] = expected.get(category, 0) + 1
    assert {value.value: value.count for value in found.category_id} == expected


def test_a_selection_is_found_once_for_both(market: Market) -> None:
    class Counting(ProductIndex):
        selected = 0

        def _meeting(self, *given: Any) -> Any:
            Counting.selected += 1
            return super()._meeting(*given)

    index = Counting(market.data)
    predicates = (Equal("free_shipping", 1), Equal("is_s_shop", 1))
    listed = index.search(asked(predicates=predicates))
    selection = index.select(ProductFilters(region="US", predicates=predicates))
    assert selection is not None
    assert (selection.total, Counting.selected) == (listed.total, 1)


def test_bands_begin_at_their_edge(tmp_path: Path) -> None:
    prices = (0.0, 4.99, 5.0, 499.99, 500.0, 1e9)
    table = rows.rows_of(
        [{"product_id": str(i), "spu_avg_price": price} for i, price in enumerate(prices)]
    )
    snapshot = rows.opened(tmp_path, rows.region_rows(table))
    found = count_facets(snapshot, ProductFilters(region="US")).facets
    assert [(b.min, b.max) for b in found.price] == [
        (0, 5), (5, 10), (10, 20), (20, 30), (30, 50), (50, 100), (100, 200), (200, 500),
        (500, None),
    ]  # fmt: skip
    assert [band.count for band in found.price] == [2, 1, 0, 0, 0, 0, 0, 1, 2]
    assert [band.count for band in found.commission] == [6, 0, 0, 0, 0, 0]


def test_of_nothing(tmp_path: Path) -> None:
    table = rows.rows_of([{"product_id": "1"}])
    empty = rows.region_rows(rows.rows_of([]), "MY")
    snapshot = rows.opened(tmp_path, rows.region_rows(table), empty)
    none = ProductFilters(region="US", predicates=(Equal("category_id", "none"),))
    assert count_facets(snapshot, none) == (NOTHING, rows.AS_OF)
    assert count_facets(snapshot, ProductFilters(region="MY")) == (NOTHING, rows.AS_OF)
    assert count_facets(snapshot, ProductFilters(region="XX")) == (NOTHING, None)


def test_every_facet_is_explained() -> None:
    names = [field.name for field in msgspec.structs.fields(ProductFacets)]
    assert names == ["total", *VALUE_FACETS, *BAND_FACETS] == list(FACET_TITLES)
