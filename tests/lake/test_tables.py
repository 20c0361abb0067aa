"""Loads into the lake: atomic over several tables, and the same whatever their order."""

import multiprocessing
import os
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopscope.errors import LakeError
from shopscope.lake import place, tables
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake, Merged

DAY = date(2026, 4, 1)
Rows = list[dict[str, Any]]


def load(lake: Lake, **rows: Rows) -> dict[str, Merged]:
    with lake.begin() as write:
        for table, given_rows in rows.items():
            write.add(table, pa.Table.from_pylist(given_rows, schema=TABLES[table].schema))
        return write.commit()


def contents(lake: Lake, table: str) -> list[str]:
    return sorted(str(row) for row in lake.read(table).to_pylist())


def fact(product: int, day: date = DAY, region: str = "US", **values: Any) -> dict[str, Any]:
    return {"region": region, "product_id": product, "day": day, "source": "s", **values}


def name(text: str, seen: int, until: int | None = None) -> dict[str, Any]:
    return {
        "id": "601450", "level": 1, "parent_id": "0", "locale": "en-US", "name": text,
        "source": "s", "valid_from": date(2026, 1, seen), "valid_to": date(2026, 1, until or seen),
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_an_empty_lake_reads_as_empty_tables(lake: Lake) -> None:
    assert lake.version == 0
    for table in TABLES.values():
        assert lake.read(table.name).schema == table.schema
        assert lake.read(table.name).num_rows == 0
    assert not lake.path.exists()


def test_counts_say_what_a_load_did(lake: Lake) -> None:
    assert load(lake, product_daily=[fact(1, sale=5), fact(2, sale=7), fact(1, sale=6)]) == {
        "product_daily": Merged(staged=3, added=2, changed=0)
    }
    assert load(lake, product_daily=[fact(1, sale=4), fact(2, sale=9), fact(3)]) == {
        "product_daily": Merged(staged=3, added=1, changed=1)
    }
    assert load(lake, product_daily=[fact(1, sale=4)])["product_daily"] == Merged(1, 0, 0)
    assert lake.version == 3
    rows = lake.read("product_daily", ["product_id", "sale", "month"]).sort_by("product_id")
    assert rows.to_pydict() == {
        "product_id": [1, 2, 3], "sale": [6, 9, None], "month": ["2026-04"] * 3,
    }  # fmt: skip


def test_columns_of_one_key_meet_one_by_one(lake: Lake) -> None:
    load(lake, product_daily=[fact(1, sale_1d=5)])
    load(lake, product_daily=[fact(1, sale_30d=50, spu_avg_price=2.5)])
    (row,) = lake.read("product_daily", ["sale_1d", "sale_30d", "spu_avg_price"]).to_pylist()
    assert row == {"sale_1d": 5, "sale_30d": 50, "spu_avg_price": 2.5}


def test_an_amount_never_meets_another_currency(lake: Lake) -> None:
    load(lake, product_daily=[fact(1, currency="JPY", sale_gmv=900.0, sale=3)])
    load(lake, product_daily=[fact(1, currency="USD", sale_gmv=6.0, min_price=1.0, sale=2)])
    (row,) = lake.read("product_daily", ["currency", "sale_gmv", "min_price", "sale"]).to_pylist()
    assert row == {"currency": "USD", "sale_gmv": 6.0, "min_price": 1.0, "sale": 3}


def test_a_version_keeps_the_days_it_was_seen(lake: Lake) -> None:
    load(lake, category_name=[name("Beauty", 5), name("Makeup", 9)])
    load(lake, category_name=[name("Beauty", 2), name("Beauty", 7)])
    rows = lake.read("category_name", ["name", "valid_from", "valid_to"]).sort_by("name")
    assert [tuple(row.values()) for row in rows.to_pylist()] == [
        ("Beauty", date(2026, 1, 2), date(2026, 1, 7)),
        ("Makeup", date(2026, 1, 9), date(2026, 1, 9)),
    ]


def test_a_delivered_row_is_kept_whole(lake: Lake) -> None:
    load(lake, product_row=[fact(1, row='{"a":2}', total_sale_cnt=2)])
    load(lake, product_row=[fact(1, row='{"a":10}', total_sale_cnt=10)])
    (row,) = lake.read("product_row", ["row", "total_sale_cnt"]).to_pylist()
    assert row == {"row": '{"a":2}', "total_sale_cnt": 2}


def test_a_table_kept_by_hand_takes_the_newest(lake: Lake) -> None:
    load(lake, fx=[{"currency": "GBP", "day": DAY, "usd": 1.3}])
    load(lake, fx=[{"currency": "GBP", "day": DAY, "usd": 1.2}])
    assert lake.read("fx").to_pylist() == [{"currency": "GBP", "day": DAY, "usd": 1.2}]


keys = st.tuples(st.integers(1, 3), st.integers(1, 2), st.sampled_from(["US", "GB"]))
values = st.fixed_dictionaries(
    {},
    optional={
        "sale": st.integers(0, 9),
        "sale_gmv": st.integers(0, 9).map(float),
        "currency": st.sampled_from(["USD", "JPY"]),
    },
)


@given(
    facts=st.lists(st.tuples(keys, values), min_size=2, max_size=12),
    cut=st.integers(1, 11),
    shuffled=st.randoms(use_true_random=False),
)
@settings(max_examples=15)
def test_order_halves_and_repetition_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Any], cut: int, shuffled: Any
) -> None:
    rows = [fact(p, date(2026, month, 1), region, **v) for (p, month, region), v in facts]
    names = [name(f"n{v.get('sale', 0)}", k[0], k[0] + k[1]) for k, v in facts]
    one, two = (Lake(tmp_path_factory.mktemp("lake")) for _ in range(2))
    load(one, product_daily=rows, category_name=names)
    again = rows * 2
    shuffled.shuffle(again)
    load(two, product_daily=again[cut:], category_name=names[cut:])
    load(two, product_daily=again[:cut], category_name=names)
    for table in ("product_daily", "category_name"):
        assert contents(one, table) == contents(two, table)


def test_leaving_without_a_commit_leaves_nothing(lake: Lake) -> None:
    load(lake, product_daily=[fact(1)])
    with lake.begin() as write:
        rows = [fact(2)]
        write.add("product_daily", pa.Table.from_pylist(rows, TABLES["product_daily"].schema))
    assert lake.read("product_daily").num_rows == 1
    assert not any((lake.path / ".staging").iterdir())


def _die_after(path: Path, writes: int) -> None:
    """Load two tables, and be killed after some of the tables were written."""
    name = "write_deltalake"
    real, left = getattr(tables, name), [writes]

    def write(*args: Any, **options: Any) -> None:
        real(*args, **options)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(tables, name, write)
    load(Lake(path), product_daily=[fact(1, sale=9), fact(2)], fx=[
        {"currency": "GBP", "day": DAY, "usd": 9.9}
    ])  # fmt: skip


@pytest.mark.parametrize("writes", [1, 2])
@pytest.mark.parametrize("before", [True, False])
def test_a_killed_load_has_not_happened(lake: Lake, writes: int, before: bool) -> None:
    if before:
        load(lake, product_daily=[fact(1, sale=5)], fx=[
            {"currency": "JPY", "day": DAY, "usd": 0.01}
        ])  # fmt: skip
    known = [contents(lake, table) for table in TABLES]
    process = multiprocessing.get_context("spawn").Process(
        target=_die_after, args=(lake.path, writes)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert [contents(lake, table) for table in TABLES] == known
    load(lake, product_daily=[fact(3, sale=1)])
    after = lake.read("product_daily", ["product_id", "sale"]).to_pylist()
    assert sorted(map(str, after)) == sorted(
        map(str, [{"product_id": 3, "sale": 1}, *([{"product_id": 1, "sale": 5}] * before)])
    )
    assert lake.read("fx").num_rows == before
    load(lake, fx=[{"currency": "GBP", "day": DAY, "usd": 1.3}])
    assert lake.read("fx", where="currency = 'GBP'").num_rows == 1


def test_a_second_writer_is_told_to_wait(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "LOCK_SECONDS", 0.1)
    with lake.begin(), pytest.raises(LakeError, match="Another load is writing"), lake.begin():
        pass


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    with pytest.raises(LakeError, match="Can't write to the lake"):
        load(Lake(tmp_path / "lake"), fx=[])


def test_a_damaged_head_is_told(lake: Lake) -> None:
    load(lake, product_daily=[fact(1)])
    (lake.path / "head.json").write_text("{")
    with pytest.raises(LakeError, match="can't be read"):
        lake.read("product_daily")
