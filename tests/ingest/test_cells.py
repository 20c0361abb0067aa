"""The fast ways through a column give what the parser gives for each cell."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.ingest.cells import CellReader, Column
from shopscope.ingest.numbers import Numbers, Reject
from shopscope.ingest.parse import Form, parser
from shopscope.lake import schema

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "-", "nan", "0", "7", " 12 ", "4.1K", "1,234", "1.234", "1.5", "-3", "$5", "5%",
         "9" * 18, "9" * 19, "9" * 20, "9223372036854775807", "9223372036854775808", "abc", "1e5"]
    ),
    st.integers(0, 10**20).map(str),
    st.decimals(0, 10**9, places=3).map(str),
)  # fmt: skip
KINDS = st.sampled_from(["count", "money", "number", "product_id", "percent", "text", "id"])
THREE = datetime.fromisoformat("2026-05-02T03:00")
MISSING = frozenset({"-", "nan"})


def one_by_one(kind: str, form: Form, cell: Any) -> tuple[Any, str | None]:
    """What the parser alone makes of a cell: value and reason."""
    shown = cell.strip() if isinstance(cell, str) else cell
    if shown is None or (isinstance(shown, str) and (not shown or shown in MISSING)):
        return None, None
    try:
        value = parser(kind, form)(cell)
    except Reject as reject:
        return None, str(reject)
    return (value[0] if kind == "money" else value), None


def read(kind: str, form: Form, column: Column) -> list[tuple[Any, str | None]]:
    parsed = CellReader(schema.Column("x", kind, ""), form, MISSING).read(column)  # type: ignore[arg-type]
    faults = [-1] * len(column) if parsed.faults is None else parsed.faults.tolist()
    reasons = [None if code < 0 else parsed.reasons[code] for code in faults]
    return list(zip(parsed.values.to_pylist(), reasons, strict=True))


@given(st.lists(TEXTS | st.none(), max_size=30), KINDS, st.sampled_from(["en-US", "vi-VN"]))
def test_a_column_of_text(cells: list[str | None], kind: str, locale: str) -> None:
    form = Form(Numbers(locale))
    expected = [one_by_one(kind, form, cell) for cell in cells]
    assert read(kind, form, Column.of(cells)) == expected
    assert read(kind, form, Column(pa.array(cells, pa.large_string()))) == expected


@given(
    st.lists(st.integers(-5, 2**63) | st.floats() | st.none() | st.booleans() | TEXTS, max_size=20),
    KINDS,
)
def test_a_column_of_json_values(cells: list[Any], kind: str) -> None:
    form = Form()
    cells = [None if cell != cell else cell for cell in cells]
    expected = [one_by_one(kind, form, cell) for cell in cells]
    assert read(kind, form, Column.of(cells)) == expected


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array([1, None, 3], pa.int32()), "count", [1, None, 3]),
        (pa.array([1.0, None], pa.float32()), "count", [1, None]),
        (pa.array([1, 2], pa.uint64()), "money", [1.0, 2.0]),
        (pa.array([2**53 - 1], pa.int64()), "number", [float(2**53 - 1)]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), "text", ["a", "b", "a"]),
        (pa.array(["5", "6"]).dictionary_encode(), "count", [5, 6]),
        (pa.array([date(2026, 5, 2)]), "day", [date(2026, 5, 2)]),
        (pa.array([THREE], pa.timestamp("us")), "time", [THREE]),
        (pa.array([Decimal("1.50")], pa.decimal128(10, 2)), "money", [1.5]),
        (pa.array([["a", "b"], None, ["a"]]), "tags", [["a", "b"], None, ["a"]]),
        (pa.array([{"url": "x"}]), "json", ['{"url":"x"}']),
        (pa.array([True, False]), "flag", [1, 0]),
        (pa.nulls(2), "count", [None, None]),
    ],
)
def test_a_typed_column(array: pa.Array, kind: str, expected: list[Any]) -> None:
    assert read(kind, Form(), Column(array)) == [(value, None) for value in expected]


def test_typed_numbers_are_looked_at_where_one_is_wrong() -> None:
    assert read("count", Form(), Column(pa.array([1, -1]))) == [(1, None), (None, "is negative")]
    assert read("money", Form(), Column(pa.array([1.0, np.inf]))) == [
        (1.0, None),
        (None, "is not a finite number"),
    ]


def test_equal_values_of_other_types_stay_apart() -> None:
    values, codes = Column.of([1, True, 1.0, "1", None, [1], [1]]).distinct()
    assert values == [1, True, 1.0, "1", [1]]
    assert codes.tolist() == [0, 1, 2, 3, -1, 4, 4]
