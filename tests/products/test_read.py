"""Requests to wire rows."""

from pathlib import Path
from typing import Any

import msgspec

from shopscope.contract.product_row import ProductRow
from shopscope.contract.products import EXTRA_FIELDS, Equal, ProductListRequest, Range
from shopscope.products.read import count_products, list_products
from tests.snapshot import rows


def asked(region: str, page_num: int = 1, **given: Any) -> ProductListRequest:
    return ProductListRequest(region=region, page_num=page_num, page_size=3, **given)


def test_a_page_of_rows(tmp_path: Path) -> None:
    table = rows.rows_of(
        [{"product_id": str(i), "total_sale_cnt": i % 4, "region": "MY"} for i in range(1, 9)]
    )
    snapshot = rows.opened(tmp_path, rows.region_rows(table, "MY"), rows.region_rows(table, "SG"))
    page = list_products(snapshot, asked("MY"))
    decoded = [msgspec.json.decode(row, type=ProductRow) for row in page.rows]
    assert [row.product_id for row in decoded] == ["3", "7", "2"]
    assert (page.total, page.as_of) == (8, rows.AS_OF)
    assert len(list_products(snapshot, asked("MY", 3)).rows) == 2
    past = list_products(snapshot, asked("MY", 4))
    assert (past.rows, past.total) == ([], 8)
    one = msgspec.structs.replace(asked("SG"), predicates=(Equal("off_mark", 1),))
    assert list_products(snapshot, one) == ([], 0, rows.AS_OF)


def test_a_region_without_data(tmp_path: Path) -> None:
    snapshot = rows.opened(tmp_path, rows.region_rows(rows.rows_of([]), "MY"))
    assert list_products(snapshot, asked("XX")) == ([], 0, None)
    assert list_products(snapshot, asked("MY")) == ([], 0, rows.AS_OF)
    keyword = msgspec.structs.replace(asked("MY"), keyword="lamp")
    assert list_products(snapshot, keyword) == ([], 0, rows.AS_OF)
    by_id = msgspec.structs.replace(asked("MY"), product_ids=("1",))
    assert list_products(snapshot, by_id) == ([], 0, rows.AS_OF)


RATES = [field.name for field in EXTRA_FIELDS]


def test_extra_fields_stand_at_the_end_of_rows(tmp_path: Path) -> None:
    delivered = '{"product_id": "3", "b": [1]} \n'
    saved = '{"product_id":"4","sale_growth_7d_rate":9,"sale_gmv_growth_30d_rate":9}'
    table = rows.rows_of(
        [
            {"product_id": "1", **dict(zip(RATES, (12.5, -100.0, 0.0, -0.0), strict=True))},
            {"product_id": "2", **dict.fromkeys(RATES, 1e17)},
            {"product_id": "3", "row": delivered, RATES[1]: 33.33},
            {"product_id": "4", "row": saved, RATES[0]: 7.0},
        ]
    )
    snapshot = rows.opened(tmp_path, rows.region_rows(table))
    every: dict[str, Any] = {"product_ids": ("1", "2", "3"), "sort_field": "total_sale_cnt"}
    plain = list_products(snapshot, asked("US", **every)).rows
    assert plain[2] == delivered.encode()
    assert b"growth" not in b"".join(plain)
    extra = list_products(snapshot, asked("US", **every, extra_fields=True)).rows
    for before, after in zip(plain, extra, strict=True):
        assert after.startswith(before.rstrip()[:-1] + b",")
        assert list(msgspec.json.decode(after))[-4:] == RATES
    assert extra[0].endswith(
        b',"sale_growth_7d_rate":12.5,"sale_growth_30d_rate":-100,'
        b'"sale_gmv_growth_7d_rate":0,"sale_gmv_growth_30d_rate":0}'
    )
    assert [msgspec.json.decode(row)[RATES[1]] for row in extra] == [-100, 10**17, 33.33]
    one = asked("US", product_ids=("4",), extra_fields=True)
    assert list_products(snapshot, one).rows == [
        b'{"product_id":"4","sale_growth_7d_rate":7,"sale_growth_30d_rate":0,'
        b'"sale_gmv_growth_7d_rate":0,"sale_gmv_growth_30d_rate":0}'
    ]


def test_growth_is_filtered_and_ordered_by_ties_by_id(tmp_path: Path) -> None:
    growth = {"1": 0.0, "2": 50.0, "3": -20.0, "4": 50.0, "5": 0.01}
    table = rows.rows_of([{"product_id": i, RATES[0]: rate} for i, rate in growth.items()])
    snapshot = rows.opened(tmp_path, rows.region_rows(table))

    def ids(**given: Any) -> list[str]:
        page = list_products(snapshot, asked("US", sort_field=RATES[0], **given))
        return [msgspec.json.decode(row, type=ProductRow).product_id for row in page.rows]

    assert ids() == ["2", "4", "5"]
    assert ids(descending=False) == ["3", "1", "5"]
    assert ids(predicates=(Range(RATES[0], 0.01, None),), descending=False) == ["5", "2", "4"]


def test_the_count_is_that_of_all_pages(tmp_path: Path) -> None:
    table = rows.table(700)
    snapshot = rows.opened(tmp_path, rows.region_rows(table))
    for request in (
        asked("US", extra_fields=True),
        asked("US", sort_field="spu_avg_price", descending=False, keyword="lamp"),
        asked("US", predicates=(Equal("free_shipping", 1), Range("product_rating", 2, 4))),
        asked("US", predicates=(Range("spu_avg_price", -2, -1),)),
    ):
        total = count_products(snapshot, request)
        pages = [
            list_products(snapshot, msgspec.structs.replace(request, page_num=n + 1)).rows
            for n in range(-(-total // request.page_size))
        ]
        assert sum(map(len, pages)) == total == list_products(snapshot, request).total
    assert count_products(snapshot, asked("XX")) == 0
    assert count_products(snapshot, asked("US")) == 700
