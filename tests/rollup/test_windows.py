"""Windows, totals and flags against a plain loop, on histories that are anything but tidy."""

import random
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.engines import connect
from shopscope.rollup.rows import product_rows
from shopscope.settings import Settings
from tests.rollup import naive

AS_OF = date(2026, 4, 10)
RATES = {"USD": 1.0, "JPY": 0.0625, "GBP": 1.25}
"""Exact in binary, and of a quarter in millionths: sums compare exactly."""
METRICS = (*naive.COUNTS, *naive.AMOUNTS, "ifl")

counts = st.integers(0, 60) | st.integers(0, 10**12)
amounts = st.integers(0, 400).map(lambda n: n / 4) | st.integers(0, 10**10).map(float)
ages = st.integers(0, 120) | st.sampled_from(
    [0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 59, 60, 89, 90, 91]
)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The facts of one product from one source: sparse, repeated, with gaps and corrections."""
    style = draw(st.sampled_from(["counter", "growth", "windows", "mixed"]))
    metrics = draw(st.sets(st.sampled_from(METRICS), min_size=1, max_size=3)) | {"sale"}
    currency = draw(st.sampled_from(sorted(RATES)))
    facts = []
    for age in draw(st.lists(ages, min_size=1, max_size=8)):
        fact: dict[str, Any] = {"day": AS_OF - timedelta(age), "currency": currency}
        fact["spu_avg_price"] = draw(st.none() | st.integers(1, 999).map(lambda n: n * 16.0))
        for metric in sorted(metrics):
            values = amounts if metric in naive.AMOUNTS else counts
            if style in ("counter", "mixed"):
                fact[metric] = draw(st.none() | values)
            if metric != "ifl" and draw(st.booleans()):
                fact[f"{metric}_1d"] = draw(st.none() | values)
            if metric != "ifl" and style in ("windows", "mixed"):
                n = draw(st.sampled_from([7, 15, 30, 60, 90]))
                fact[f"{metric}_{n}d"] = draw(st.none() | values)
        facts.append(fact)
    return facts


def computed(facts: list[dict[str, Any]], loads: int, seed: int, as_of: date) -> dict[int, Any]:
    """Rows by product id, by way of a lake that got the facts shuffled, in parts and repeated."""
    shuffled = facts + random.Random(seed).sample(facts, k=len(facts) // 4)
    random.Random(seed + 1).shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        with lake.begin() as write:
            rates = [
                {"currency": c, "day": AS_OF - timedelta(age), "usd": rate}
                for c, rate in RATES.items()
                for age in range(0, 130, 7)
            ]
            write.add("fx", pa.Table.from_pylist(rates, schema=TABLES["fx"].schema))
            write.commit()
        for part in range(loads):
            with lake.begin() as write:
                rows = shuffled[part::loads]
                schema = TABLES["product_daily"].schema
                write.add("product_daily", pa.Table.from_pylist(rows, schema=schema))
                write.commit()
        tree = CategoryTree(lake.read("category_name"))
        with connect(folder) as engine:
            found = product_rows(engine, lake, tree, Settings(data_dir=Path(folder)), as_of)
            return {row["key"]: row for row in engine.fetch(found.table).to_pylist()}


@given(
    products=st.lists(histories(), min_size=55, max_size=55),
    loads=st.integers(1, 3),
    seed=st.integers(0, 2**16),
    as_of_age=st.sampled_from([0, 0, 0, 3, 40]),
)
# Failing histories are told one by one, so shrinking 55 of them together would tell nothing more.
@settings(max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@pytest.mark.timeout(1200)
def test_windows_agree_with_a_plain_loop(
    products: list[list[dict[str, Any]]], loads: int, seed: int, as_of_age: int
) -> None:
    as_of = AS_OF - timedelta(as_of_age)
    facts = [
        {"region": "US", "product_id": i, "source": "s", **fact}
        for i, history in enumerate(products, 1)
        for fact in history
    ]
    rows = computed(facts, loads, seed, as_of)
    for i, history in enumerate(products, 1):
        expected = naive.product([{**f, "rate": RATES[f["currency"]]} for f in history], as_of)
        if expected is None:
            assert i not in rows
            continue
        wrong = {
            name: (rows[i][name], value)
            for name, value in expected.items()
            if rows[i][name] != pytest.approx(value, rel=1e-12, abs=0.0051)
        }
        assert not wrong, f"product {i}: (got, expected) {wrong} from {history}"


def test_history_loaded_in_any_order_is_the_same_history() -> None:
    facts = [
        {
            "region": "US",
            "product_id": i % 7 + 1,
            "day": AS_OF - timedelta(i % 11 * 9),
            "source": "s",
            "currency": "USD",
            "sale": i * 37 % 100,
        }
        for i in range(60)
    ]
    tables = [computed(facts, loads, seed, AS_OF) for loads, seed in ((1, 1), (3, 2), (5, 3))]
    assert tables[0] == tables[1] == tables[2]
