"""The synchronous client: sends, sleeps and locks what the core decides."""

import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, Unpack, overload

from shopscope.client.answer import Answer
from shopscope.client.base import BaseClient
from shopscope.client.call import Call, Listing
from shopscope.client.config import MoneyName, Options
from shopscope.client.connection import Connection
from shopscope.client.core import State, exchange
from shopscope.client.errors import BudgetExceeded, ClientError, copied
from shopscope.client.export import Exported, aside, exchange_file
from shopscope.client.limits import Budget
from shopscope.client.notices import warn_of_ignored
from shopscope.client.page import Page
from shopscope.client.pages import Pages
from shopscope.client.resources import Account, Categories, Insights, Products
from shopscope.client.row import Money, Row
from shopscope.client.steps import Failed, Received, Send, Sleep

T = TypeVar("T")


class Line:
    """The connections of a client, and of those derived from it.

    Equal requests at the same time are sent once: the first caller sends, the others wait for
    what it gets. `sleep` is replaced in tests.
    """

    def __init__(self, state: State, options: Mapping[str, Any]) -> None:
        self.state = state
        self.sleep: Callable[[float], None] = time.sleep
        self._connection = Connection(options)
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, Future[Page[Row] | None]] = {}

    def page(self, call: Call, budgets: tuple[Budget, ...]) -> Page[Row]:
        """What a call is answered with.

        Raises:
            ClientError: anything but a success.
        """
        if self._connection.renewed():
            self._begin()
        while True:
            with self._lock:
                flight = self._flights.get(call.target)
                if flight is None:
                    own = self._flights[call.target] = Future()
            if flight is None:
                return self._fly(call, budgets, own)
            page = flight.result()
            if page is not None:
                return page

    def close(self) -> None:
        """Close the connections, if they are ours."""
        self._connection.close()

    def _fly(
        self, call: Call, budgets: tuple[Budget, ...], flight: "Future[Page[Row] | None]"
    ) -> Page[Row]:
        """Send, and tell those who wait; None: they see to it themselves."""
        page = None
        failure: ClientError | None = None
        try:
            page = self._through(exchange(call, self.state, budgets))
        except BudgetExceeded:
            raise
        except ClientError as error:
            failure = error
            raise
        finally:
            with self._lock:
                del self._flights[call.target]
            if failure is None:
                flight.set_result(page)
            else:
                flight.set_exception(copied(failure))
        return page

    def export(self, call: Call, budgets: tuple[Budget, ...], part: Path) -> Answer:
        """The answer whose body is written into a file.

        Raises:
            ClientError: anything but a success.
        """
        if self._connection.renewed():
            self._begin()
        return self._through(exchange_file(call, self.state, budgets, part))

    def _through(self, steps: Generator[Send | Sleep, Received | Failed | None, T]) -> T:
        """What the steps come to, when they are done."""
        outcome: Received | Failed | None = None
        try:
            while True:
                with self._lock:
                    step = steps.send(outcome)
                if isinstance(step, Sleep):
                    self.sleep(step.seconds)
                    outcome = None
                else:
                    outcome = self._connection.receive(step, self.state.config.timeout)
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            with self._lock:
                steps.close()


class Client(BaseClient[Money]):
    """Asks the API: `client.products.list(region="US")`. Made once and used for everything.

    Any thread may use it. After a fork the child connects anew; a client that was passed in is
    the caller's to make fork-safe. `with Client(…) as client` closes it at the end.

    Args:
        api_key: the key, else SHOPSCOPE_API_KEY. An open server needs none. It is sent to
            `base_url` only.
        money: "decimal" for exact amounts, or "float".
        options: `Options` lists them: base_url, timeout, retries, qps, cache, http, transport, app.

    Raises:
        InvalidParameter: a value that an option does not take.
    """

    products: Products[Money]
    categories: Categories
    insights: Insights[Money]
    account: Account

    @overload
    def __init__(
        self: "Client[Decimal]",
        api_key: str | None = None,
        *,
        money: Literal["decimal"] = "decimal",
        **options: Unpack[Options],
    ) -> None: ...
    @overload
    def __init__(
        self: "Client[float]",
        api_key: str | None = None,
        *,
        money: Literal["float"],
        **options: Unpack[Options],
    ) -> None: ...
    def __init__(
        self,
        api_key: str | None = None,
        *,
        money: MoneyName = "decimal",
        **options: Unpack[Options],
    ) -> None:
        super().__init__(api_key, money, options)

    def close(self) -> None:
        """Close the connections. A client derived by `with_budget` leaves them open."""
        if self._owns_line:
            self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self, state: State, options: Mapping[str, Any]) -> "Line":
        return Line(state, options)

    def _resources(self) -> None:
        self.products = Products(self)
        self.categories = Categories(self)
        self.insights = Insights(self)
        self.account = Account(self)

    def _page(self, call: Call) -> Page[Any]:
        line: Line = self._line
        return line.page(call, self._budgets)

    def _export(self, call: Call, file: str | os.PathLike[str]) -> Exported:
        line: Line = self._line
        with aside(file) as part:
            answer = line.export(call, self._budgets, part)
        warn_of_ignored(answer)
        return Exported(path=Path(file), rows=answer.total, answer=answer)

    def _pages(self, listing: Listing) -> Pages[Any]:
        return Pages(self, listing)
