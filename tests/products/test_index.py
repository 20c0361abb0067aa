"""The index against DuckDB: every filter, every order, deep pages, random combinations."""

import functools
import math
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopscope.contract.products import (
    EQUALITY_FILTERS,
    EXTRA_EQUALITY_FILTERS,
    EXTRA_RANGE_FILTERS,
    FIELD_TYPES,
    RANGE_FILTERS,
    SORT_FIELDS,
    SORTABLE,
    Equal,
    Predicate,
    ProductListRequest,
    Range,
)
from shopscope.products.index import ProductIndex
from shopscope.products.selection import SelectionCache
from shopscope.snapshot.coding import INDEXED
from tests.products.conftest import Market
from tests.snapshot import rows

EQUAL = (*EQUALITY_FILTERS, *EXTRA_EQUALITY_FILTERS)
RANGES = (*RANGE_FILTERS, *EXTRA_RANGE_FILTERS)
FILTERED = (*EQUAL, *RANGES)


def asked(**given: Any) -> ProductListRequest:
    return ProductListRequest(**{"region": "US", "page_num": 1, "page_size": 10, **given})


@functools.cache
def values_of(market: Market, column: str) -> list[Any]:
    return sorted(market.rows.column(column).unique().to_pylist())


def near(value: float) -> list[Any]:
    """A bound at a value, and the nearest on both sides, also outside of int64.

    Of the column's own type: DuckDB rounds to compare an integer with a float.
    """
    if isinstance(value, int):
        return [value, value - 1, value + 1]
    return [value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]


def predicate(market: Market, column: str, rng: random.Random) -> Predicate:
    values = values_of(market, column)
    if column in EQUAL:
        other = "nothing" if FIELD_TYPES[column] == "string" else 77
        return Equal(column, other if rng.random() < 0.03 else rng.choice(values))
    low, high = sorted(rng.choice(near(rng.choice(values))) for _ in range(2))
    shape = rng.random()
    if shape < 0.4:
        return Range(column, low, None)
    return Range(column, None, high) if shape < 0.7 else Range(column, low, high)


def request(market: Market, rng: random.Random) -> ProductListRequest:
    columns = sorted(rng.sample(FILTERED, rng.randint(0, 6)))
    return asked(
        page_num=rng.choice([1, 1, 1, 2, 3, 10, 100, 1_000]),
        page_size=rng.choice([1, 7, 10, 10, 100]),
        sort_field=rng.choice(SORTABLE),
        descending=rng.random() < 0.6,
        predicates=tuple(predicate(market, column, rng) for column in columns),
    )


@pytest.mark.parametrize("column", EQUAL)
def test_every_equality_filter_alone(market: Market, column: str) -> None:
    values = values_of(market, column)
    chosen = values if len(values) < 20 else [values[0], *random.Random(1).sample(values, 15)]
    for value in chosen:
        assert market.check(asked(predicates=(Equal(column, value),))) > 0
    unknown = "x" if isinstance(values[0], str) else 99
    assert market.check(asked(predicates=(Equal(column, unknown),))) == 0


@pytest.mark.parametrize("column", RANGES)
@pytest.mark.parametrize("side", ["min", "max", "both"])
def test_every_range_filter_alone(market: Market, column: str, side: str) -> None:
    values = values_of(market, column)
    rng = random.Random(2)
    middle = values[len(values) // 2]
    for value in (values[0], middle, values[-1]):
        for bound in near(value):
            if side == "min":
                filtered = Range(column, bound, None)
            elif side == "max":
                filtered = Range(column, None, bound)
            else:
                low, high = sorted((bound, rng.choice(near(middle))))
                filtered = Range(column, low, high)
            for sort_field in (column, rng.choice(SORT_FIELDS)):
                if sort_field in SORTABLE:
                    market.check(asked(predicates=(filtered,), sort_field=sort_field))


@pytest.mark.parametrize("sort_field", SORTABLE)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order(market: Market, sort_field: str, descending: bool) -> None:
    half = Range("first_crawl_dt", 20_260_114, None)
    for predicates in ((), (half,), (Equal("category_id", "9"), Equal("free_shipping", 1))):
        for page_num, page_size in ((1, 10), (2, 10), (9, 7), (1_500, 10), (201, 100)):
            market.check(
                asked(
                    page_num=page_num,
                    page_size=page_size,
                    sort_field=sort_field,
                    descending=descending,
                    predicates=predicates,
                )
            )


def test_random_requests(market: Market) -> None:
    rng = random.Random(3)
    totals = [market.check(request(market, rng)) for _ in range(2_000)]
    assert sum(total > 10 for total in totals) > 500  # the log is no list of empty answers


def test_the_cache_changes_no_answer(market: Market) -> None:
    rng = random.Random(4)
    requests = [request(market, rng) for _ in range(200)]
    cold = ProductIndex(market.data, SelectionCache(0))
    warm = ProductIndex(market.data)
    for _ in range(2):
        for one in requests:
            first, second = cold.search(one), warm.search(one)
            assert first.rows.tolist() == second.rows.tolist()
            assert first.total == second.total


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort_field", ["total_sale_cnt", "spu_avg_price", "total_sale_gmv_1d_amt"])
def test_pages_never_overlap_and_never_skip(
    market: Market, sort_field: str, descending: bool
) -> None:
    selections: list[tuple[Predicate, ...]] = [
        (Equal("category_l3_id", "17"),),
        (Equal("category_id", "9"), Range("review_count", 1, None)),
        (Equal("category_l2_id", "0"), Equal("off_mark", 2), Equal("is_s_shop", 1)),
    ]
    for predicates in selections:
        every = asked(
            page_size=100_000, sort_field=sort_field, descending=descending, predicates=predicates
        )
        expected, total = market.oracle.answer(every)
        walked: list[str] = []
        page_num = 1
        while len(walked) < total:
            page, said = market.ids(
                asked(
                    page_num=page_num,
                    page_size=37,
                    sort_field=sort_field,
                    descending=descending,
                    predicates=predicates,
                )
            )
            assert said == total
            assert page
            walked += page
            page_num += 1
        assert walked == expected
        past = asked(page_num=page_num, page_size=37, predicates=predicates)
        assert market.ids(past) == ([], total)


def test_product_ids(market: Market) -> None:
    known = market.rows.column("product_id").to_pylist()
    wanted = (known[3], "5", known[0], known[7_000], str(2**63 - 1), str(2**63), "9" * 19, known[9])
    assert market.check(asked(product_ids=wanted)) >= 4
    assert market.check(asked(product_ids=wanted, descending=False, sort_field="spu_avg_price"))
    filtered = asked(product_ids=tuple(known[:100]), predicates=(Equal("free_shipping", 1),))
    assert 0 < market.check(filtered) < 100
    assert market.ids(asked(product_ids=("4", "9" * 19))) == ([], 0)


def test_every_filter_and_order_is_indexed() -> None:
    assert set(FILTERED) | set(SORTABLE) == set(INDEXED)
    assert len(EQUALITY_FILTERS) + 2 * len(RANGE_FILTERS) == 31


# --- tables that Hypothesis makes up ----------------------------------------

_COLUMNS = (
    "category_id", "free_shipping", "total_sale_cnt", "total_views_cnt", "spu_avg_price",
    "total_sale_gmv_amt",
)  # fmt: skip
_INTEGERS = st.one_of(
    st.sampled_from([0, 0, 1, 2, 255, 256, 65_535, 65_536, 2**32, 2**63 - 1, -1, -(2**63)]),
    st.integers(-(2**63), 2**63 - 1),
)
_FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 0.30000000000000004, 1e300, 5e-324, 2.0**53]),
    st.floats(allow_nan=False, allow_infinity=False),
)
_ROW = st.fixed_dictionaries(
    {
        "category_id": st.sampled_from(["0", "1", "10", "2", "", "é", "鞋"]),
        "free_shipping": st.integers(0, 1),
        "total_sale_cnt": st.integers(0, 3),
        "total_views_cnt": _INTEGERS,
        "spu_avg_price": _FLOATS,
        "total_sale_gmv_amt": st.sampled_from([0.0, 0.01, 9.99]),
    }
)


@st.composite
def _asked(draw: st.DrawFn) -> ProductListRequest:
    predicates: list[Predicate] = []
    for column in draw(st.lists(st.sampled_from(_COLUMNS), unique=True, max_size=4)):
        if column == "category_id":
            predicates.append(Equal(column, draw(st.sampled_from(["0", "1", "2", "é", "no"]))))
        elif column == "free_shipping":
            predicates.append(Equal(column, draw(st.integers(0, 2))))
        else:
            bounds = st.one_of(_INTEGERS, _FLOATS)
            low, high = sorted((draw(bounds), draw(bounds)))
            closed = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
            predicates.append(
                Range(column, low if closed[0] else None, high if closed[1] else None)
            )
    return asked(
        page_num=draw(st.integers(1, 4)),
        page_size=draw(st.integers(1, 6)),
        sort_field=draw(st.sampled_from([c for c in _COLUMNS if c in SORTABLE])),
        descending=draw(st.booleans()),
        predicates=tuple(predicates),
    )


def _expected(table: pa.Table, request: ProductListRequest) -> tuple[list[str], int]:
    """The answer in plain Python, which compares integers with floats exactly."""
    hits = []
    for row in table.to_pylist():
        for p in request.predicates:
            value = row[p.column]
            if isinstance(p, Equal):
                if value != p.value:
                    break
            elif (p.low is not None and value < p.low) or (p.high is not None and value > p.high):
                break
        else:
            hits.append(row)
    hits.sort(key=lambda row: int(row["product_id"]))
    hits.sort(key=lambda row: row[request.sort_field], reverse=request.descending)
    start = (request.page_num - 1) * request.page_size
    return [row["product_id"] for row in hits[start : start + request.page_size]], len(hits)


@settings(max_examples=60)
@given(
    lines=st.lists(_ROW, max_size=40),
    ids=st.randoms(use_true_random=False),
    requests=st.lists(_asked(), min_size=20, max_size=40),
)
def test_made_up_tables(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[dict[str, Any]],
    ids: random.Random,
    requests: list[ProductListRequest],
) -> None:
    numbers = ids.sample(range(10**12), len(lines))
    table = rows.rows_of(
        [{**line, "product_id": str(i)} for line, i in zip(lines, numbers, strict=True)]
    )
    market = Market(table, tmp_path_factory.mktemp("made_up"))
    for one in requests:
        assert market.ids(one) == _expected(table, one)
