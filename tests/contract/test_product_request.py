"""The product list's parameters: the 31 filters, both sort parameters, extras, and the request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.contract import products
from shopscope.contract.endpoints import endpoints
from shopscope.contract.errors import InvalidParameter, MissingParameter
from shopscope.contract.metrics import METRIC_FIELDS, RATE_FIELDS
from shopscope.contract.parameters import bind
from shopscope.contract.products import Equal, ProductListRequest, Range

# Upstream's documented filters: by equality, and by a range of integers or of numbers.
EQUAL = {
    "category_id": "string",
    "category_l2_id": "string",
    "category_l3_id": "string",
    "sales_trend_flag": "integer",
    "sales_flag": "integer",
    "is_s_shop": "integer",
    "free_shipping": "integer",
}
RANGES = {
    "total_sale_cnt": "integer",
    "total_sale_30d_cnt": "integer",
    "spu_avg_price": "number",
    "product_commission_rate": "number",
    "total_ifl_cnt": "integer",
    "total_video_cnt": "integer",
    "total_views_cnt": "integer",
    "product_rating": "number",
    "review_count": "integer",
    "total_sale_gmv_amt": "number",
    "total_sale_gmv_30d_amt": "number",
    "first_crawl_dt": "integer",
}
FILTERS = {
    **EQUAL,
    **{f"{side}_{name}": kind for name, kind in RANGES.items() for side in ("min", "max")},
}
PAGE = {"region": "US", "page_num": "1", "page_size": "10"}
TABLE = {parameter.name: parameter for parameter in products.parameters()}


def request(**query: str) -> ProductListRequest:
    return ProductListRequest.of(bind(TABLE, {**PAGE, **query}.items()).values)


def test_the_31_filters_are_upstream_s() -> None:
    assert len(FILTERS) == 31
    page_and_order = {*PAGE, "product_sort_field", "sort_type"}
    ours = {n: p.type for n, p in TABLE.items() if not p.extra and n not in page_and_order}
    assert ours == FILTERS
    rates = {f"{side}_{name}" for name in RATE_FIELDS for side in ("min", "max")}
    assert {n for n, p in TABLE.items() if p.extra} == {
        "keyword", "seller_id", "off_mark", "product_ids", "extra_fields", *rates
    }  # fmt: skip


def test_required_are_region_and_page() -> None:
    assert [n for n, p in TABLE.items() if p.required] == ["region", "page_num", "page_size"]
    for name in PAGE:
        with pytest.raises(MissingParameter, match=f"Missing required parameter: {name}"):
            request(**{name: ""})


def test_defaults() -> None:
    assert request() == ProductListRequest(
        region="US", page_num=1, page_size=10, sort_field="total_sale_cnt", descending=True
    )


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_each_filter_alone_is_one_predicate(name: str) -> None:
    value = "20260131" if name.endswith("_dt") else "1"
    (predicate,) = request(**{name: value}).predicates
    column = name.removeprefix("min_").removeprefix("max_")
    number = float(value) if FILTERS[name] == "number" else int(value)
    if name.startswith("min_"):
        assert predicate == Range(column, number, None)
    elif name.startswith("max_"):
        assert predicate == Range(column, None, number)
    else:
        assert predicate == Equal(column, value if FILTERS[name] == "string" else int(value))


@pytest.mark.parametrize("column", sorted(RANGES))
def test_a_minimum_above_its_maximum_is_refused(column: str) -> None:
    low, high = ("20260131", "20260130") if column.endswith("_dt") else ("2", "1")
    with pytest.raises(InvalidParameter, match=f"min_{column}: got '{low}.*at most max_{column}"):
        request(**{f"min_{column}": low, f"max_{column}": high})
    assert request(**{f"min_{column}": low, f"max_{column}": low}).predicates


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"region": "us"}, "region: got 'us', expected a two-letter market code"),
        ({"region": "USA"}, "two-letter"),
        ({"region": "ÜS"}, "two-letter"),
        ({"page_num": "0"}, "page_num: got '0', expected an integer from 1 to 100000"),
        ({"page_num": "100001"}, "from 1 to 100000"),
        ({"page_size": "11"}, "page_size: got '11', expected an integer from 1 to 10"),
        ({"page_size": "ten"}, "page_size: got 'ten'"),
        ({"page_num": "１"}, "page_num"),
        ({"sort_type": "2"}, "sort_type: got '2', expected one of 0 1"),
        ({"sales_flag": "0"}, "one of 1 2"),
        ({"sales_trend_flag": "3"}, "one of 0 1 2"),
        ({"free_shipping": "yes"}, "free_shipping: got 'yes'"),
        ({"min_total_sale_cnt": "1.5"}, "an integer"),
        ({"min_spu_avg_price": "nan"}, "a number"),
        ({"min_spu_avg_price": "1e999"}, "a number"),
        ({"min_spu_avg_price": "1,5"}, "a number"),
        ({"min_first_crawl_dt": "2026-01-31"}, "a day as yyyyMMdd"),
        ({"max_first_crawl_dt": "20261"}, "a day as yyyyMMdd"),
        ({"product_sort_field": "0"}, "product_sort_field: got '0', expected 1 to 7"),
        ({"product_sort_field": "8"}, "1 to 7"),
        ({"product_sort_field": "product_name"}, "1 to 7"),
        ({"product_ids": "1,x"}, "product_ids: got 'x'"),
        ({"product_ids": ",".join(map(str, range(101)))}, "at most 100 ids"),
        ({"keyword": "x" * 201}, "at most 200 characters"),
    ],
)
def test_bad_values_are_named_with_what_was_expected(query: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        request(**query)
    assert words in caught.value.message


def test_sorts_by_number_and_by_name() -> None:
    numbered = [request(product_sort_field=str(n)).sort_field for n in range(1, 8)]
    assert numbered == [
        "total_sale_cnt",
        "total_sale_gmv_amt",
        "spu_avg_price",
        "total_sale_7d_cnt",
        "total_sale_30d_cnt",
        "total_sale_gmv_7d_amt",
        "total_sale_gmv_30d_amt",
    ]
    for name in (*METRIC_FIELDS, *RATE_FIELDS):
        assert request(product_sort_field=name, sort_type="0").sort_field == name


def test_extras() -> None:
    made = request(keyword="香水", seller_id="7", off_mark="1", product_ids=" 3,1 ,3,")
    assert made.keyword == "香水"
    assert made.product_ids == ("3", "1")
    assert made.predicates == (Equal("off_mark", 1), Equal("seller_id", "7"))


def test_growth_rates_are_filtered_and_shown_by_name() -> None:
    assert list(RATE_FIELDS) == [
        "sale_growth_7d_rate",
        "sale_growth_30d_rate",
        "sale_gmv_growth_7d_rate",
        "sale_gmv_growth_30d_rate",
    ]
    made = request(min_sale_growth_7d_rate="0.01", max_sale_growth_7d_rate="50")
    assert made.predicates == (Range("sale_growth_7d_rate", 0.01, 50.0),)
    assert not made.extra_fields
    assert request(extra_fields="growth").extra_fields
    with pytest.raises(InvalidParameter, match="extra_fields: got 'all', expected one of growth"):
        request(extra_fields="all")


def test_the_order_of_parameters_does_not_matter() -> None:
    query = [*PAGE.items(), ("is_s_shop", "1"), ("max_review_count", "5"), ("category_id", "0")]
    there = ProductListRequest.of(bind(TABLE, query).values)
    back = ProductListRequest.of(bind(TABLE, reversed(query)).values)
    assert there == back


def test_the_page_size_is_a_setting() -> None:
    table = {p.name: p for p in endpoints(page_size_max=500)[0].parameters}
    query = {**PAGE, "page_size": "500"}
    assert ProductListRequest.of(bind(table, query.items()).values).page_size == 500


@given(
    st.dictionaries(
        st.sampled_from(sorted(TABLE)),
        st.one_of(st.text(max_size=30), st.integers().map(str), st.floats().map(str)),
    )
)
def test_any_query_gives_a_request_or_an_answer(query: dict[str, str]) -> None:
    try:
        made = request(**query)
    except (MissingParameter, InvalidParameter):
        return
    assert 1 <= made.page_size <= 10
    assert list(made.predicates) == sorted(made.predicates, key=lambda p: p.column)
