"""Requests to wire rows."""

from pathlib import Path

import msgspec

from shopscope.contract.product_row import ProductRow
from shopscope.contract.products import Equal, ProductListRequest
from shopscope.products.read import list_products
from tests.snapshot import rows


def asked(region: str, page_num: int = 1) -> ProductListRequest:
    return ProductListRequest(region=region, page_num=page_num, page_size=3)


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
