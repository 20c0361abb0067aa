"""The HTTP library: clients of httpx2 or httpx, one request with them, and what can go wrong.

The two libraries name things alike, so an object is used as it is, and errors are told apart by
the names of their classes. httpx itself is never imported: who passes one of its objects has.
"""

import asyncio
import functools
import inspect
import ssl
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import httpx2

from shopscope.client.asgi import AppTransport, ThreadedAppTransport
from shopscope.client.errors import ClientError, ConnectionError, Timeout, UnexpectedAnswer
from shopscope.client.steps import Failed, Received, Send
from shopscope.contract.exports import FORMATS

_CONNECT_SECONDS = 10.0
_NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}


def http_client(options: Mapping[str, Any]) -> tuple[Any, bool]:
    """A synchronous client to send with, and whether it is ours to close.

    Raises:
        TypeError: what was passed is not synchronous.
    """
    http, transport, app = (options.get(name) for name in ("http", "transport", "app"))
    if http is not None:
        if not hasattr(http, "send") or inspect.iscoroutinefunction(http.send):
            raise TypeError("http: Client needs a httpx2.Client or httpx.Client")
        return http, False
    if app is not None:
        transport = ThreadedAppTransport(app)
    if transport is not None and not hasattr(transport, "handle_request"):
        raise TypeError("transport: Client needs a httpx2.BaseTransport or httpx.BaseTransport")
    return _library(transport).Client(transport=transport), True


def async_http_client(options: Mapping[str, Any]) -> tuple[Any, bool]:
    """An asynchronous client to send with, and whether it is ours to close.

    Raises:
        TypeError: what was passed is not asynchronous.
    """
    http, transport, app = (options.get(name) for name in ("http", "transport", "app"))
    if http is not None:
        if not hasattr(http, "send") or not inspect.iscoroutinefunction(http.send):
            raise TypeError("http: AsyncClient needs a httpx2.AsyncClient or httpx.AsyncClient")
        return http, False
    if app is not None:
        transport = AppTransport(app)
    if transport is not None and not hasattr(transport, "handle_async_request"):
        raise TypeError(
            "transport: AsyncClient needs a httpx2.AsyncBaseTransport or httpx.AsyncBaseTransport"
        )
    return _library(transport).AsyncClient(transport=transport), True


def receive(http: Any, send: Send, seconds: float | None) -> Received | Failed:
    """Send a request and read the answer, for at most about `seconds` in all.

    The time is looked at whenever bytes arrive, and between two of them no longer is waited. Of a
    file it is the longest wait for its next bytes.
    """
    ends = None if seconds is None else time.monotonic() + seconds
    begun = False
    try:
        response = http.send(_request(http, send, seconds), **_SENDING, stream=True)
        try:
            if send.file is not None and _is_file(response):
                begun = True
                with send.file.open("wb") as file:
                    for part in response.iter_bytes():
                        _write(file, part)
                return Received(response.status_code, dict(response.headers), b"", filed=True)
            parts = []
            for part in response.iter_bytes():
                parts.append(part)
                if ends is not None and time.monotonic() > ends:
                    return _late(seconds)
        finally:
            response.close()
    except _DiskError as error:
        raise error.__cause__ or error from None
    except _errors() as error:
        return _broken_off(error, send, seconds) if begun else _failed(error, send, seconds)
    return Received(response.status_code, dict(response.headers), b"".join(parts))


async def areceive(http: Any, send: Send, seconds: float | None) -> Received | Failed:
    """Send a request and read the answer, for at most `seconds` in all.

    Of a file, they are the longest wait for its next bytes.
    """
    if send.file is not None:
        return await _areceive_file(http, send, send.file, seconds)
    try:
        async with asyncio.timeout(seconds) as timer:
            response = await http.send(_request(http, send, seconds), **_SENDING)
    except TimeoutError as error:
        return _late(seconds) if timer.expired() else _failed(error, send, seconds)
    except _errors() as error:
        return _failed(error, send, seconds)
    return Received(response.status_code, dict(response.headers), response.content)


async def _areceive_file(
    http: Any, send: Send, path: Path, seconds: float | None
) -> Received | Failed:
    begun = False
    try:
        response = await http.send(_request(http, send, seconds), **_SENDING, stream=True)
        try:
            if not _is_file(response):
                raw = await response.aread()
                return Received(response.status_code, dict(response.headers), raw)
            begun = True
            with path.open("wb") as file:
                async for part in response.aiter_bytes():
                    _write(file, part)
            return Received(response.status_code, dict(response.headers), b"", filed=True)
        finally:
            await response.aclose()
    except _DiskError as error:
        raise error.__cause__ or error from None
    except _errors() as error:
        return _broken_off(error, send, seconds) if begun else _failed(error, send, seconds)


_FILES = {media_type.partition(";")[0] for media_type in FORMATS.values()}


def _is_file(response: Any) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0]
    return response.status_code == 200 and kind in _FILES


class _DiskError(Exception):
    """A file can't be written, for the reason that is the cause."""


def _write(file: BinaryIO, part: bytes) -> None:
    try:
        file.write(part)
    except OSError as error:
        raise _DiskError from error


def _broken_off(error: Exception, send: Send, seconds: float | None) -> Failed:
    """A file that is not whole, and is not asked for again: it may have been charged."""
    failed = _failed(error, send, seconds)
    failed.error.retryable = False
    return failed


_SENDING: dict[str, Any] = {"auth": None, "follow_redirects": False}
"""The key goes to the base URL and nowhere else."""


def _request(http: Any, send: Send, seconds: float | None) -> Any:
    connect = None if seconds is None else min(seconds, _CONNECT_SECONDS)
    library = _library(http)
    timeout = library.Timeout(seconds, connect=connect)
    request = http.build_request(
        send.method, send.url, headers=send.headers, content=send.content or None, timeout=timeout
    )
    request.url = library.URL(send.url)  # without parameters of the caller's client
    return request


def _library(thing: Any) -> ModuleType:
    """The library that an object is of: httpx where its class is, else httpx2."""
    kind: type = type(thing)
    return _library_of(kind)


@functools.cache
def _library_of(kind: type) -> ModuleType:
    names = {cls.__module__.partition(".")[0] for cls in kind.__mro__}
    return sys.modules["httpx"] if "httpx" in names and "httpx" in sys.modules else httpx2


def _errors() -> tuple[type[Exception], ...]:
    """What sending can raise; of httpx too, if it is there."""
    libraries = [httpx2, *([sys.modules["httpx"]] if "httpx" in sys.modules else [])]
    own = [kind for each in libraries for kind in (each.HTTPError, each.InvalidURL)]
    return (*own, ClientError, OSError)


def _late(seconds: float | None) -> Failed:
    within = "in time" if seconds is None else f"within {seconds:g} seconds"
    return Failed(Timeout(f"No whole answer came {within}"), sent=True)


def _failed(error: Exception, send: Send, seconds: float | None) -> Failed:
    """The error of ours that one of a library is, which becomes its cause."""
    names = {cls.__name__ for cls in type(error).__mro__}
    sent = not names & _NOT_SENT
    if isinstance(error, ClientError):
        return Failed(error, sent=False)
    origin = "/".join(send.url.split("/", 3)[:3])
    said = str(error) or type(error).__name__
    known: ClientError
    if "TimeoutException" in names:
        known = _late(seconds).error if sent else Timeout(f"No connection to {origin} in time")
    elif "DecodingError" in names:
        known = UnexpectedAnswer(f"The answer's encoding is broken: {said}")
    elif sent:
        known = ConnectionError(f"The connection to {origin} was cut: {said}")
    else:
        problem = f"Can't connect to {origin}: {said}"
        known = ConnectionError(problem, retryable=not _for_good(error))
    known.__cause__ = error
    return Failed(known, sent)


def _for_good(error: BaseException | None) -> bool:
    """Whether the reason is a certificate or a protocol, which no waiting mends."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        if type(error).__name__ in ("UnsupportedProtocol", "InvalidURL"):
            return True
        error = error.__cause__ or error.__context__
    return False
