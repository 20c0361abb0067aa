"""Snapshots at a URL: pushed whole by who makes them, fetched by region by who serves them.

What is there looks like the folder of snapshots: `<id>/…` and `current`. A manifest is written
last, so what has one is whole.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import msgspec

from shopscope.errors import NotFound, SnapshotError, StorageError
from shopscope.objects import Objects
from shopscope.settings import Settings
from shopscope.snapshot.manifest import (
    ID_PATTERN,
    MANIFEST,
    FileInfo,
    Manifest,
    check_sizes,
    content_id,
    parse_manifest,
    read_manifest,
    region_folder,
)
from shopscope.snapshot.publish import SnapshotStore, settle_folder

FETCHING = ".fetching-"
"""Prefix of folders into which a snapshot is being fetched; the next attempt goes on with it."""

ABANDONED = timedelta(days=1)
"""So long after its newest file, a push without a manifest is taken to have been killed."""

_CURRENT = "current"
_THREADS = 4

_PART = ".part"
"""Ending of a file that is not all there."""


class Stopped(SnapshotError):
    """The fetch was told to stop; what is there will be gone on with."""


class RemoteSnapshots:
    """The snapshots at one URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._objects = Objects(url)

    def current_id(self) -> str | None:
        """The id of the snapshot to serve; None: nothing is published."""
        found = self._objects.read(_CURRENT)
        return None if found is None else found[0].decode(errors="replace").strip() or None

    def manifest(self, snapshot_id: str) -> Manifest | None:
        """The manifest of a snapshot; None: there is none, or not all of it.

        Raises:
            SnapshotError: it is damaged or of another format.
        """
        if not re.fullmatch(ID_PATTERN, snapshot_id):
            raise SnapshotError(f"{self.url}: {snapshot_id!r} is no id of a snapshot.")
        found = self._objects.read(f"{snapshot_id}/{MANIFEST}")
        if found is None:
            return None
        manifest = parse_manifest(snapshot_id, found[0])
        # The id is made of the contents, so this holds every name, size and checksum.
        if content_id(manifest.regions, manifest.files) != snapshot_id:
            raise SnapshotError(f"{self.url}/{snapshot_id}/{MANIFEST} belongs to another snapshot.")
        return manifest

    def push(self, folder: Path) -> None:
        """Write a snapshot there, but for what is there already.

        Raises:
            SnapshotError: this copy is damaged, or has some of the regions only.
        """
        manifest = read_manifest(folder)
        if self.manifest(manifest.id) is not None:
            return
        if manifest.only is not None:
            raise SnapshotError(
                f"Snapshot {manifest.id} has only {', '.join(manifest.only)} here: push it from "
                "the machine that made it."
            )
        check_sizes(folder, manifest)
        there = {entry.name: entry.bytes for entry in self._objects.entries(manifest.id)}
        for name, info in manifest.files.items():
            if there.get(f"{manifest.id}/{name}") != info.bytes:
                self._objects.upload(f"{manifest.id}/{name}", folder / name)
        self._objects.write(f"{manifest.id}/{MANIFEST}", (folder / MANIFEST).read_bytes())

    def publish(self, snapshot_id: str) -> None:
        """Have every machine that follows this URL serve a snapshot; raises NotFound."""
        if self.manifest(snapshot_id) is None:
            raise NotFound(f"No snapshot {snapshot_id!r} at {self.url}.")
        self._objects.write(_CURRENT, f"{snapshot_id}\n".encode())

    def prune(self, keep: int, now: datetime) -> list[str]:
        """Remove all but the newest `keep` snapshots and the current; the ids that are gone."""
        whole: dict[str, datetime] = {}
        removed = []
        for name in self._objects.folders():
            if not re.fullmatch(ID_PATTERN, name):
                continue
            with contextlib.suppress(SnapshotError):
                manifest = self.manifest(name)
                if manifest is not None:
                    whole[name] = manifest.created_at
                    continue
            written = [entry.modified for entry in self._objects.entries(name)]
            if written and max(written) < now - ABANDONED:
                removed.append(name)
        newest = sorted(whole, key=lambda name: (whole[name], name), reverse=True)
        removed += set(newest[keep:]) - {self.current_id()}
        for name in removed:
            # Without its manifest nobody begins to fetch it.
            self._objects.remove([f"{name}/{MANIFEST}"])
            self._objects.remove([entry.name for entry in self._objects.entries(name)])
        return sorted(removed)

    def fetch(
        self,
        snapshot_id: str,
        store: SnapshotStore,
        regions: Collection[str] = (),
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Have a copy of a snapshot in `store`, with all its regions or those named.

        Every byte is held against its checksum. What an older copy has already is not fetched
        again, and what was fetched when an attempt ended is kept for the next.

        Raises:
            NotFound: it is not at the URL, or no longer.
            SnapshotError: what is there is damaged, or the disk is full or not writable.
            Stopped: `stopped` said so.
        """
        whole = self.manifest(snapshot_id)
        if whole is None:
            raise NotFound(f"No snapshot {snapshot_id!r} at {self.url}.")
        wanted = _cut(whole, regions)
        if _is_there(store, wanted):
            return
        folder = store.root / f"{FETCHING}{snapshot_id}"
        try:
            known = _known(store)
            folder.mkdir(parents=True, exist_ok=True)

            def bring(name: str) -> None:
                self._bring(wanted, name, folder, known, stopped)

            with ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch") as pool:
                list(pool.map(bring, wanted.files))
            (folder / MANIFEST).write_bytes(
                msgspec.json.format(msgspec.json.encode(wanted), indent=1)
            )
            for parent in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
                settle_folder(parent)
            store.place(folder, snapshot_id)
            for other in store.root.glob(f"{FETCHING}*"):
                shutil.rmtree(other, ignore_errors=True)
        except OSError as error:
            raise SnapshotError(
                f"Snapshot {snapshot_id} could not be written to {store.root}: "
                f"{error.strerror or error}."
            ) from error

    def _bring(
        self,
        manifest: Manifest,
        name: str,
        folder: Path,
        known: Mapping[FileInfo, Path],
        stopped: Callable[[], bool],
    ) -> None:
        """One file, which gets its name when it is whole, checked and on the disk."""
        info, path = manifest.files[name], folder / name
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if info in known:
            with contextlib.suppress(OSError):  # gone, or on a disk without links
                os.link(known[info], path)
                return
        part = path.with_name(path.name + _PART)
        with part.open("ab+") as file:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
            for piece in self._objects.chunks(f"{manifest.id}/{name}", file.tell(), info.bytes):
                if stopped():
                    raise Stopped(f"Snapshot {manifest.id} is not all there yet.")
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        if (size, digest.hexdigest()) != (info.bytes, info.sha256):
            part.unlink()
            raise SnapshotError(f"{self.url}/{manifest.id}/{name} is not what its manifest says.")
        part.replace(path)


class SharedStore(SnapshotStore):
    """The snapshots of this machine, which are published and removed at a URL too."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self._remote = RemoteSnapshots(url)

    def publish(self, snapshot_id: str) -> None:
        """Serve this snapshot from now on, here and wherever the URL is followed.

        Raises:
            NotFound: there is no such snapshot, neither here nor at the URL.
            SnapshotError: it is damaged, or the folder can't be written.
            StorageError: the URL can't be reached or written.
        """
        here = (self.root / snapshot_id).is_dir()
        try:
            if here:
                self._remote.push(self.path(snapshot_id))
            self._remote.publish(snapshot_id)
        except StorageError as error:
            raise StorageError(
                f"{error}. Snapshot {snapshot_id} is not published: "
                f"`shopscope snapshots publish {snapshot_id}` tries again."
            ) from None
        if here:
            super().publish(snapshot_id)

    def prune(self, keep: int = 3) -> list[str]:
        """Remove all but the newest `keep` snapshots here and at the URL; the ids that are gone."""
        removed = {*super().prune(keep), *self._remote.prune(keep, datetime.now(UTC))}
        return sorted(removed)


def open_store(settings: Settings) -> SnapshotStore:
    """The snapshots of this machine, shared where `snapshots_url` says so."""
    if settings.snapshots_url is None:
        return SnapshotStore(settings.snapshots_dir)
    return SharedStore(settings.snapshots_dir, settings.snapshots_url)


def _cut(whole: Manifest, regions: Collection[str]) -> Manifest:
    """The manifest of a copy with these regions; none: all of them."""
    for name in whole.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise SnapshotError(f"Snapshot {whole.id} names a file outside itself: {name!r}.")
    only = tuple(sorted(region for region in whole.regions if region in regions))
    if not regions or len(only) == len(whole.regions):
        return whole
    others = tuple(f"{region_folder(name)}/" for name in whole.regions if name not in only)
    files = {name: info for name, info in whole.files.items() if not name.startswith(others)}
    return msgspec.structs.replace(whole, files=files, only=only)


def _is_there(store: SnapshotStore, wanted: Manifest) -> bool:
    """Whether a copy with at least the wanted files is in the store."""
    folder = store.root / wanted.id
    try:
        found = read_manifest(folder)
        check_sizes(folder, found)
    except SnapshotError:
        return False
    return wanted.files.keys() <= found.files.keys()


def _known(store: SnapshotStore) -> dict[FileInfo, Path]:
    """The files of the copies that are here, by what they hold."""
    known: dict[FileInfo, Path] = {}
    for info in store.list():
        folder = store.path(info.id)
        with contextlib.suppress(SnapshotError):
            for name, file in read_manifest(folder).files.items():
                known[file] = folder / name
    return known
