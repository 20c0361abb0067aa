"""Have what is published at a URL here: fetched, published in this folder, older ones removed.

Every worker of a server has a fetcher; a lock in the folder lets one of them work at a time, so
when that worker ends, another goes on. Followers see what it publishes like any other snapshot.
"""

import logging
import os
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from shopscope.errors import ShopscopeError
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.remote import RemoteSnapshots, Stopped

INTERVAL = 2.0
"""Seconds between two looks at the URL."""

KEEP = 2
"""How many snapshots stay here: the one that is served, and the one to go back to."""

_STATE = ".remote.json"

_log = logging.getLogger(__name__)


class RemoteState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the URL: when it last answered, and what is wrong, if anything is."""

    url: str
    reached_at: datetime | None = None
    problem: str | None = None


def read_state(root: Path, url: str | None) -> RemoteState | None:
    """What a fetcher has written about `url` into the folder of snapshots; None: no URL."""
    if url is None:
        return None
    try:
        state = msgspec.json.decode((root / _STATE).read_bytes(), type=RemoteState)
    except (OSError, msgspec.MsgspecError):
        return RemoteState(url=url)
    return state if state.url == url else RemoteState(url=url)


class Fetcher:
    """Follows a URL from a thread of its own; what goes wrong leaves served what is served."""

    def __init__(self, store: SnapshotStore, url: str, regions: Collection[str] = ()) -> None:
        self._store = store
        self._url = url
        self._regions = regions
        self._remote: RemoteSnapshots | None = None
        self._state = RemoteState(url=url)
        self._had: str | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="fetch-snapshot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following; what is half fetched will be gone on with."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(1.0)  # a storage that is away may hold it for longer
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._store.fetching() as mine:
                    if mine:
                        self._work()
            except Exception:  # noqa: BLE001 - whatever it is, what is served stays served
                _log.exception("snapshots at %s can't be followed", self._url)
            self._stopping.wait(INTERVAL)

    def _work(self) -> None:
        """Follow as long as the lock is held, which is until the end."""
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(INTERVAL)

    def look(self) -> None:
        """Have here what is published at the URL by now."""
        reached, problem = self._state.reached_at, None
        try:
            if self._remote is None:
                self._remote = RemoteSnapshots(self._url)
            wanted = self._remote.current_id()
            reached = datetime.now(UTC)
            if wanted is not None:
                self._have(self._remote, wanted)
        except Stopped:
            return
        except ShopscopeError as error:
            problem = str(error)
        if problem is not None and problem != self._state.problem:
            served = self._store.current_id() or "none"
            _log.error("snapshots can't be fetched, still serving %s: %s", served, problem)
        self._tell(RemoteState(url=self._url, reached_at=reached, problem=problem))

    def _have(self, remote: RemoteSnapshots, wanted: str) -> None:
        here = self._store.current_id()
        if wanted == here == self._had:
            return
        remote.fetch(wanted, self._store, self._regions, self._stopping.is_set)
        self._had = wanted
        if wanted != here:
            self._store.publish(wanted)
            removed = self._store.prune(KEEP)
            _log.info("fetched snapshot %s from %s, removed %s", wanted, self._url, removed)

    def _tell(self, state: RemoteState) -> None:
        """Write it where the other workers read it."""
        self._state = state
        self._store.root.mkdir(parents=True, exist_ok=True)
        draft = self._store.hidden(".remote-")
        try:
            draft.write_bytes(msgspec.json.encode(state))
            os.replace(draft, self._store.root / _STATE)
        finally:
            draft.unlink(missing_ok=True)
