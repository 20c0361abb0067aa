"""Opening: regions, damage of every kind, what is kept."""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from shopscope.errors import SnapshotError
from shopscope.snapshot.manifest import FORMAT, verify
from shopscope.snapshot.reader import Snapshot
from tests.snapshot import rows

FILES = ("columns", "orders", "values", "cuts", "grams", "rows")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table = rows.table(300)
    return tmp_path / rows.build(
        tmp_path, rows.region_rows(table, "US"), rows.region_rows(table.slice(9), "GB")
    )


def test_only_the_regions_asked_for(folder: Path) -> None:
    assert set(Snapshot.open(folder).regions) == {"US", "GB"}
    assert set(Snapshot.open(folder, ["GB", "XX"]).regions) == {"GB"}
    (folder / "products/US/rows.arrow").unlink()
    assert Snapshot.open(folder, ["GB"]).regions["GB"].size == 291


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def _forget(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "file", [*(f"products/US/{name}.arrow" for name in FILES), "categories.arrow"]
)
@pytest.mark.parametrize("harm", [_truncate, _grow, _forget])
def test_damage_of_a_file(folder: Path, file: str, harm: Callable[[Path], None]) -> None:
    harm(folder / file)
    with pytest.raises(SnapshotError, match=file):
        Snapshot.open(folder)
    assert any(file in problem for problem in verify(folder))


@pytest.mark.parametrize("file", [f"products/US/{name}.arrow" for name in FILES])
def test_other_bytes_of_the_same_size(folder: Path, file: str) -> None:
    path = folder / file
    path.write_bytes(b"\x01" * path.stat().st_size)
    with pytest.raises(SnapshotError, match="is damaged"):
        Snapshot.open(folder)
    assert verify(folder) == [f"{file} has another checksum than when it was written"]


def test_one_changed_byte_is_found_by_verify(folder: Path) -> None:
    path = folder / "products/GB/rows.arrow"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert verify(folder) == [
        "products/GB/rows.arrow has another checksum than when it was written"
    ]


def test_a_missing_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(SnapshotError, match="no readable manifest"):
        Snapshot.open(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", f'{{"format": {FORMAT}}}', '{"format": "1"}'])
def test_a_damaged_manifest(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(SnapshotError, match="damaged manifest"):
        Snapshot.open(folder)


def test_another_format(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**manifest, "format": 99}))
    with pytest.raises(SnapshotError, match=rf"format 99, this program reads format {FORMAT}"):
        Snapshot.open(folder)


def test_a_manifest_of_other_contents(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes())
    manifest["regions"]["US"]["as_of"] = "2020-01-01"
    path.write_bytes(msgspec.json.encode(manifest))
    assert verify(folder) == [f"manifest.json does not belong to the id {folder.name}"]


def test_what_is_made_of_a_snapshot_is_made_once(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    made: list[Snapshot] = []

    def make(given: Snapshot) -> list[int]:
        made.append(given)
        return [len(made)]

    results: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: results.append(snapshot.keep(make))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [snapshot]
    assert all(result is results[0] for result in results)
    assert Snapshot.open(folder).keep(make) == [2]
