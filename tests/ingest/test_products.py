"""Product rows keep their bytes, and a row that is none says which field is to blame."""

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from shopscope.contract.products import EXAMPLE, FIELDS
from shopscope.ingest.batch import Batch
from shopscope.ingest.cells import Column
from shopscope.ingest.products import product_rows, rows_of_table

DAY = date(2026, 5, 2)
NAMES = [field.name for field in FIELDS]


def row(**changes: str | None) -> bytes:
    """An invented row as JSON; changes are JSON texts, None takes the field away."""
    values: dict[str, str | None] = {
        name: msgspec.json.encode(value).decode()
        for name, value in msgspec.structs.asdict(EXAMPLE).items()
    }
    parts = (f'"{k}": {v}' for k, v in {**values, **changes}.items() if v is not None)
    return ("{ " + " ,\n ".join(parts) + " }").encode()


def taken(*rows: bytes) -> list[dict[str, Any]]:
    piece = product_rows(rows, range(1, len(rows) + 1), DAY, "echotik")
    assert not piece.bad
    made: list[dict[str, Any]] = piece.made[0].rows.to_pylist()
    return made


def test_every_value_keeps_its_bytes_and_fields_stand_in_the_order_of_the_wire() -> None:
    odd = {
        "product_name": r'"caf\u00e9 \/ \"x\" 🎉"',
        "spu_avg_price": "1.990",
        "total_sale_gmv_amt": "1E+2",
        "min_price": "-0.0",
        "review_count": "12.0",
        "discount": "null",
        "zz_new": '{ "nested" : [1,  2] }',
        "aa_new": "1e2",
    }
    found = taken(row(**odd))[0]
    fields = msgspec.json.decode(found["row"], type=dict[str, msgspec.Raw])
    assert list(fields) == [*NAMES, "zz_new", "aa_new"]
    assert {name: bytes(fields[name]).decode() for name in odd} == odd
    assert found["product_name"] == 'café / "x" 🎉'
    assert found["spu_avg_price"] == 1.99
    assert found["total_sale_gmv_amt"] == 100.0
    assert found["review_count"] == 12
    assert found["discount"] == ""
    assert found["row"].startswith('{"category_id":"601450","category_l2_id":')


def test_columns_have_the_types_of_the_wire() -> None:
    found = taken(row(total_sale_cnt="null", spu_avg_price="7", product_id='"9223372036854775807"'))
    assert found[0]["total_sale_cnt"] == 0
    assert found[0]["spu_avg_price"] == 7.0
    assert found[0]["product_id"] == 2**63 - 1
    assert (found[0]["day"], found[0]["source"]) == (DAY, "echotik")


@pytest.mark.parametrize(
    ("changes", "field", "value", "reason"),
    [
        ({"total_sale_cnt": None}, "total_sale_cnt", "", "is missing"),
        ({"total_sale_cnt": '"5"'}, "total_sale_cnt", "5", "is not a number"),
        ({"total_sale_cnt": "5.5"}, "total_sale_cnt", "5.5", "is not a whole number"),
        ({"total_sale_cnt": "true"}, "total_sale_cnt", "true", "is not a number"),
        (
            {"total_sale_cnt": "1e30"},
            "total_sale_cnt",
            "1e+30",
            "is larger than any number of a row can be",
        ),
        ({"spu_avg_price": "[]"}, "spu_avg_price", "[]", "is not a number"),
        ({"product_id": "5"}, "product_id", "5", "is not text"),
        ({"product_id": '"5a"'}, "product_id", "5a", "is not an id of up to 19 digits"),
        ({"product_id": "null"}, "product_id", "", "is not an id of up to 19 digits"),
        (
            {"product_id": '"9223372036854775808"'},
            "product_id",
            "9223372036854775808",
            "is larger than any id can be",
        ),
        ({"region": '"USA"'}, "region", "USA", "is not a market code such as US"),
        ({"skus": "[]"}, "skus", "[]", "is not text"),
    ],
)
def test_a_row_that_is_none_is_blamed_on_a_field(
    changes: dict[str, str | None], field: str, value: str, reason: str
) -> None:
    piece = product_rows([row(), row(**changes), b"5"], [3, 4, 5], DAY, "x")
    assert [(b.line, b.column, b.value, b.reason) for b in piece.bad] == [
        (4, field, value, reason),
        (5, "", "5", "the row is not a JSON object"),
    ]
    assert piece.rows == 3
    assert piece.made[0].origin.tolist() == [0]


def test_a_table_of_the_fields_becomes_rows() -> None:
    cells = msgspec.structs.asdict(EXAMPLE)
    columns = {name: Column(pa.array([str(value)])) for name, value in cells.items()}
    columns["discount"] = Column(pa.array([""]))
    columns["total_sale_cnt"] = Column(pa.array([""]))
    batch = Batch(columns, np.array([2]))
    text = next(rows_of_table(batch))
    assert msgspec.json.decode(text) == {**cells, "total_sale_cnt": None}
    assert taken(text)[0]["seller_id"] == cells["seller_id"]


def test_a_typed_table_of_the_fields_becomes_rows() -> None:
    cells = msgspec.structs.asdict(EXAMPLE)
    columns = {name: Column(pa.array([value])) for name, value in cells.items()}
    columns["product_id"] = Column(pa.array([int(cells["product_id"])]))
    assert msgspec.json.decode(next(rows_of_table(Batch(columns, np.array([1]))))) == cells
