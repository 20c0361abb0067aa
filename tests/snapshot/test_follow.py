"""Following: switching within a second, and holding on to what works."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shopscope.snapshot.follow import Follower
from shopscope.snapshot.publish import SnapshotStore
from tests.snapshot import rows


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path)


@pytest.fixture
def follower(store: SnapshotStore) -> Iterator[Follower]:
    follower = Follower(store)
    yield follower
    follower.stop()


def built(store: SnapshotStore, products: int) -> str:
    return rows.build(store.root, rows.region_rows(rows.table(products)))


def soon(condition: Callable[[], bool], seconds: float = 1.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def served(follower: Follower) -> str | None:
    return None if follower.snapshot is None else follower.snapshot.id


def test_it_opens_what_is_published(store: SnapshotStore, follower: Follower) -> None:
    snapshot_id = built(store, 3)
    store.publish(snapshot_id)
    follower.start()
    assert served(follower) == snapshot_id


def test_it_switches_within_a_second(store: SnapshotStore, follower: Follower) -> None:
    first, second = built(store, 3), built(store, 4)
    follower.start()
    assert follower.snapshot is None
    for snapshot_id in (first, second, first):
        store.publish(snapshot_id)
        assert soon(lambda wanted=snapshot_id: served(follower) == wanted)  # type: ignore[misc]


def test_a_damaged_snapshot_changes_nothing(
    store: SnapshotStore, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = built(store, 3), built(store, 4)
    store.publish(first)
    follower.start()
    path = store.root / second / "products/US/rows.arrow"
    content = path.read_bytes()
    with caplog.at_level(logging.ERROR):
        path.write_bytes(content[:-1])
        (store.root / "current").write_text(second)
        assert soon(lambda: bool(caplog.records))
        assert served(follower) == first
        time.sleep(0.7)  # it looks again, and says so once
        assert len(caplog.records) == 1
    assert f"still serving {first}" in caplog.text
    path.write_bytes(content)
    assert soon(lambda: served(follower) == second)


def test_it_stops(store: SnapshotStore, follower: Follower) -> None:
    first, second = built(store, 3), built(store, 4)
    store.publish(first)
    follower.start()
    follower.stop()
    store.publish(second)
    time.sleep(0.4)
    assert served(follower) == first


def test_only_some_regions(store: SnapshotStore) -> None:
    table = rows.table(3)
    store.publish(
        rows.build(store.root, rows.region_rows(table, "US"), rows.region_rows(table, "GB"))
    )
    follower = Follower(store, ["GB"])
    follower.start()
    follower.stop()
    assert follower.snapshot is not None
    assert set(follower.snapshot.regions) == {"GB"}
