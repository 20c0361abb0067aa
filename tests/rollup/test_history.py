"""Trends and rankings against plain loops, from facts to answers by way of a real snapshot."""

import calendar
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shopscope.contract.history import ProductRankingRequest, ProductTrendRequest
from shopscope.contract.metrics import WINDOWS
from shopscope.contract.products import FIELDS
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from shopscope.products.history import rank_products, trend_products
from shopscope.rollup.run import rollup
from shopscope.settings import Settings
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from tests.rollup import naive_history
from tests.rollup.test_windows import AS_OF, RATES, histories

KEPT = 366
CENT = 0.0101
"""A cent, as both ends of a difference are rounded."""

Rows = list[dict[str, Any]]


def stretched(history: Rows, factor: int) -> Rows:
    """The same facts, days `factor` times as far back."""
    return [{**fact, "day": AS_OF - (AS_OF - fact["day"]) * factor} for fact in history]


def rolled_up(root: Path, as_of: date | None, **tables: Rows) -> Snapshot:
    """The snapshot of a lake with these rows and the rates of a year and a half."""
    lake = Lake(root / "lake")
    rates = [
        {"currency": currency, "day": AS_OF - timedelta(age), "usd": rate}
        for currency, rate in RATES.items()
        for age in range(0, 560, 7)
    ]
    with lake.begin() as write:
        for name, rows in {"fx": rates, **tables}.items():
            write.add(name, pa.Table.from_pylist(rows, schema=TABLES[name].schema))
        write.commit()
    now = datetime(2026, 4, 11, tzinfo=UTC)
    rollup(Settings(data_dir=root), now=now, as_of=as_of, progress=lambda _: None)
    store = SnapshotStore(root / "snapshots")
    current = store.current_id()
    assert current is not None
    return Snapshot.open(store.path(current))


def trend(snapshot: Snapshot, product: int, start: date, end: date, size: int) -> Rows:
    """All pages of a trend, joined."""
    rows: Rows = []
    number = 1
    while True:
        request = ProductTrendRequest(
            product_id=str(product), page_num=number, page_size=size, start=start, end=end
        )
        page = trend_products(snapshot, request)
        rows += [msgspec.structs.asdict(row) for row in page.rows]
        if not page.rows:
            assert len(rows) == page.total
            return rows
        number += 1


def year(snapshot: Snapshot, product: int, as_of: date) -> Rows:
    """Every day that is kept of a product, in ranges of at most 180 days."""
    cuts = [(as_of - timedelta(KEPT - 1 + 20), 21), (as_of - timedelta(KEPT - 2), 180)]
    cuts += [(as_of - timedelta(KEPT - 182), 180), (as_of - timedelta(4), 30)]
    rows: Rows = []
    for start, length in cuts:
        rows += trend(snapshot, product, start, start + timedelta(length - 1), 7 + length // 2)
    return rows


def as_row(day: date, known: naive_history.Day) -> dict[str, Any]:
    return {
        "dt": day.isoformat(),
        "spu_avg_price": pytest.approx(known["price"], abs=CENT),
        "total_ifl_cnt": known["ifl"],
        "total_live_cnt": known["live"],
        "total_sale_1d_cnt": known["sale_grown"],
        "total_sale_cnt": known["sale"],
        "total_sale_gmv_1d_amt": pytest.approx(known["sale_gmv_grown"], rel=1e-12, abs=CENT),
        "total_sale_gmv_amt": pytest.approx(known["sale_gmv"], rel=1e-12, abs=CENT),
        "total_video_cnt": known["video"],
        "carried": int(not known["fact"]),
    }


def check_windows(row: dict[str, Any], days: Rows, as_of: date, history: Rows) -> None:
    """The list's windows are sums of the trend's days, and its totals those of the last day."""
    for name in ("total_sale_cnt", "total_ifl_cnt", "total_live_cnt", "total_video_cnt"):
        assert days[-1][name] == row[name]
    for name in ("total_sale_gmv_amt", "spu_avg_price"):
        assert days[-1][name] == pytest.approx(row[name], rel=1e-12, abs=CENT)
    for metric, unit in (("sale", "cnt"), ("sale_gmv", "amt")):
        if not any(fact.get(metric) is not None for fact in history):
            continue
        for n in WINDOWS:
            since = (as_of - timedelta(n)).isoformat()
            grown = sum(day[f"total_{metric}_1d_{unit}"] for day in days if day["dt"] > since)
            window = row[f"total_{metric}_{n}d_{unit}"]
            assert window == pytest.approx(max(grown, 0), rel=1e-12, abs=CENT * (unit == "amt"))


def check_ranking(
    snapshot: Snapshot, products: dict[int, Any], metric: str, first: date, last: date
) -> None:
    request = ProductRankingRequest(
        region="US", metric=metric, first=first, last=last, page_num=1, page_size=100
    )
    page = rank_products(snapshot, request)
    expected = naive_history.ranking(products, metric, first, last)
    assert page.total == len(expected)
    assert [int(row.product_id) for row in page.rows] == [product for product, _ in expected]
    for row, (_, gained) in zip(page.rows, expected, strict=True):
        assert row.total_sale_cnt == gained["sale"]
        assert row.total_ifl_cnt == gained["ifl"]
        assert row.total_live_cnt == gained["live"]
        assert row.total_video_cnt == gained["video"]
        assert row.total_sale_gmv_amt == pytest.approx(gained["sale_gmv"], rel=1e-12, abs=0.06)
        assert row.spu_avg_price == pytest.approx(gained["price"], abs=CENT)


def periods(as_of: date, age: int) -> list[tuple[date, date]]:
    """The day, the week and the month that begin on or before the day of this age."""
    day = as_of - timedelta(age)
    monday, first = day - timedelta(day.weekday()), day.replace(day=1)
    month = timedelta(calendar.monthrange(day.year, day.month)[1] - 1)
    oldest = as_of - timedelta(KEPT - 1)
    whole = [(day, day), (monday, monday + timedelta(6)), (first, first + month)]
    return [(start, end) for start, end in whole if start >= oldest]


@given(
    products=st.lists(st.tuples(histories(), st.sampled_from([1, 1, 4])), min_size=40, max_size=40),
    as_of_age=st.sampled_from([0, 0, 3, 40]),
    asked=st.lists(st.integers(0, KEPT - 1), min_size=4, max_size=4),
)
@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@pytest.mark.timeout(600)
def test_trends_and_rankings_agree_with_plain_loops(
    products: list[tuple[Rows, int]], as_of_age: int, asked: list[int]
) -> None:
    as_of = AS_OF - timedelta(as_of_age)
    known = {i: stretched(*product) for i, product in enumerate(products, 1)}
    facts = [
        {"region": "US", "product_id": i, "source": "s", **fact}
        for i, history in known.items()
        for fact in history
    ]
    days = {
        i: naive_history.days([{**f, "rate": RATES[f["currency"]]} for f in history], as_of)
        for i, history in known.items()
    }
    if not any(days.values()):
        return
    with tempfile.TemporaryDirectory() as folder:
        snapshot = rolled_up(Path(folder), as_of, product_daily=facts)
        region = snapshot.regions["US"]
        rows = {
            int(i): msgspec.json.decode(region.row(n)) for n, i in enumerate(region.product_ids)
        }
        oldest = as_of - timedelta(KEPT - 1)
        for i, expected in days.items():
            found = year(snapshot, i, as_of)
            kept = [as_row(day, row) for day, row in expected.items() if day >= oldest]
            assert found == [{"product_id": str(i), **row} for row in kept], known[i]
            if found:
                history = [fact for fact in known[i] if fact["day"] <= as_of]
                check_windows(rows[i], found, as_of, history)
        with_facts = {i: rows for i, rows in days.items() if rows}
        for age in [0, *asked]:
            for first, last in periods(as_of, age):
                for metric in ("sale", "ifl"):
                    check_ranking(snapshot, with_facts, metric, first, last)


def test_the_history_is_that_of_the_series_that_is_served(tmp_path: Path) -> None:
    def fact(source: str, age: int, sale: int, **other: Any) -> dict[str, Any]:
        day = AS_OF - timedelta(age)
        named = {"region": "US", "product_id": 7, "currency": "USD"}
        return {**named, "source": source, "day": day, "sale": sale, **other}

    daily = [fact("a", 9, 500), fact("a", 5, 600), fact("b", 5, 10), fact("b", 2, 13)]
    daily += [fact("b", 4, 11, currency="JPY"), fact("c", 8, 77, product_id=8)]
    blank = {f.name: "" if f.type == "string" else 0 for f in FIELDS}
    named = {"product_id": 8, "region": "US", "day": AS_OF - timedelta(1), "source": "d"}
    delivered = {**blank, **named, "row": '{"product_id":"8"}'}
    rows = [{name: delivered[name] for name in TABLES["product_row"].schema.names}]
    snapshot = rolled_up(tmp_path, AS_OF, product_daily=daily, product_row=rows)

    def sold(product: int) -> list[tuple[int, int, int]]:
        found = trend(snapshot, product, AS_OF - timedelta(20), AS_OF, 10)
        return [(d["total_sale_cnt"], d["total_sale_1d_cnt"], d["carried"]) for d in found]

    assert sold(7) == [(10, 0, 0), (10, 0, 1), (10, 0, 1), (13, 3, 0), (13, 0, 1), (13, 0, 1)]
    assert sold(8) == []
