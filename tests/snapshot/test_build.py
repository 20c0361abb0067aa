"""Building: what is in the folder, what a failure leaves, what the id stands for."""

import datetime
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from shopscope.contract.products import FIELDS
from shopscope.errors import SnapshotError
from shopscope.snapshot import region as region_module
from shopscope.snapshot.build import CATEGORY_SCHEMA, RegionRows
from shopscope.snapshot.manifest import ID_PATTERN, read_manifest, verify
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.region import ROWS_PER_BATCH
from tests.snapshot import rows


def leavings(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if not path.name.endswith(".lock"))


def test_rows_come_back_by_id(tmp_path: Path) -> None:
    table = rows.table(2 * ROWS_PER_BATCH + 100)
    data = rows.opened(tmp_path, rows.region_rows(table)).regions["US"]
    ids = sorted(int(i) for i in table.column("product_id").to_pylist())
    assert data.product_ids.tolist() == ids
    assert data.size == len(ids)
    by_id = {row["product_id"]: row for row in table.to_pylist()}
    for number in [*range(0, data.size, 97), ROWS_PER_BATCH - 1, ROWS_PER_BATCH, data.size - 1]:
        row = by_id[str(ids[number])]
        expected = {field.name: row[field.name] for field in FIELDS}
        assert msgspec.json.decode(data.row(number)) == expected
    for name, column in data.columns.items():
        assert len(column.codes) == len(column.order) == data.size, name
        assert column.runs[-1] == data.size


def test_the_manifest(tmp_path: Path) -> None:
    snapshot_id = rows.build(
        tmp_path,
        rows.region_rows(rows.table(30), "US"),
        rows.region_rows(rows.table(20, region="GB"), "GB", datetime.date(2026, 4, 20)),
        categories=pa.Table.from_pylist(
            [{"id": "2", "level": 1, "parent_id": "0", "locale": "en-US", "name": "Toys"}],
            schema=CATEGORY_SCHEMA,
        ),
        quality=[{"code": "gap", "count": 3}],
        source={"lake": 4},
    )
    folder = tmp_path / snapshot_id
    manifest = read_manifest(folder)
    assert manifest.id == snapshot_id
    assert snapshot_id.startswith("20260426-")
    assert manifest.created_at == rows.NOW
    assert manifest.source == {"lake": 4}
    assert {r: (i.as_of, i.products) for r, i in manifest.regions.items()} == {
        "US": (rows.AS_OF, 30),
        "GB": (datetime.date(2026, 4, 20), 20),
    }
    assert manifest.counts == {"regions": 2, "products": 50, "category_names": 1}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {*manifest.files, "manifest.json"}
    assert verify(folder) == []
    assert msgspec.json.decode((folder / "quality.json").read_bytes()) == [
        {"code": "gap", "count": 3}
    ]
    assert Snapshot.open(folder).categories.to_pylist()[0]["name"] == "Toys"
    assert SnapshotStore(tmp_path).current_id() is None
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "products").stat().st_mode)


def test_equal_contents_have_the_same_id(tmp_path: Path) -> None:
    table = rows.table(500)
    first = rows.build(tmp_path, rows.region_rows(table), source={"lake": 1})
    shuffled = table.take(pa.array(np.random.default_rng(5).permutation(500)))
    later = rows.NOW + datetime.timedelta(days=1)
    second = rows.build(tmp_path, rows.region_rows(shuffled), source={"lake": 2}, created_at=later)
    assert second == first
    assert leavings(tmp_path) == [first]
    assert read_manifest(tmp_path / first).created_at == rows.NOW
    other = rows.build(tmp_path, rows.region_rows(table.slice(1)))
    assert other != first
    another_day = rows.build(tmp_path, rows.region_rows(table, as_of=datetime.date(2026, 4, 25)))
    assert another_day.startswith("20260425-")


def test_building_again_repairs_a_damaged_folder(tmp_path: Path) -> None:
    table = rows.table(50)
    snapshot_id = rows.build(tmp_path, rows.region_rows(table))
    (tmp_path / snapshot_id / "products" / "US" / "rows.arrow").unlink()
    assert rows.build(tmp_path, rows.region_rows(table)) == snapshot_id
    assert verify(tmp_path / snapshot_id) == []
    assert leavings(tmp_path) == [snapshot_id]


def test_nothing_at_all(tmp_path: Path) -> None:
    snapshot_id = rows.build(tmp_path)
    assert snapshot_id.startswith("00000000-")
    assert Snapshot.open(tmp_path / snapshot_id).regions == {}
    empty = rows.opened(tmp_path, rows.region_rows(rows.rows_of([])))
    assert empty.regions["US"].size == 0


def test_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    rows.build(
        tmp_path,
        rows.region_rows(rows.table(ROWS_PER_BATCH + 1), "US"),
        rows.region_rows(rows.table(5), "GB"),
        progress=lambda region, count: told.append((region, count)),
    )
    assert told == [("US", ROWS_PER_BATCH), ("US", ROWS_PER_BATCH + 1), ("GB", 5)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([{"product_id": "8"}, {"product_id": "8"}], "Product 8 comes twice"),
        ([{"product_id": "x"}], "product_id is no 64-bit number"),
        ([{"product_id": str(2**63)}], "product_id is no 64-bit number"),
        ([{"spu_avg_price": float("nan")}], "NaN"),
        ([{"row": "no"}], "is no JSON"),
    ],
)
def test_rows_that_can_not_be_served(
    tmp_path: Path, values: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(SnapshotError, match=message):
        rows.build(tmp_path, rows.region_rows(rows.rows_of(values)))
    assert leavings(tmp_path) == []


def test_a_region_comes_once(tmp_path: Path) -> None:
    table = rows.table(3)
    with pytest.raises(SnapshotError, match="Region US comes twice"):
        rows.build(tmp_path, rows.region_rows(table), rows.region_rows(table))
    assert leavings(tmp_path) == []


def test_categories_of_another_shape(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="category table"):
        rows.build(tmp_path, categories=pa.table({"id": ["1"]}))
    assert leavings(tmp_path) == []


def test_a_failure_of_the_source_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield from rows.table(10).to_batches()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rows.build(tmp_path, RegionRows("US", rows.AS_OF, failing()))
    assert leavings(tmp_path) == []


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(region_module, "_write_rows", full)
    with pytest.raises(SnapshotError, match=r"No space left on device\..*was removed"):
        rows.build(tmp_path, rows.region_rows(rows.table(10)))
    assert leavings(tmp_path) == []


def test_one_build_at_a_time(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with store.building(), pytest.raises(SnapshotError, match="Another snapshot is being built"):
        rows.build(tmp_path)
    assert rows.build(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SnapshotError, match="Permission denied"):
        rows.build(tmp_path / "snapshots")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("")
    with pytest.raises(SnapshotError, match="snapshots"):
        rows.build(tmp_path / "snapshots")


def test_ids(tmp_path: Path) -> None:
    assert re.fullmatch(ID_PATTERN, rows.build(tmp_path, rows.region_rows(rows.table(3))))
