"""The real application with one more route, a static answer, for comparison: `python -m bench.app`.

Served by granian as `shopscope serve` does it, with the settings of the environment.
"""

import os
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server import Server
from starlette.types import ASGIApp

from shopscope.server import create as create_api
from shopscope.settings import load_settings

STATIC = "/bench/static"
SIZE = "BENCH_STATIC_BYTES"


class WithStatic:
    """Answers one path with the same bytes every time, and hands the rest on."""

    def __init__(self, api: ASGIApp, size: int) -> None:
        self._api = api
        self._body = b"x" * size
        self._headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % size),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != STATIC:
            await self._api(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def create() -> WithStatic:
    """The application of a worker."""
    return WithStatic(create_api(), int(os.environ[SIZE]))


def run(target: str, port: int, workers: int) -> None:
    """Serve the application that a factory makes, with the options of `shopscope serve`."""
    Server(
        target,
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    settings = load_settings({})
    run("bench.app:create", settings.port, settings.workers)
