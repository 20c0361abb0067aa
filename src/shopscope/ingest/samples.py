"""A row of every table that a user can load, as a file would have it."""

import csv
import io

import msgspec

from shopscope.contract import insights, products
from shopscope.lake.schema import LOADS, PRODUCT_ROW, Kind, Table

_BY_KIND: dict[Kind, str] = {
    "region": "US",
    "product_id": "1729000000000000001",
    "id": insights.DEFAULT_CATEGORY,
    "text": "",
    "json": "[]",
    "locale": "en-US",
    "currency": "USD",
    "tags": "perfume gift",
    "day": "2026-04-26",
    "time": "2026-04-20T10:30:00Z",
    "level": "3",
    "count": "120",
    "flag": "0",
    "money": "24.5",
    "number": "4.6",
    "percent": "5",
}
_BY_NAME: dict[str, str] = {
    "source": "own",
    "parent_id": "848648",
    "seller_id": "7490000000000000001",
    "seller_name": "Invented Shop",
    "video_id": "7490000000000000002",
    "creator": "invented.creator",
    "caption": "Smells like spring #perfume #gift",
    "category_l2_id": "848648",
    "first_seen": "2026-01-01",
    "valid_from": "2026-01-01",
}
_BY_COLUMN: dict[tuple[str, str], str] = {
    ("category_name", "name"): "Perfume",
    ("product", "name"): "Invented eau de parfum, 50 ml",
    ("product", "category_id"): "601450",
    ("audience_daily", "kind"): "interest",
    ("audience_daily", "bucket"): "13105",
    ("audience_daily", "label"): "Fragrances",
    ("insight_row", "scope"): "7",
    ("insight_row", "region"): insights.ALL_REGIONS,
    ("insight_row", "kind"): "list",
    ("insight_row", "row"): msgspec.json.encode(insights.ROW_EXAMPLE).decode(),
    ("fx", "currency"): "GBP",
    ("fx", "usd"): "1.25",
}


def example_row(table: Table) -> dict[str, str] | None:
    """Cells by column, all of which load; None: nobody loads the table."""
    if table.name == LOADS.name:
        return None
    if table.name == PRODUCT_ROW.name:
        return {
            name: str(value) for name, value in msgspec.structs.asdict(products.EXAMPLE).items()
        }
    return {
        column.name: _BY_COLUMN.get((table.name, column.name))
        or _BY_NAME.get(column.name, _BY_KIND[column.kind])
        for column in table.columns
        if column.name != "month"
    }


def as_csv(row: dict[str, str]) -> str:
    """A CSV file of one row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, row, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue()
