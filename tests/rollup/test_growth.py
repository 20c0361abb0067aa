"""Growth rates: a window against the one before it, from facts and from delivered windows."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from shopscope.contract.metrics import RATE_FIELDS
from shopscope.contract.products import EXAMPLE
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.engines import connect
from shopscope.rollup.rows import product_rows
from shopscope.settings import Settings

AS_OF = date(2026, 4, 10)


def rates(folder: Path, **tables: list[dict[str, Any]]) -> dict[str, list[float]]:
    """The four rates of each product, by its id."""
    lake = Lake(folder / "lake")
    with lake.begin() as write:
        usd = {"currency": "USD", "day": AS_OF - timedelta(90), "usd": 1.0}
        for name, rows in {**tables, "fx": [usd]}.items():
            write.add(name, pa.Table.from_pylist(rows, schema=TABLES[name].schema))
        write.commit()
    with connect(str(folder)) as engine:
        tree = CategoryTree(lake.read("category_name"))
        found = product_rows(engine, lake, tree, Settings(data_dir=folder), None)
        rows = engine.fetch(found.table).to_pylist()
    return {row["product_id"]: [row[name] for name in RATE_FIELDS] for row in rows}


def facts(product: int, sale: dict[int, int], **other: Any) -> list[dict[str, Any]]:
    """Units known at these ages in days, each sold for two dollars."""
    every = {"region": "US", "product_id": product, "source": "s", "currency": "USD", **other}
    return [
        {**every, "day": AS_OF - timedelta(age), "sale": units, "sale_gmv": units * 2.0}
        for age, units in sale.items()
    ]


@pytest.mark.parametrize(
    ("sale", "expected"),
    [
        ({60: 0, 30: 30, 14: 60, 7: 70, 0: 85}, [50, 83.33]),
        ({60: 0, 30: 90, 14: 90, 7: 120, 0: 120}, [-100, -66.67]),
        ({60: 5, 30: 5, 14: 5, 7: 5, 0: 9}, [0, 0]),  # nothing before: no rate
        ({5: 3, 0: 9}, [0, 0]),  # nothing is known from before
        ({40: 10, 10: 20, 0: 26}, [-40, 0]),  # sparse: what is not known has not changed
        ({20: 10, 14: 10, 7: 40, 0: 35}, [-100, 0]),  # a correction is no growth
    ],
)
def test_rates_from_facts(tmp_path: Path, sale: dict[int, int], expected: list[float]) -> None:
    found = rates(tmp_path, product_daily=facts(1, sale))
    assert found == {"1": expected * 2}  # the amounts are the units twice


def test_delivered_windows_tell_thirty_days_only(tmp_path: Path) -> None:
    windows: dict[str, dict[str, float]] = {
        "1": {"total_sale_30d_cnt": 90, "total_sale_60d_cnt": 150, "total_sale_7d_cnt": 90},
        "2": {"total_sale_gmv_30d_amt": 1.1, "total_sale_gmv_60d_amt": 3.3},
        "3": {"total_sale_30d_cnt": 90, "total_sale_60d_cnt": 90},
        "4": {"total_sale_30d_cnt": 90, "total_sale_60d_cnt": 80},
    }
    plain: dict[str, Any] = msgspec.to_builtins(EXAMPLE)
    kept = {"day": AS_OF, "source": "s"}
    rows = [
        {**plain, **given, **kept, "product_id": int(i), "row": "{}"}
        for i, given in windows.items()
    ]
    assert rates(tmp_path, product_row=rows) == {
        "1": [0, 50, 0, 0],
        "2": [0, 0, 0, -50],
        "3": [0, 0, 0, 0],
        "4": [0, 0, 0, 0],
    }
