"""Object storage by URL: S3, what speaks like it, or a folder that machines share.

Credentials and endpoint are those of the environment that every tool for S3 reads:
`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`;
without keys, those of the machine's role.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import LocalStore, S3Store

from shopscope.errors import StorageError

CHUNK_BYTES = 16 << 20
"""What is held in memory of a file on its way."""

_PARTS_MAX = 9_000
"""S3 takes a file in 10,000 parts at most."""

_RETRY = timedelta(seconds=20)
"""How long a request is tried again; who follows what is published asks again by itself."""


def plain_http(url: str) -> bool:
    """Whether the endpoint of this URL is one without TLS, as the environment names it."""
    name = "AWS_ENDPOINT_URL"
    endpoint = os.environ.get(f"{name}_S3") or os.environ.get(name) or ""
    return url.startswith("s3:") and endpoint.startswith("http:")


class Changed(StorageError):
    """Somebody else has written the object since it was read."""


class Entry(NamedTuple):
    """An object in a list."""

    name: str
    bytes: int
    modified: datetime


class Objects:
    """The objects below one URL, `s3://…` or `file:///…`; names are relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        with self._reported("open", ""):
            if url.startswith("file://"):
                folder = Path(url.removeprefix("file://"))
                self._store: LocalStore | S3Store = LocalStore(folder, mkdir=True)
            else:
                self._store = S3Store.from_url(
                    url,
                    client_options={"allow_http": plain_http(url)},
                    retry_config={"max_retries": 5, "retry_timeout": _RETRY},
                )

    def read(self, name: str) -> tuple[bytes, str | None] | None:
        """What an object holds, and the tag of this version; None: there is none."""
        with self._reported("read", name):
            try:
                found = obstore.get(self._store, name)
                return bytes(found.bytes()), found.meta["e_tag"]
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write an object in one step, whatever was there."""
        with self._reported("write", name):
            obstore.put(self._store, name, content)

    def swap(self, name: str, content: bytes, tag: str | None) -> str | None:
        """Write an object if it is still the version of `tag` (None: not there); its new tag.

        Raises:
            Changed: it is another version by now.
        """
        with self._reported("write", name):
            try:
                written = obstore.put(
                    self._store, name, content, mode="create" if tag is None else {"e_tag": tag}
                )
            except (AlreadyExistsError, PreconditionError):
                raise Changed(f"{self.url}/{name} was changed by somebody else.") from None
        return written["e_tag"]

    def upload(self, name: str, path: Path) -> None:
        """Write a file as an object, which is there as a whole or not at all."""
        chunk = max(CHUNK_BYTES, path.stat().st_size // _PARTS_MAX)
        with self._reported("write", name):
            obstore.put(self._store, name, path, chunk_size=chunk, max_concurrency=4)

    def download(self, name: str, path: Path) -> None:
        """Write an object into a file."""
        with self._reported("read", name):
            size = obstore.head(self._store, name)["size"]
        with path.open("wb") as file:
            for piece in self.chunks(name, 0, size):
                file.write(piece)

    def chunks(self, name: str, start: int, size: int) -> Iterator[memoryview]:
        """An object of `size` bytes from `start` on, a piece at a time."""
        for at in range(start, size, CHUNK_BYTES):
            with self._reported("read", name):
                end = min(at + CHUNK_BYTES, size)
                piece = memoryview(obstore.get_range(self._store, name, start=at, end=end))
            yield piece

    def entries(self, below: str = "") -> list[Entry]:
        """All objects, or those below a folder."""
        with self._reported("list", below):
            return [
                Entry(str(one["path"]), one["size"], one["last_modified"])
                for batch in obstore.list(self._store, f"{below}/" if below else None)
                for one in batch
            ]

    def folders(self) -> list[str]:
        """The names of the folders there are."""
        with self._reported("list", ""):
            listed = obstore.list_with_delimiter(self._store)["common_prefixes"]
            return sorted(name.rstrip("/") for name in listed)

    def remove(self, names: list[str]) -> None:
        """Remove objects, if they are there."""
        with self._reported("remove from", ""), contextlib.suppress(FileNotFoundError):
            if names:
                obstore.delete(self._store, names)

    @contextlib.contextmanager
    def _reported(self, action: str, name: str) -> Iterator[None]:
        """Turn what the library raises into one error that says what could not be done."""
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            place = f"{self.url}/{name}" if name else self.url
            reason = str(error).strip().split("\n")[0].split("<?xml")[0][:300].rstrip(" -:")
            raise StorageError(f"Can't {action} {place}: {reason}") from None
