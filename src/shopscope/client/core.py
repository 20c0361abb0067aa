"""From a call to its page, without I/O: what to send, what the answer means, when to try again.

`exchange` is a generator that yields what is to be done, `Send` or `Sleep`, and is sent what came
of it. The clients do that and nothing else, so that both behave alike, and every rule can be
tested without a server.
"""

import logging
import random
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any, TypeVar

import shopscope
from shopscope.client.answer import Answer, answer_of
from shopscope.client.cache import Cache
from shopscope.client.call import Call
from shopscope.client.config import Config
from shopscope.client.decode import decode, quoted
from shopscope.client.errors import ClientError, UnexpectedAnswer, error_of
from shopscope.client.limits import Budget, Pace
from shopscope.client.page import Page, page_of
from shopscope.client.retry import retry_after
from shopscope.client.row import Row
from shopscope.client.steps import Failed, Received, Send, Sleep
from shopscope.contract.headers import CREDITS_USED, REQUEST_ID, RETRY_AFTER

T = TypeVar("T")

log = logging.getLogger("shopscope.client")


class State:
    """What the calls of a client share. Who uses it from several threads locks it.

    `clock` (seconds, from any point on), `today` and `chance` (0 to 1) are replaced in tests.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.pace = Pace(config.qps)
        self.cache = Cache(config.cache_size)
        self.clock: Callable[[], float] = time.monotonic
        self.today: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.chance: Callable[[], float] = random.random
        self.headers = {
            "accept": "application/json",
            "user-agent": f"shopscope-python/{shopscope.__version__}",
        }
        if config.api_key:
            self.headers["authorization"] = f"Bearer {config.api_key}"


Exchange = Generator[Send | Sleep, Received | Failed | None, Page[Row]]


def exchange(call: Call, state: State, budgets: tuple[Budget, ...]) -> Exchange:
    """The page that a call is answered with.

    Raises:
        BudgetExceeded: before anything is sent that a budget has no credits for.
        ClientError: what the last try ended with.
    """
    return (yield from retried(call, state, lambda: _attempt(call, state, budgets)))


def retried(
    call: Call, state: State, attempt: Callable[[], Generator[Send | Sleep, Any, T]]
) -> Generator[Send | Sleep, Any, T]:
    """What an attempt comes to, which is made again as long as that may help."""
    retry = state.config.retry
    failures = 0
    while True:
        try:
            return (yield from attempt())
        except ClientError as error:
            failures += 1
            delay = retry.delay(failures, error, state.chance())
            if delay is None:
                raise
            name = type(error).__name__
            log.debug("%s: %s; try %d in %.2f s", _shown(call, state), name, failures + 1, delay)
        yield Sleep(delay)


def _attempt(call: Call, state: State, budgets: tuple[Budget, ...]) -> Exchange:
    """One try, booked before and settled after it."""
    price = call.endpoint.credits
    for budget in budgets:
        budget.check(price)
    for budget in budgets:
        budget.book(price)
    cost = 0
    try:
        wait = state.pace.reserve(state.clock())
        if wait > 0:
            yield Sleep(wait)
        kept = state.cache.get(call.target)
        condition = {"if-none-match": kept.etag} if kept and kept.etag else {}
        cost = price  # if this ends here, who knows whether the server has charged for it
        began = state.clock()
        url = state.config.base_url + call.target
        outcome = yield Send(url, {**state.headers, **condition})
        if isinstance(outcome, Failed):
            cost = price if outcome.sent else 0
            log.debug("%s: %s", _shown(call, state), type(outcome.error).__name__)
            raise outcome.error
        assert isinstance(outcome, Received)  # noqa: S101 - who drives this sends what was asked
        _log(call, state, outcome, state.clock() - began)
        cost = cost_of(outcome, price)
        page = _page(call, state, outcome, kept)
        state.cache.put(call.target, page.answer)
        return page
    except ClientError as error:
        if error.code is not None:  # an error that the server has understood is not charged
            cost = 0
        raise
    finally:
        for budget in budgets:
            budget.settle(price, cost)


def cost_of(received: Received, price: int) -> int:
    """What an answer costs: as it says, else its price, if it isn't plainly an error."""
    told = received.headers.get(CREDITS_USED.name.lower(), "")
    if told.isascii() and told.isdecimal():
        return int(told)
    return price if received.status < 300 else 0


def _page(call: Call, state: State, received: Received, kept: Answer | None) -> Page[Row]:
    """The page that an answer is.

    Raises:
        ClientError: it is an error, or no answer of this API.
    """
    status, kind = received.status, call.kind
    raw, known = received.raw, {}
    if status == 304 and kept is not None:
        raw = kept.raw
        lasting = ("total", "as_of", "snapshot_id", "etag", "ignored")
        known = {name: getattr(kept, name) for name in lasting} | {"cached": True}
    elif 300 <= status < 400:
        where = received.headers.get("location", "")
        raise _unexpected(state, received, f"The server redirects to {where!r}: set base_url to it")
    try:
        decoded = decode(raw, kind.row, state.config.money, kind.shape)
    except UnexpectedAnswer as error:
        if status >= 400:
            raise refused(state, received, f"No envelope but {quoted(raw)}") from error
        raise _unexpected(state, received, error.message) from error.__cause__
    if decoded.code != 0 or status >= 400:
        message = decoded.message or "The server gives no reason"
        raise refused(state, received, message, decoded.code, decoded.request_id)
    answer = answer_of(raw, kind.shape, received.headers, request_id=decoded.request_id, **known)
    return page_of(decoded, answer, call, state.config.money)


def refused(
    state: State,
    received: Received,
    message: str,
    code: int | None = None,
    request_id: str | None = None,
) -> ClientError:
    """The error that an answer is."""
    return error_of(
        state.config.redact(message),
        code=code or None,
        http_status=received.status,
        request_id=received.headers.get(REQUEST_ID.name.lower()) or request_id,
        retry_after=retry_after(received.headers.get(RETRY_AFTER.name.lower()), state.today()),
    )


def _unexpected(state: State, received: Received, message: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        state.config.redact(message),
        http_status=received.status,
        request_id=received.headers.get(REQUEST_ID.name.lower()),
    )


def _shown(call: Call, state: State) -> str:
    return f"GET {state.config.redact(call.target)}"


def _log(call: Call, state: State, received: Received, seconds: float) -> None:
    if log.isEnabledFor(logging.DEBUG):
        request_id = received.headers.get(REQUEST_ID.name.lower(), "-")
        log.debug(
            "%s: HTTP %d, %d bytes in %.0f ms, request %s",
            _shown(call, state),
            received.status,
            len(received.raw),
            seconds * 1000,
            request_id,
        )
