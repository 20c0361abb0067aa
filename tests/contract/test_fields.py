"""The 100 fields: against the metric catalogue, and against what upstream documents."""

import msgspec
import pytest

from shopscope.contract import products
from shopscope.contract.metrics import METRIC_FIELDS, METRICS, RATE_FIELDS, WINDOWS
from shopscope.contract.product_row import ProductRow

# Upstream's documented properties: the attributes, and which totals and windows each X has.
UPSTREAM_ATTRIBUTES = {
    "string": "category_id category_l2_id category_l3_id cover_url desc_detail discount product_id "
    "product_name region sale_props seller_id skus",
    "integer": "first_crawl_dt free_shipping is_s_shop off_mark product_commission_rate "
    "product_rating review_count sales_flag sales_trend_flag",
    "number": "max_price min_price spu_avg_price",
}
UPSTREAM_TOTALS = (
    "ifl_cnt live_cnt live_sale_cnt live_sale_gmv_amt sale_cnt sale_gmv_amt video_cnt "
    "video_sale_cnt video_sale_gmv_amt views_cnt"
)
UPSTREAM_WINDOWED = (
    "ifl_live_cnt ifl_video_cnt live_cnt live_sale_cnt live_sale_gmv_amt sale_cnt sale_gmv_amt "
    "video_cnt video_sale_cnt video_sale_gmv_amt views_cnt"
)


def upstream_properties() -> dict[str, str]:
    """Name → type; every total and window is documented as an integer."""
    documented = {
        name: kind for kind, names in UPSTREAM_ATTRIBUTES.items() for name in names.split()
    }
    for total in UPSTREAM_TOTALS.split():
        documented[f"total_{total}"] = "integer"
    for windowed in UPSTREAM_WINDOWED.split():
        name, unit = windowed.rsplit("_", 1)
        for days in (1, 7, 15, 30, 60, 90):
            documented[f"total_{name}_{days}d_{unit}"] = "integer"
    return documented


def has_decimals(name: str) -> bool:
    """Real answers have decimals where upstream documents integers."""
    return name.endswith("_amt") or name in {"product_rating", "product_commission_rate"}


def test_names_are_upstream_s_in_its_order() -> None:
    assert [field.name for field in products.FIELDS] == sorted(upstream_properties())
    assert len(products.FIELDS) == 100


def test_types_are_upstream_s_where_real_answers_agree() -> None:
    for field in products.FIELDS:
        documented = upstream_properties()[field.name]
        assert field.type == ("number" if has_decimals(field.name) else documented), field.name


def test_the_row_type_is_the_field_table() -> None:
    kinds = {"string": str, "integer": int, "number": float}
    row = [(field.name, field.type) for field in msgspec.structs.fields(ProductRow)]
    assert row == [(field.name, kinds[field.type]) for field in products.FIELDS]


def test_the_catalogue_is_in_the_row_and_the_row_in_the_catalogue() -> None:
    catalogue = {name for metric in METRICS for name in metric.fields()}
    assert catalogue == set(METRIC_FIELDS)
    assert catalogue == {f.name for f in products.FIELDS if f.name.startswith("total_")}
    for name, (metric, window) in METRIC_FIELDS.items():
        assert name == metric.field(window)
        assert window is None or window in WINDOWS


def test_growth_rates_are_no_fields_of_the_wire() -> None:
    assert [field.name for field in products.EXTRA_FIELDS] == list(RATE_FIELDS)
    assert not set(RATE_FIELDS) & {field.name for field in products.FIELDS}


def test_every_field_says_what_it_means() -> None:
    titles = [field.title for field in (*products.FIELDS, *products.EXTRA_FIELDS)]
    assert all(title[0].isupper() or title[0].isdigit() for title in titles)
    assert not any(title.endswith(".") for title in titles)
    assert len(set(titles)) == 104


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("total_sale_gmv_amt", "Gross merchandise value: lifetime total"),
        ("total_ifl_live_1d_cnt", "live stream: growth over the 1 day that end"),
        ("total_views_90d_cnt", "growth over the 90 days that end with the as-of day"),
    ],
)
def test_titles_of_totals_and_windows(name: str, words: str) -> None:
    assert words in next(field.title for field in products.FIELDS if field.name == name)


def test_the_example_is_a_whole_row() -> None:
    again = msgspec.json.decode(msgspec.json.encode(products.EXAMPLE), type=ProductRow)
    assert again == products.EXAMPLE
