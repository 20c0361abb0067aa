"""Rendered rows say what the columns say."""

import math
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.contract.product_row import ProductRow
from shopscope.contract.products import FIELDS
from shopscope.errors import SnapshotError
from shopscope.snapshot.render import ROW, SCHEMA, checked, render
from tests.snapshot import rows

_STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.one_of(
        st.sampled_from(
            ['"', "\\", '\\"', "\x00\x1f\x7f", "\u2028", "🪔", "مصباح", '[{"a":"b\\n"}]']
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    "integer": st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 2**63 - 1])),
    "number": st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from([0.0, -0.0, 5.0, 0.1, 1e17, 1e-7, 5e-324, 1.7976931348623157e308, 1.99]),
    ),
}
_VALUES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={f.name: _STRATEGIES[f.type] for f in FIELDS if f.name != "product_id"},
    ),
    min_size=1,
    max_size=4,
)


def batch_of(values: list[dict[str, Any]]) -> pa.RecordBatch:
    return rows.rows_of(values).combine_chunks().to_batches()[0]


def wire(row: dict[str, Any]) -> dict[str, Any]:
    """What of a row is rendered."""
    return {field.name: row[field.name] for field in FIELDS}


@given(_VALUES)
def test_a_row_reads_back_as_it_was(values: list[dict[str, Any]]) -> None:
    batch = batch_of(values)
    for text, row in zip(render(batch).to_pylist(), batch.to_pylist(), strict=True):
        assert list(msgspec.json.decode(text)) == [f.name for f in FIELDS]
        assert msgspec.json.decode(text) == wire(row)
        assert msgspec.json.decode(text, type=ProductRow) == msgspec.convert(row, ProductRow)


def test_every_kind_of_text_and_number() -> None:
    batch = rows.table(300).combine_chunks().to_batches()[0]
    for text, row in zip(render(batch).to_pylist(), batch.to_pylist(), strict=True):
        assert msgspec.json.decode(text) == wire(row)


def test_numbers_are_short() -> None:
    batch = batch_of([{"spu_avg_price": 5.0, "min_price": 0.1, "max_price": 19.99}])
    text = render(batch)[0].as_py()
    assert '"spu_avg_price":5,' in text
    assert '"min_price":0.1,' in text
    assert '"max_price":19.99,' in text
    assert text.startswith('{"category_id":"601450","category_l2_id":')
    assert text.endswith(',"total_views_cnt":0}')


def test_ready_made_rows_are_kept_to_the_byte() -> None:
    ready = '{ "product_id" : "2",\n "spu_avg_price": 5.0, "more": [1, "é\\u00e9"] }'
    rendered = render(batch_of([{"product_id": "1"}, {"product_id": "2", ROW: ready}]))
    assert rendered[1].as_py() == ready
    assert msgspec.json.decode(rendered[0].as_py())["product_id"] == "1"
    assert render(batch_of([{ROW: ready}]))[0].as_py() == ready


@pytest.mark.parametrize("ready", ["", "{", "[]", '{"a":1} x', "null"])
def test_a_ready_made_row_must_be_an_object(ready: str) -> None:
    with pytest.raises(SnapshotError, match="row of product 7 is no JSON"):
        render(batch_of([{"product_id": "6"}, {"product_id": "7", ROW: ready}]))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_not(number: float) -> None:
    batch = batch_of([{"min_price": number}])
    with pytest.raises(SnapshotError, match="'min_price' has NaN or infinity"):
        checked(batch)


def test_batches_of_another_shape() -> None:
    batch = batch_of([{}])
    with pytest.raises(SnapshotError, match="no column 'skus'"):
        checked(batch.drop_columns(["skus"]))
    empty = batch.set_column(0, "category_id", pa.array([None], pa.string()))
    with pytest.raises(SnapshotError, match="'category_id' has a null"):
        checked(empty)
    letters = batch.drop_columns(["off_mark"]).append_column("off_mark", pa.array(["x"]))
    with pytest.raises(SnapshotError, match="'off_mark'"):
        checked(letters)
    small = batch.drop_columns(["off_mark"]).append_column("off_mark", pa.array([1], pa.int8()))
    assert checked(small).schema == SCHEMA
