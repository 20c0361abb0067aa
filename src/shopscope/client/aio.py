"""The asynchronous client: sends and sleeps on the event loop what the core decides."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Generator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, Unpack, overload

from shopscope.client.aio_connection import AsyncConnection
from shopscope.client.aio_pages import AsyncPages
from shopscope.client.aio_resources import (
    AsyncAccount,
    AsyncCategories,
    AsyncInsights,
    AsyncProducts,
)
from shopscope.client.answer import Answer
from shopscope.client.base import BaseClient
from shopscope.client.call import Call, Listing
from shopscope.client.config import MoneyName, Options, count
from shopscope.client.core import State, exchange
from shopscope.client.errors import (
    BudgetExceeded,
    ClientError,
    ConnectionError,
    copied,
)
from shopscope.client.export import Exported, aside, exchange_file
from shopscope.client.limits import Budget
from shopscope.client.notices import warn_of_ignored
from shopscope.client.page import Page
from shopscope.client.row import Money, Row
from shopscope.client.steps import Failed, Received, Send, Sleep

T = TypeVar("T")


class _Flight:
    """A request on its way, and how many wait for it."""

    def __init__(self, task: "asyncio.Task[Page[Row]]") -> None:
        self.task = task
        self.waiting = 0


class AsyncLine:
    """The connections of a client, and of those derived from it.

    Equal requests at the same time are sent once. It goes on until nobody waits for it any more,
    whoever began it. `sleep` is replaced in tests.
    """

    def __init__(self, state: State, options: Mapping[str, Any]) -> None:
        self.state = state
        self.sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
        self._connection = AsyncConnection(options)
        self._flights: dict[str, _Flight] = {}
        self._closed = False

    async def page(self, call: Call, budgets: tuple[Budget, ...]) -> Page[Row]:
        """What a call is answered with.

        Raises:
            ClientError: anything but a success.
        """
        if self._connection.renewed():
            self._flights = {}
        while True:
            flight = self._flights.get(call.target)
            own = flight is None
            if flight is None:
                flight = _Flight(asyncio.create_task(self._fly(call, budgets)))
                self._flights[call.target] = flight
            try:
                return await self._landed(call, flight)
            except BudgetExceeded:
                if own:
                    raise
            except ClientError as error:
                if own:
                    raise
                raise copied(error) from error.__cause__

    async def export(self, call: Call, budgets: tuple[Budget, ...], part: Path) -> Answer:
        """The answer whose body is written into a file.

        Raises:
            ClientError: anything but a success.
        """
        if self._connection.renewed():
            self._flights = {}
        return await self._through(exchange_file(call, self.state, budgets, part))

    async def aclose(self) -> None:
        """Close the connections, if they are ours; requests on their way fail."""
        self._closed = True
        for flight in list(self._flights.values()):
            flight.task.cancel()
        await self._connection.aclose()

    async def _landed(self, call: Call, flight: _Flight) -> Page[Row]:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if self._closed and flight.task.cancelled():
                raise ConnectionError("The client was closed", retryable=False) from None
            raise
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._flights.pop(call.target, None)

    async def _fly(self, call: Call, budgets: tuple[Budget, ...]) -> Page[Row]:
        flight = self._flights.get(call.target)
        try:
            return await self._through(exchange(call, self.state, budgets))
        finally:
            if self._flights.get(call.target) is flight:
                self._flights.pop(call.target, None)

    async def _through(self, steps: Generator[Send | Sleep, Received | Failed | None, T]) -> T:
        """What the steps come to, when they are done."""
        outcome: Received | Failed | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Sleep):
                    await self.sleep(step.seconds)
                    outcome = None
                else:
                    timeout = self.state.config.timeout
                    outcome = await self._connection.receive(step, timeout)
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            steps.close()


class AsyncClient(BaseClient[Money]):
    """Asks the API: `client.products.list(region="US")`. Made once and used for everything.

    For asyncio. Any number of tasks may use it at once, on one event loop at a time; on another
    one it connects anew. `async with AsyncClient(…) as client` closes it at the end.

    Args:
        api_key: the key, else SHOPSCOPE_API_KEY. An open server needs none. It is sent to
            `base_url` only.
        money: "decimal" for exact amounts, or "float".
        prefetch: pages that are fetched ahead while the caller works on one; each costs its
            credits, whether or not the caller gets to it.
        options: `Options` lists them: base_url, timeout, retries, qps, cache, http, transport, app.

    Raises:
        InvalidParameter: a value that an option does not take.
    """

    products: AsyncProducts[Money]
    categories: AsyncCategories
    insights: AsyncInsights[Money]
    account: AsyncAccount

    @overload
    def __init__(
        self: "AsyncClient[Decimal]",
        api_key: str | None = None,
        *,
        money: Literal["decimal"] = "decimal",
        prefetch: int = 1,
        **options: Unpack[Options],
    ) -> None: ...
    @overload
    def __init__(
        self: "AsyncClient[float]",
        api_key: str | None = None,
        *,
        money: Literal["float"],
        prefetch: int = 1,
        **options: Unpack[Options],
    ) -> None: ...
    def __init__(
        self,
        api_key: str | None = None,
        *,
        money: MoneyName = "decimal",
        prefetch: int = 1,
        **options: Unpack[Options],
    ) -> None:
        self._prefetch = count("prefetch", prefetch)
        super().__init__(api_key, money, options)

    async def aclose(self) -> None:
        """Close the connections. A client derived by `with_budget` leaves them open."""
        if self._owns_line:
            await self._line.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _connect(self, state: State, options: Mapping[str, Any]) -> AsyncLine:
        return AsyncLine(state, options)

    def _resources(self) -> None:
        self.products = AsyncProducts(self)
        self.categories = AsyncCategories(self)
        self.insights = AsyncInsights(self)
        self.account = AsyncAccount(self)

    async def _page(self, call: Call) -> Page[Any]:
        line: AsyncLine = self._line
        return await line.page(call, self._budgets)

    async def _export(self, call: Call, file: str | os.PathLike[str]) -> Exported:
        line: AsyncLine = self._line
        with aside(file) as part:
            answer = await line.export(call, self._budgets, part)
        warn_of_ignored(answer)
        return Exported(path=Path(file), rows=answer.total, answer=answer)

    def _pages(self, listing: Listing) -> AsyncPages[Any]:
        return AsyncPages(self, listing)
