"""An ASGI application in this process instead of a server, with its lifespan.

For tests and notebooks: no port, no process. `AppTransport` asks it on the caller's event loop,
`ThreadedAppTransport` on a loop of its own in a background thread.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx2

from shopscope.client.errors import ConnectionError

T = TypeVar("T")


class AppTransport(httpx2.AsyncBaseTransport):
    """Asks an application, which is started before the first request and ended on closing."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._inner = httpx2.ASGITransport(app=self._call, raise_app_exceptions=False)
        self._state: dict[str, Any] = {}
        self._starting = asyncio.Lock()
        self._lifespan: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer."""
        async with self._starting:
            if self._lifespan is None:
                await self._start()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """End the application."""
        if self._lifespan is not None:
            self._ending.set()
            await self._lifespan
            self._lifespan = None

    async def _call(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app({**scope, "state": self._state.copy()}, receive, send)

    async def _start(self) -> None:
        started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._lifespan = asyncio.create_task(self._live(started))
        problem = await started
        if problem is not None:
            self._lifespan = None
            raise ConnectionError(f"The application can't start: {problem}", retryable=False)

    async def _live(self, started: "asyncio.Future[str | None]") -> None:
        """The lifespan of the application, as the ASGI specification has it.

        One that fails before it has started or not takes no part in this.
        """
        phases = iter(["startup"])

        async def receive() -> dict[str, Any]:
            if next(phases, None) is None:
                await self._ending.wait()
                return {"type": "lifespan.shutdown"}
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set_result(None)
            elif message["type"] == "lifespan.startup.failed":
                started.set_result(message.get("message") or "it does not say why")

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self._state}
        try:
            await self._app(scope, receive, send)
        except Exception:
            if started.done():
                raise
        finally:
            if not started.done():
                started.set_result(None)


class ThreadedAppTransport(httpx2.BaseTransport):
    """Asks an application from synchronous code."""

    def __init__(self, app: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="shopscope-app", daemon=True)
        self._thread.start()
        self._inner = AppTransport(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer.

        Raises:
            httpx2.ReadTimeout: none came within the request's read timeout.
        """
        return self._do(self._answer(request), request.extensions["timeout"]["read"])

    def close(self) -> None:
        """End the application and the thread."""
        if not self._loop.is_closed():
            self._do(self._inner.aclose(), None)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        asked = httpx2.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await self._inner.handle_async_request(asked)
        body = b"".join([part async for part in answer.aiter_raw()])  # as coded as headers say
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body)

    def _do(self, work: Coroutine[Any, Any, T], seconds: float | None) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except concurrent.futures.TimeoutError:
            raise httpx2.ReadTimeout("the application takes too long") from None
        finally:
            future.cancel()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
