"""Where a lake is: in a folder of this machine, or on object storage with copies here.

Both keep tables at an address that Delta knows, the head, which is written in one step, and a
lock for who writes. Readers ask for files of this machine: those of a lake on object storage are
fetched once, since Delta never changes a file.
"""

import contextlib
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import msgspec
from filelock import FileLock, Timeout

from shopscope.errors import LakeError, StorageError
from shopscope.objects import Changed, Objects, plain_http

LOCK_SECONDS = 10.0
"""How long a load waits for another one to end."""

LEASE_SECONDS = 30.0
"""So long without a sign of life, and a load on another machine is taken to be dead."""

_HEAD = "head.json"
_LOCK = "lock.json"
_FETCHES = 8


class Place(Protocol):
    """What the tables need to know of where they are."""

    name: str
    """For people."""
    work: Path
    """A folder of this machine, for what is staged."""
    options: dict[str, str]
    """What Delta needs to know to reach the tables."""

    def table(self, name: str) -> str:
        """The address of a table."""

    def read_head(self) -> tuple[bytes, str | None] | None:
        """The head and its version; None: there is none yet."""

    def write_head(self, head: bytes, version: str | None) -> None:
        """Write the head in one step; raises LakeError if it is no more of that version."""

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """The right to write; raises LakeError if another load has it for too long."""

    def files(self, addresses: Iterable[str]) -> list[str]:
        """Files of this machine with what is at these addresses."""

    def remove(self, table: str) -> None:
        """Remove a table."""


class Folder:
    """A lake in a folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.work = path
        self.options: dict[str, str] = {}

    def table(self, name: str) -> str:
        """The address of a table."""
        return str(self.work / name)

    def read_head(self) -> tuple[bytes, str | None] | None:
        """The head; its version is not told, since the lock is enough here."""
        try:
            return (self.work / _HEAD).read_bytes(), None
        except FileNotFoundError:
            return None

    def write_head(self, head: bytes, version: str | None) -> None:
        """Write the head in one step."""
        draft = self.work / f".head-{uuid.uuid4().hex}"
        with draft.open("wb") as file:
            file.write(head)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.work / _HEAD)
        folder = os.open(self.work, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The right to write."""
        lock = FileLock(self.work / ".lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise _busy(self.name) from None
        try:
            yield
        finally:
            lock.release()

    def files(self, addresses: Iterable[str]) -> list[str]:
        """The files themselves."""
        return list(addresses)

    def remove(self, table: str) -> None:
        """Remove a table."""
        shutil.rmtree(self.work / table)


class Bucket:
    """A lake on object storage; `work` is a folder for copies of its files."""

    def __init__(self, url: str, work: Path) -> None:
        self.name = url
        self.work = work
        self.options = {"allow_http": "true"} if plain_http(url) else {}
        self._objects = Objects(url)

    def table(self, name: str) -> str:
        """The address of a table."""
        return f"{self.name}/{name}"

    def read_head(self) -> tuple[bytes, str | None] | None:
        """The head and the tag of this version."""
        return self._objects.read(_HEAD)

    def write_head(self, head: bytes, version: str | None) -> None:
        """Write the head if nobody has since `version`."""
        try:
            self._objects.swap(_HEAD, head, version)
        except Changed:
            raise _busy(self.name) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The right to write, renewed while it is held."""
        self.work.mkdir(parents=True, exist_ok=True)
        with Folder(self.work).locked():
            lease = _Lease(self._objects)
            lease.take()
            try:
                yield
            finally:
                lease.give_back()

    def files(self, addresses: Iterable[str]) -> list[str]:
        """Copies of the files, fetched if they are not here yet."""
        names = [address.removeprefix(f"{self.name}/") for address in addresses]
        with ThreadPoolExecutor(_FETCHES, thread_name_prefix="lake") as pool:
            return list(pool.map(self._copy, names))

    def remove(self, table: str) -> None:
        """Remove a table."""
        self._objects.remove([entry.name for entry in self._objects.entries(table)])

    def _copy(self, name: str) -> str:
        path = self.work / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
            try:
                self._objects.download(name, draft)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        return str(path)


class _Holder(msgspec.Struct, frozen=True):
    """Who may write; `holder` None: nobody does. `beat` grows as long as it lives."""

    holder: str | None = None
    beat: int = 0


class _Lease:
    """The right to write among machines. Clocks are not compared: one that stands still is dead."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._tag: str | None = None
        self._beat = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> None:
        """Wait for the right; raises LakeError if a living load keeps it."""
        seen: str | None = None
        since = began = time.monotonic()
        while True:
            found = self._objects.read(_LOCK)
            tag = None if found is None else found[1]
            free = found is None or msgspec.json.decode(found[0], type=_Holder).holder is None
            now = time.monotonic()
            if seen != tag:
                if seen is not None and now - began > LOCK_SECONDS:
                    raise _busy(self._objects.url)
                seen, since = tag, now
            if free or now - since > LEASE_SECONDS:
                try:
                    self._write(self._holder, tag)
                except Changed:
                    continue
                break
            time.sleep(min(0.5, LEASE_SECONDS / 10))
        self._thread = threading.Thread(target=self._renew, name="lake-lease", daemon=True)
        self._thread.start()

    def give_back(self) -> None:
        """Let the next one write. One that was lost belongs to somebody else by now."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(StorageError):  # then it runs out
            self._write(None, self._tag)

    def _renew(self) -> None:
        while not self._done.wait(LEASE_SECONDS / 4):
            try:
                self._write(self._holder, self._tag)
            except Changed:
                return  # the head will tell the one who commits
            except StorageError:
                continue

    def _write(self, holder: str | None, tag: str | None) -> None:
        self._beat += 1
        content = msgspec.json.encode(_Holder(holder, self._beat))
        self._tag = self._objects.swap(_LOCK, content, tag)


def _busy(name: str) -> LakeError:
    return LakeError(f"Another load is writing to the lake in {name}. Wait until it ends.")
