"""Follow what is published: one reference to the open snapshot, swapped when `current` changes."""

import logging
import threading
from collections.abc import Collection

from shopscope.errors import ShopscopeError
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot

INTERVAL = 0.3
"""Seconds between two looks at what is published."""

_log = logging.getLogger(__name__)


class Follower:
    """Knows the open snapshot. Requests in flight keep the one they began with."""

    def __init__(self, store: SnapshotStore, regions: Collection[str] = ()) -> None:
        self._store = store
        self._regions = regions
        self._snapshot: Snapshot | None = None
        self._failed: str | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def snapshot(self) -> Snapshot | None:
        """The open snapshot; None: nothing is published, or it could never be opened."""
        return self._snapshot

    def start(self) -> None:
        """Open what is published now, then follow it from a thread of its own."""
        self._look()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="follow-snapshot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following; the open snapshot stays open."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        """Open the published snapshot if it is another one; a damaged one changes nothing."""
        wanted: str | None = None
        try:
            wanted = self._store.current_id()
            if wanted is None or (self._snapshot is not None and wanted == self._snapshot.id):
                return
            self._snapshot = Snapshot.open(self._store.path(wanted), self._regions)
        except ShopscopeError as error:
            if self._failed != str(error):
                served = "none" if self._snapshot is None else self._snapshot.id
                _log.error(
                    "snapshot %s can't be served, still serving %s: %s", wanted, served, error
                )
            self._failed = str(error)
        except Exception:  # noqa: BLE001 - whatever it is, what is served stays served
            _log.exception("snapshot %s can't be served", wanted)
        else:
            self._failed = None
            _log.info("serving snapshot %s", wanted)
