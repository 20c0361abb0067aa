"""What engines do differently, on DuckDB; tests/rollup/test_spark.py holds Spark against it."""

import math
import random
from typing import Any

import ibis
import pytest

from shopscope.rollup.portable import cents, largest, lower, millionths


def column(make: Any, values: list[Any], kind: str) -> list[Any]:
    """What an expression makes of each value."""
    table = ibis.memtable({"value": values}, schema={"value": kind})
    found: list[Any] = ibis.duckdb.connect().to_pyarrow(make(table.value)).to_pylist()
    return found


def test_cents_are_those_of_the_binary_number() -> None:
    chance = random.Random(1)
    values = [0.285, -0.285, 2.675, 0.125, -0.125, 1e15, 0.0]
    values += [chance.randrange(10**9) / 1000 for _ in range(1000)]
    expected = [math.copysign(math.floor(abs(v * 100) + 0.5) / 100, v) for v in values]
    assert column(cents, [*values, None], "float64") == [*expected, None]


def test_millionths_of_what_is_no_amount_are_the_most_there_is() -> None:
    values = [1.3, -0.0000015, 1e300, -1e300, None]
    found = column(millionths, values, "float64")
    assert found == [1_300_000, -2, 9 * 10**18, -9 * 10**18, None]


@pytest.mark.parametrize("more", [[], [5], [5, 7]])
def test_the_largest_of_any_number(more: list[int]) -> None:
    assert column(lambda value: largest([value, *more]), [6], "int64") == [max(6, *more, 6)]


def test_letters_do_not_look_at_their_neighbours() -> None:
    assert column(lower, ["ΑΡΩΜΑΣ", "İZMIR", "Straße", "香水"], "string") == [
        "αρωμασ",
        "izmir",
        "straße",
        "香水",
    ]
