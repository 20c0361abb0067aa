"""A lake on object storage: the same as one in a folder, whatever dies and whoever writes too."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from shopscope.errors import LakeError, StorageError
from shopscope.lake import place, tables
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake, open_lake
from shopscope.objects import Objects
from shopscope.settings import Settings
from tests.lake.test_tables import DAY, contents, fact, load, name
from tests.objectstore import ObjectStore, object_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as made:
        yield made


_numbers = iter(range(1000))


@pytest.fixture
def url(store: ObjectStore) -> str:
    return f"{store.bucket(f'lake-{next(_numbers)}')}/a/lake"


def at(folder: Path, url: str) -> Lake:
    """The lake as a machine with this data folder sees it."""
    return open_lake(Settings(data_dir=folder, lake_url=url))


def test_it_holds_what_a_lake_in_a_folder_holds(tmp_path: Path, url: str) -> None:
    one, other, local = at(tmp_path / "1", url), at(tmp_path / "2", url), Lake(tmp_path / "lake")
    assert (one.version, one.files("fx"), contents(one, "product_daily")) == (0, [], [])
    loads: list[dict[str, Any]] = [
        {"product_daily": [fact(1, sale=5), fact(2, region="GB")], "category_name": [name("A", 1)]},
        {"product_daily": [fact(1, sale=9), fact(3)]},  # changes a row, so its file is replaced
        {"category_name": [name("B", 2)], "fx": [{"currency": "GBP", "day": DAY, "usd": 1.3}]},
    ]
    for number, rows in enumerate(loads):
        assert load((one, other)[number % 2], **rows) == load(local, **rows)
    for lake in (one, other):
        assert lake.version == local.version == 3
        assert all(contents(lake, table) == contents(local, table) for table in TABLES)


def _die_after(folder: Path, url: str, writes: int) -> None:
    real, left = write_deltalake, [writes]

    def write(*args: Any, **options: Any) -> None:
        real(*args, **options)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    vars(tables)["write_deltalake"] = write
    load(at(folder, url), product_daily=[fact(1, sale=9), fact(2)], fx=[
        {"currency": "GBP", "day": DAY, "usd": 9.9}
    ])  # fmt: skip


def test_a_killed_load_has_not_happened(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = at(tmp_path / "1", url)
    load(lake, product_daily=[fact(1, sale=5)])
    known = [contents(lake, table) for table in TABLES]
    process = multiprocessing.get_context("spawn").Process(
        target=_die_after, args=(tmp_path / "2", url, 2)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert [contents(lake, table) for table in TABLES] == known
    monkeypatch.setattr(place, "LEASE_SECONDS", 1.0)  # the dead one's lease runs out
    load(lake, product_daily=[fact(3, sale=1)])
    rows = lake.read("product_daily", ["product_id", "sale"]).to_pylist()
    assert sorted(row["product_id"] for row in rows) == [1, 3]
    assert lake.read("fx").num_rows == 0
    load(lake, fx=[{"currency": "GBP", "day": DAY, "usd": 1.3}])
    assert lake.read("fx", ["usd"]).to_pylist() == [{"usd": 1.3}]


def test_a_living_load_is_waited_for(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(place, "LOCK_SECONDS", 1.0)
    one, other = at(tmp_path / "1", url), at(tmp_path / "2", url)
    with one.begin(), pytest.raises(LakeError, match=f"writing to the lake in {url}"):
        other.begin().__enter__()
    load(other, product_daily=[fact(1)])
    assert one.version == 1


@pytest.mark.parametrize("first", [True, False])
def test_who_has_lost_the_lease_changes_nothing(
    tmp_path: Path, url: str, first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that stood still for too long meets one that took it for dead."""
    one, other = at(tmp_path / "1", url), at(tmp_path / "2", url)
    load(one, product_daily=[fact(1, sale=1)])
    monkeypatch.setattr(place._Lease, "_renew", lambda _: None)
    monkeypatch.setattr(place, "LEASE_SECONDS", 0.5)
    with one.begin() as slow:
        slow.add("product_daily", pa.Table.from_pylist(
            [fact(7)], schema=TABLES["product_daily"].schema
        ))  # fmt: skip
        real = write_deltalake

        def meanwhile(*args: Any, **options: Any) -> None:
            monkeypatch.setattr(tables, "write_deltalake", real)
            if first:
                load(other, product_daily=[fact(8)])
            real(*args, **options)
            if not first:
                load(other, product_daily=[fact(8)])

        monkeypatch.setattr(tables, "write_deltalake", meanwhile)
        with pytest.raises(LakeError, match=r"Another load|Can't write to the lake"):
            slow.commit()
    load(other, product_daily=[fact(9)])
    rows = one.read("product_daily", ["product_id"]).to_pylist()
    assert sorted(row["product_id"] for row in rows) == [1, 8, 9]


def test_a_file_is_fetched_once(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load(at(tmp_path / "1", url), product_daily=[fact(1), fact(2, region="GB")])
    names = []
    real = Objects.download

    def download(self: Objects, name: str, path: Path) -> None:
        names.append(name)
        real(self, name, path)

    monkeypatch.setattr(Objects, "download", download)
    lake = at(tmp_path / "2", url)
    load(lake, product_daily=[fact(3)])  # needs nothing of GB
    assert names == [one for one in names if "region=US" in one]
    lake.files("product_daily")
    before = list(names)
    assert any("region=GB" in one for one in before)
    assert lake.files("product_daily")
    assert names == before


def test_storage_that_is_away_is_told(
    tmp_path: Path, url: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match=f"Can't read {url}/head.json: ") as caught:
        at(tmp_path, url).read("fx")
    assert "hidden" not in str(caught.value)
    assert time.monotonic() - began < 60
