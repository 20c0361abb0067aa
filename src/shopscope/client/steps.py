"""What a core without I/O asks of the client around it, and what it is told came of it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from shopscope.client.errors import ClientError


class Send(msgspec.Struct, frozen=True):
    """Send a request and read the whole answer; where it is an export, into `file`."""

    url: str
    headers: dict[str, str]
    method: str = "GET"
    content: bytes = b""
    file: Path | None = None

    def __repr__(self) -> str:
        """Method and URL without query, which may have secrets as the headers do."""
        return f"Send({self.method} {self.url.partition('?')[0]})"


class Sleep(msgspec.Struct, frozen=True):
    """Wait."""

    seconds: float


class Received(msgspec.Struct, frozen=True):
    """An answer came; the names of its headers are in lower case. `filed`: `raw` is empty, and the
    body in the file that was asked for."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    filed: bool = False


class Failed(msgspec.Struct, frozen=True):
    """None came; `sent` tells whether the server may have got the request."""

    error: ClientError
    sent: bool
