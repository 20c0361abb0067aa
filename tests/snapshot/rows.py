"""Invented product rows for tests: many ties and zeros, extremes, every kind of text."""

import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.contract.products import EXAMPLE, EXTRA_FIELDS, FIELDS
from shopscope.snapshot.build import CATEGORY_SCHEMA, RegionRows, build_snapshot
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.render import ROW, SCHEMA

AS_OF = datetime.date(2026, 4, 26)
NOW = datetime.datetime(2026, 4, 27, 6, 30, tzinfo=datetime.UTC)
LARGEST = 2**63 - 1
NAMES = (
    'Lamp "Ampère" 50\\60',
    "LAMP ampère",
    "ＬＡＭＰ full width",
    "Straße lamp",
    "STRASSE",
    "台灯 家用",
    "مصباح مكتب",
    "โคมไฟ",
    "Đèn bàn học",
    "tab\there\nand\x00there\x1f\x7f",
    "emoji 🪔🏮 lamp",
    "ab",
    "a",
    "",
)

PLAIN: dict[str, Any] = {
    **msgspec.to_builtins(EXAMPLE),
    **{field.name: 0.0 for field in EXTRA_FIELDS},
}


def table(count: int, seed: int = 1, region: str = "US") -> pa.Table:
    """`count` rows in no order of their ids, without ready-made rows."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    kinds = {"integer": itertools.cycle((2, 0, 3, 1, 2, 0, 4)), "number": itertools.cycle(range(4))}
    for field in FIELDS:
        if field.type == "integer":
            columns[field.name] = _integers(count, next(kinds["integer"]), rng)
        elif field.type == "number":
            columns[field.name] = _numbers(count, next(kinds["number"]), rng)
        else:
            columns[field.name] = np.full(count, PLAIN[field.name], dtype=object)
    ids = rng.choice(10 * count, count, replace=False) + 1
    ids = np.where(ids % 3 == 0, ids, 1_729_000_000_000_000_000 + ids)
    ids[:1] = LARGEST
    columns |= {
        "product_id": ids.astype(str),
        "region": np.full(count, region),
        "product_name": np.array(NAMES, dtype=object)[rng.integers(0, len(NAMES), count)],
        "seller_id": (7_490_000_000_000_000_000 + rng.zipf(1.5, count) % 9_000).astype(str),
        "category_id": rng.choice(["600001", "602118", "9", "0"], count),
        "category_l2_id": rng.choice(["848648", "1001992", "0"], count),
        "category_l3_id": rng.integers(0, 200, count).astype(str),
        "first_crawl_dt": 20_260_101 + rng.integers(0, 28, count),
        "sales_trend_flag": rng.integers(0, 3, count),
        "sales_flag": rng.integers(0, 3, count),
        "is_s_shop": rng.integers(0, 2, count),
        "free_shipping": rng.integers(0, 2, count),
        "off_mark": rng.choice([0, 1, 2, 3], count),
        "total_views_cnt": _integers(count, 3, rng),
        **{field.name: _rates(count, rng) for field in EXTRA_FIELDS},
    }
    fields = (*FIELDS, *EXTRA_FIELDS)
    arrays = [pa.array(columns[f.name], SCHEMA.field(f.name).type) for f in fields]
    return pa.Table.from_arrays([*arrays, pa.nulls(count, pa.string())], schema=SCHEMA)


def _integers(count: int, kind: int, rng: np.random.Generator) -> Any:
    """Zeros and few values; small counts; wide counts; up to the largest; all the same."""
    if kind == 0:
        return np.where(rng.random(count) < 0.9, 0, rng.integers(0, 300, count))
    if kind == 1:
        return rng.integers(0, 20, count)
    if kind == 2:
        return rng.lognormal(5, 3, count).astype(np.int64)
    if kind == 3:
        values = rng.integers(0, LARGEST, count, endpoint=True)
        return np.where(rng.random(count) < 0.1, rng.choice([0, LARGEST], count), values)
    return np.full(count, 7)


def _numbers(count: int, kind: int, rng: np.random.Generator) -> Any:
    if kind == 0:
        return np.where(rng.random(count) < 0.8, 0.0, np.round(rng.lognormal(3, 2, count), 2))
    if kind == 1:
        return rng.choice([0.0, 0.1, 0.2, 0.30000000000000004, 1e-7, 4.5, 5.0, 1e17], count)
    if kind == 2:
        return rng.lognormal(0, 30, count)
    return np.round(rng.uniform(0, 5, count), 1)


def _rates(count: int, rng: np.random.Generator) -> Any:
    """Growth rates: many at 0 and at the least there is, a few huge ones."""
    rates = np.round(rng.lognormal(3, 2, count) - 100, 2)
    return np.where(rng.random(count) < 0.5, rng.choice([0.0, -100.0], count), rates)


def rows_of(values: list[dict[str, Any]]) -> pa.Table:
    """Rows with these values, and those of the contract's example where there are none."""
    return pa.Table.from_pylist([{**PLAIN, ROW: None, **row} for row in values], schema=SCHEMA)


def region_rows(rows: pa.Table, region: str = "US", as_of: datetime.date = AS_OF) -> RegionRows:
    """The rows as a build takes them, cut into uneven batches."""
    return RegionRows(region, as_of, _uneven(rows))


def _uneven(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    start, size = 0, 1
    while start < len(rows):
        yield from rows.slice(start, size).combine_chunks().to_batches()
        start, size = start + size, 3 * size


def no_categories() -> pa.Table:
    return CATEGORY_SCHEMA.empty_table()


def build(root: Path, *regions: RegionRows, **other: Any) -> str:
    """Build a snapshot below `root`; returns its id."""
    given = {"categories": no_categories(), "quality": [], "source": {}, "created_at": NOW}
    return build_snapshot(SnapshotStore(root), regions, **{**given, **other})


def opened(root: Path, *regions: RegionRows, **other: Any) -> Snapshot:
    """Build a snapshot below `root` and open it."""
    return Snapshot.open(root / build(root, *regions, **other))
