"""The folder of snapshots: which there are, which one is served, and how that changes.

The file `current` holds the id of the snapshot that is served. It is replaced in one step, so
whoever reads it sees the old id or the new one. Readers need no lock and no right to write.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from shopscope.errors import NotFound, SnapshotError
from shopscope.snapshot.manifest import ID_PATTERN, Manifest, check_sizes, read_manifest

BUILDING = ".building-"
"""Prefix of folders in which a snapshot is being built."""

_CURRENT = "current"
_id = re.compile(ID_PATTERN)


class SnapshotInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot in a list: when it was made, what it holds, whether it is served."""

    id: str
    created_at: datetime
    as_of: dict[str, date]
    products: int
    bytes: int
    current: bool


_Ids = list[str]  # inside the class, `list` is its method


class SnapshotStore:
    """The snapshots below one folder; the folder is made when something is first written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, snapshot_id: str) -> Path:
        """The folder of a snapshot; raises NotFound."""
        folder = self.root / snapshot_id
        if not _id.fullmatch(snapshot_id) or not folder.is_dir():
            raise NotFound(
                f"No snapshot {snapshot_id!r} in {self.root}: "
                "`shopscope snapshots list` shows those there are."
            )
        return folder

    def current_id(self) -> str | None:
        """The id of the snapshot to serve; None: nothing is published."""
        try:
            return (self.root / _CURRENT).read_text(errors="replace").strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SnapshotError(f"{self.root / _CURRENT}: {error.strerror}") from None

    def list(self) -> list[SnapshotInfo]:
        """Every snapshot with a readable manifest, newest first."""
        current = self.current_id()
        manifests = []
        for folder in self._folders():
            with contextlib.suppress(SnapshotError):
                manifests.append(read_manifest(folder))
        manifests.sort(key=lambda manifest: (manifest.created_at, manifest.id), reverse=True)
        return [_info(manifest, current) for manifest in manifests]

    def publish(self, snapshot_id: str) -> None:
        """Serve this snapshot from now on.

        Raises:
            NotFound: there is no such snapshot.
            SnapshotError: it is damaged, or the folder can't be written.
        """
        folder = self.path(snapshot_id)
        with self._changing():
            check_sizes(folder, read_manifest(folder))
            written = self.hidden(".current-")
            try:
                with written.open("w") as file:
                    file.write(snapshot_id + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(written, self.root / _CURRENT)
            finally:
                written.unlink(missing_ok=True)
            settle_folder(self.root)

    def rollback(self, snapshot_id: str | None = None) -> str:
        """Serve an older snapshot, the one made before the current unless named; its id.

        Raises:
            NotFound: there is no such snapshot, or none that is older.
        """
        if snapshot_id is None:
            infos = self.list()
            places = [place for place, info in enumerate(infos) if info.current]
            if not places:
                raise NotFound(f"Nothing is published in {self.root}: nothing to go back from.")
            if places[0] + 1 == len(infos):
                raise NotFound(f"No snapshot in {self.root} is older than the one that is served.")
            snapshot_id = infos[places[0] + 1].id
        self.publish(snapshot_id)
        return snapshot_id

    def prune(self, keep: int = 3) -> _Ids:
        """Remove all but the newest `keep` snapshots; the ids that are gone.

        The one that is served stays, whatever its age. Snapshots without a readable manifest go,
        and so do the leavings of builds that were killed.
        """
        if not self.root.is_dir():
            return []
        with self._changing():
            kept = {info.id for info in self.list()[:keep]} | {self.current_id()}
            removed = [folder.name for folder in self._folders() if folder.name not in kept]
            for name in removed:
                _remove(self._aside(self.root / name))
            with contextlib.suppress(Timeout), self._lock("build", 0):
                self._sweep()
        return sorted(removed)

    @contextlib.contextmanager
    def building(self) -> Iterator["Building"]:
        """The right to build; one build at a time. What a killed one has left is removed.

        Raises:
            SnapshotError: another build is at work, or the folder can't be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = self._lock("build", 0)
            lock.acquire()
        except Timeout:
            raise SnapshotError(f"Another snapshot is being built in {self.root}.") from None
        except OSError as error:
            raise SnapshotError(f"{self.root}: {error.strerror}") from None
        try:
            with contextlib.suppress(OSError):  # prune tells of what can't be removed
                self._sweep()
            yield Building(self)
        finally:
            lock.release()

    @contextlib.contextmanager
    def fetching(self) -> Iterator[bool]:
        """The right to fetch; False: another process has it.

        Raises:
            SnapshotError: the folder can't be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._lock("fetch", 0):
                yield True
        except Timeout:
            yield False
        except OSError as error:
            raise SnapshotError(f"{self.root}: {error.strerror or error}") from None

    def place(self, folder: Path, snapshot_id: str) -> None:
        """Rename a finished folder to its id, instead of one that may be there."""
        target = self.root / snapshot_id
        with self._changing():
            aside = self._aside(target) if target.is_dir() else None
            os.rename(folder, target)
            settle_folder(self.root)
            if aside is not None:
                _remove(aside)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """The right to change what is served and what is there."""
        try:
            with self._lock("change", 30):
                yield
        except Timeout:
            raise SnapshotError(f"{self.root} is being changed by another process.") from None
        except OSError as error:
            raise SnapshotError(f"{self.root}: {error.strerror or error}") from None

    def hidden(self, prefix: str) -> Path:
        """A name in the folder that nobody else uses and no reader looks at."""
        return self.root / f"{prefix}{secrets.token_hex(6)}"

    def _lock(self, name: str, timeout: float) -> FileLock:
        return FileLock(self.root / f".{name}.lock", timeout=timeout)

    def _sweep(self) -> None:
        """Remove what is hidden; who holds the build's lock knows that it was abandoned."""
        for folder in self.root.glob(f"{BUILDING}*"):
            _remove(folder)

    def _folders(self) -> Iterator[Path]:
        if self.root.is_dir():
            for path in self.root.iterdir():
                if _id.fullmatch(path.name) and path.is_dir():
                    yield path

    def _aside(self, folder: Path) -> Path:
        """Take a folder out of sight in one step, so that nobody opens half of it."""
        aside = self.hidden(BUILDING)
        os.rename(folder, aside)
        return aside


class Building:
    """The right to put a finished snapshot in its place."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store

    def place(self, folder: Path, snapshot_id: str) -> None:
        """Rename a finished folder to its id, unless a whole one is there already."""
        target = self._store.root / snapshot_id
        with contextlib.suppress(SnapshotError):
            manifest = read_manifest(target)
            if manifest.only is None:
                check_sizes(target, manifest)
                return
        self._store.place(folder, snapshot_id)


def _remove(folder: Path) -> None:
    """Remove a folder, which somebody else may be removing too."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def settle_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _info(manifest: Manifest, current: str | None) -> SnapshotInfo:
    return SnapshotInfo(
        id=manifest.id,
        created_at=manifest.created_at,
        as_of={region: info.as_of for region, info in sorted(manifest.regions.items())},
        products=sum(info.products for info in manifest.regions.values()),
        bytes=sum(info.bytes for info in manifest.files.values()),
        current=manifest.id == current,
    )
