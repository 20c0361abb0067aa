"""Snapshots at a URL: pushed, fetched by region, gone on with, pruned; S3 and a shared folder."""

import datetime
import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopscope.errors import NotFound, SnapshotError, StorageError
from shopscope.objects import Objects
from shopscope.snapshot import remote as remote_module
from shopscope.snapshot.fetch import Fetcher, read_state
from shopscope.snapshot.manifest import read_manifest, verify
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.remote import RemoteSnapshots, SharedStore, Stopped
from tests.objectstore import object_store
from tests.snapshot import rows


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[str]]:
    """Names of new buckets."""
    with object_store(tmp_path_factory.mktemp("s3")) as store:
        yield (store.bucket(f"bucket-{number}") for number in range(100))


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place to publish at."""
    if request.param == "file":
        return f"file://{tmp_path}/shared"
    return f"{next(request.getfixturevalue('buckets'))}/snap"


def built(root: Path, day: int) -> str:
    """A snapshot of three markets."""
    made = [
        rows.region_rows(rows.table(4, region=region), region, datetime.date(2026, 5, day))
        for region in ("US", "GB", "DE")
    ]
    moment = datetime.datetime(2026, 5, day, tzinfo=datetime.UTC)
    return rows.build(root, *made, created_at=moment)


@pytest.fixture
def maker(tmp_path: Path, url: str) -> SharedStore:
    return SharedStore(tmp_path / "maker", url)


@pytest.fixture
def node(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "node")


def fetched(store: SnapshotStore) -> dict[str, list[str]]:
    """The files of each copy."""
    return {info.id: sorted(read_manifest(store.path(info.id)).files) for info in store.list()}


def test_a_node_gets_the_files_of_its_regions(
    maker: SharedStore, node: SnapshotStore, url: str
) -> None:
    made = built(maker.root, 1)
    maker.publish(made)
    remote = RemoteSnapshots(url)
    assert remote.current_id() == maker.current_id() == made
    remote.fetch(made, node, ["US", "JP"])
    whole = read_manifest(maker.path(made)).files
    assert fetched(node) == {
        made: sorted(n for n in whole if not n.startswith(("products/GB/", "products/DE/")))
    }
    there = sorted(p.relative_to(node.path(made)).as_posix() for p in node.path(made).rglob("*.*"))
    assert there == sorted([*fetched(node)[made], "manifest.json"])
    assert verify(node.path(made)) == []
    node.publish(made)
    snapshot = Snapshot.open(node.path(made), ["US", "JP"])
    assert (snapshot.id, set(snapshot.regions)) == (made, {"US"})
    original = Snapshot.open(maker.path(made)).regions["US"]
    assert [snapshot.regions["US"].row(n) for n in range(4)] == [original.row(n) for n in range(4)]
    remote.fetch(made, node, ["US"])  # nothing to do
    remote.fetch(made, node, ["US", "GB"])  # more of them are wanted now
    assert set(Snapshot.open(node.path(made), ["US", "GB"]).regions) == {"US", "GB"}
    remote.fetch(made, node)
    assert fetched(node) == {made: sorted(whole)}
    assert read_manifest(node.path(made)).only is None
    assert not [path.name for path in node.root.iterdir() if path.name.startswith(".fetching")]


def test_a_part_can_not_be_pushed(
    maker: SharedStore, node: SnapshotStore, url: str, tmp_path: Path
) -> None:
    made = built(maker.root, 1)
    maker.publish(made)
    RemoteSnapshots(url).fetch(made, node, ["US"])
    with pytest.raises(SnapshotError, match="has only US here"):
        RemoteSnapshots(f"file://{tmp_path}/other").push(node.path(made))


def test_a_fetch_goes_on_where_it_was_cut_off(
    maker: SharedStore, node: SnapshotStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = built(maker.root, 1)
    maker.publish(made)
    monkeypatch.setattr("shopscope.objects.CHUNK_BYTES", 1000)
    left = [10]

    def stopped() -> bool:
        left[0] -= 1
        return left[0] < 0

    remote = RemoteSnapshots(url)
    with pytest.raises(Stopped):
        remote.fetch(made, node, ["US"], stopped)
    assert node.list() == []
    (folder,) = node.root.glob(".fetching-*")
    parts = {path: path.stat().st_size for path in folder.rglob("*.part")}
    assert sum(parts.values()) > 0
    starts = []
    real = Objects.chunks

    def chunks(self: Objects, name: str, start: int, size: int) -> Any:
        starts.append(start)
        return real(self, name, start, size)

    monkeypatch.setattr(Objects, "chunks", chunks)
    remote.fetch(made, node, ["US"])
    assert set(parts.values()) - {0} <= set(starts)
    assert verify(node.path(made)) == []


def test_what_is_here_already_is_not_fetched_again(
    maker: SharedStore, node: SnapshotStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = built(maker.root, 1), built(maker.root, 2)
    for made in (first, second):
        maker.publish(made)
    remote = RemoteSnapshots(url)
    remote.fetch(first, node)
    names = []
    real = Objects.chunks

    def chunks(self: Objects, name: str, start: int, size: int) -> Any:
        names.append(name.removeprefix(f"{second}/"))
        return real(self, name, start, size)

    monkeypatch.setattr(Objects, "chunks", chunks)
    remote.fetch(second, node)
    one, other = (read_manifest(maker.path(made)).files for made in (first, second))
    assert sorted(names) == sorted(n for n in other if other[n] not in one.values())
    assert verify(node.path(second)) == []


def test_damage_on_the_way_is_found(maker: SharedStore, node: SnapshotStore, url: str) -> None:
    made = built(maker.root, 1)
    maker.publish(made)
    objects, name = Objects(url), f"{made}/products/US/rows.arrow"
    found = objects.read(name)
    assert found is not None
    objects.write(name, b"x" + found[0][1:])
    with pytest.raises(SnapshotError, match=r"US/rows.arrow is not what its manifest says"):
        RemoteSnapshots(url).fetch(made, node, ["US"])
    objects.write(name, found[0])
    RemoteSnapshots(url).fetch(made, node, ["US"])
    manifest = objects.read(f"{made}/manifest.json")
    assert manifest is not None
    forged = json.loads(manifest[0])
    forged["files"]["../../evil"] = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    objects.write(f"{made}/manifest.json", json.dumps(forged).encode())
    with pytest.raises(SnapshotError, match="belongs to another snapshot"):
        RemoteSnapshots(url).fetch(made, node)


def test_rollback_and_prune_act_there_too(
    maker: SharedStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [built(maker.root, day) for day in (1, 2, 3)]
    for one in made:
        maker.publish(one)
    assert maker.rollback() == made[1]
    remote = RemoteSnapshots(url)
    assert remote.current_id() == made[1]
    killed = "20260504-0123456789ab"
    Objects(url).write(f"{killed}/products/US/rows.arrow", b"half")
    assert maker.prune(1) == [made[0]]
    assert [remote.manifest(one) is not None for one in made] == [False, True, True]
    monkeypatch.setattr(remote_module, "ABANDONED", datetime.timedelta(-1))
    assert maker.prune(1) == [killed]
    assert Objects(url).entries(killed) == Objects(url).entries(made[0]) == []
    with pytest.raises(NotFound, match=f"No snapshot '{made[0]}' at {url}"):
        remote.publish(made[0])


def test_a_fetcher_follows(
    maker: SharedStore, node: SnapshotStore, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    fetcher = Fetcher(node, url, ["US"])
    with caplog.at_level(logging.INFO, "shopscope"):
        fetcher.look()
        assert node.current_id() is None  # nothing is published yet
        made = [built(maker.root, day) for day in (1, 2, 3)]
        for one in made:
            maker.publish(one)
            fetcher.look()
            assert node.current_id() == one
        assert [info.id for info in node.list()] == made[:0:-1]
        maker.rollback()
        fetcher.look()
        assert node.current_id() == made[1]
        state = read_state(node.root, url)
        assert state is not None
        assert state.reached_at is not None
        assert state.problem is None
        Objects(url).write("current", b"20260509-aaaaaaaaaaaa\n")
        for _ in range(2):
            fetcher.look()
    state = read_state(node.root, url)
    assert state is not None
    assert "No snapshot '20260509-aaaaaaaaaaaa'" in str(state.problem)
    assert node.current_id() == made[1]
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"still serving {made[1]}" in told.getMessage()


def test_only_one_process_fetches(node: SnapshotStore) -> None:
    with node.fetching() as mine, SnapshotStore(node.root).fetching() as other:
        assert (mine, other) == (True, False)


def test_a_publication_that_fails_changes_nothing(
    maker: SharedStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = built(maker.root, 1)

    def away(*_: object) -> None:
        raise StorageError("Can't write there: it is away")

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "upload", away)
        with pytest.raises(StorageError, match=f"`shopscope snapshots publish {made}` tries again"):
            maker.publish(made)
    assert (maker.current_id(), RemoteSnapshots(url).current_id()) == (None, None)
    maker.publish(made)
    assert RemoteSnapshots(url).current_id() == made
