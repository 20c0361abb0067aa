"""Writing and opening the history of a region: order, types, what is refused."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from shopscope.errors import SnapshotError
from shopscope.snapshot import history
from shopscope.snapshot.build import RegionRows
from shopscope.snapshot.history import HISTORY_DAYS, RANKED, SCHEMA, VALUES
from tests.snapshot import rows


def facts(lines: list[tuple[int, int]], **values: Any) -> pa.RecordBatch:
    """Facts of (product id, age) with these values, 0 for the others."""
    named = {name: values.get(name, [0] * len(lines)) for name in VALUES}
    ids, ages = zip(*lines, strict=True)
    return pa.RecordBatch.from_pydict({"product_id": ids, "age": ages, **named}, schema=SCHEMA)


def region(batches: tuple[pa.RecordBatch, ...]) -> RegionRows:
    table = rows.rows_of([{"product_id": str(n)} for n in (3, 5, 8)])
    return msgspec.structs.replace(rows.region_rows(table), history=batches)


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_facts_come_back_whatever_the_batches(tmp_path: Path, pieces: int) -> None:
    rng = np.random.default_rng(pieces)
    lines = [(i, age) for i in (3, 8) for age in sorted(rng.choice(500, 60, replace=False))[::-1]]
    values = {name: rng.integers(-(2**40), 2**40, len(lines)) for name in VALUES}
    whole = facts(lines, **values)
    cuts = np.linspace(0, len(lines), pieces + 1).astype(int).tolist()
    batches = tuple(whole.slice(a, b - a) for a, b in pairwise(cuts))
    read = rows.opened(tmp_path, region(batches)).regions["US"].history
    assert read is not None
    for row, product in enumerate((3, 5, 8)):
        places = [n for n, (i, _) in enumerate(lines) if i == product]
        found = read.facts(row)
        assert found.ages.tolist() == [min(lines[n][1], HISTORY_DAYS) for n in places]
        for name in VALUES:
            assert found.values[name].tolist() == values[name][places].tolist()
    for metric in RANKED:
        for oldest, youngest in ((0, 0), (365, 0), (200, 100), (365, 365)):
            sums = [0, 0, 0]
            for (product, age), grown in zip(lines, values[f"{metric}_grown"], strict=True):
                sums[(3, 5, 8).index(product)] += int(grown) * (youngest <= age <= oldest)
            assert read.grown(metric, oldest, youngest).tolist() == sums


def test_columns_are_narrow_and_nothing_else_is_left(tmp_path: Path) -> None:
    snapshot = rows.opened(tmp_path, region((facts([(3, 1)], sale=[255], sale_grown=[-128]),)))
    read = snapshot.regions["US"].history
    assert read is not None
    assert read.facts(0).values["sale"].dtype == np.uint8
    assert read.facts(0).values["sale_grown"].dtype == np.int8
    names = {Path(name).name for name in snapshot.manifest.files}
    assert {history.HISTORY, history.GROWTH} <= names
    assert not [name for name in names if name.startswith(".") or "waiting" in name]


def test_without_facts_there_is_no_history(tmp_path: Path) -> None:
    assert rows.opened(tmp_path, region(())).regions["US"].history is None


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([(4, 1)], "Product 4 has a history, but no row"),
        ([(9, 1)], "Product 9 has a history, but no row"),
        ([(5, 1), (3, 1)], "by product and day"),
        ([(5, 1), (5, 2)], "by product and day"),
        ([(5, 1), (5, 1)], "by product and day"),
        ([(5, -1)], "by product and day"),
    ],
)
def test_facts_that_are_refused(tmp_path: Path, lines: list[tuple[int, int]], told: str) -> None:
    with pytest.raises(SnapshotError, match=told):
        rows.build(tmp_path, region((facts(lines),)))
    apart = tuple(facts([line]) for line in lines)
    with pytest.raises(SnapshotError, match=told):
        rows.build(tmp_path, region(apart))
