"""From the call of an export to its file, without I/O: what to send, what the answer means.

An export is not asked for again once its rows are on their way: they may have been charged.
"""

import contextlib
import os
import secrets
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from shopscope.client.answer import ROWS, Answer, answer_of
from shopscope.client.call import Call, call
from shopscope.client.core import State, cost_of, refused, retried
from shopscope.client.decode import decode
from shopscope.client.errors import InvalidParameter, UnexpectedAnswer
from shopscope.client.limits import Budget
from shopscope.client.product import Product
from shopscope.client.steps import Failed, Received, Send, Sleep
from shopscope.contract.exports import FORMATS


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was written, and what came with it.

    Attributes:
        path: where it is.
        rows: how many it has, None: the server does not tell.
        answer: as-of day, snapshot, request id, credits; its body is in the file.
    """

    path: Path
    rows: int | None
    answer: Answer


def export_call(file: str | os.PathLike[str], arguments: Mapping[str, Any]) -> Call:
    """The request for a file, in the format that its name ends with, if none is given.

    Raises:
        TypeError, InvalidParameter: as `shopscope.client.query.pairs` says.
    """
    chosen = arguments.get("format") or Path(file).suffix[1:]
    if chosen not in FORMATS:
        expected = f"one of {' '.join(FORMATS)}, as format or as the end of the file's name"
        raise InvalidParameter.of("format", chosen, expected)
    return call("export_products", {**arguments, "format": chosen})


@contextlib.contextmanager
def aside(file: str | os.PathLike[str]) -> Iterator[Path]:
    """A new file beside another one, which it becomes if all goes well, else it is removed.

    Raises:
        OSError: nothing can be written there; before anything is asked for.
    """
    whole = Path(file)
    part = whole.with_name(f".{whole.name}.{secrets.token_hex(4)}.part")
    part.touch(exist_ok=False)
    try:
        yield part
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


Steps = Generator[Send | Sleep, Received | Failed | None, Answer]


def exchange_file(asked: Call, state: State, budgets: tuple[Budget, ...], part: Path) -> Steps:
    """Have the answer to a call written into a file.

    Raises:
        BudgetExceeded: before anything costly is sent that a budget has no credits for.
        ClientError: what the last try ended with.
    """
    price = asked.endpoint.credits
    if budgets:  # what it will cost is known when its rows are counted
        counted = yield from retried(
            asked, state, lambda: _attempt(asked, state, budgets, price, None)
        )
        price = asked.endpoint.price_of(counted.total or 0)
    return (yield from retried(asked, state, lambda: _attempt(asked, state, budgets, price, part)))


def _attempt(
    asked: Call, state: State, budgets: tuple[Budget, ...], price: int, part: Path | None
) -> Steps:
    """One try, booked before and settled after it; without a file only its headers come."""
    for budget in budgets:
        budget.check(price)
    for budget in budgets:
        budget.book(price)
    cost = 0
    try:
        wait = state.pace.reserve(state.clock())
        if wait > 0:
            yield Sleep(wait)
        cost = price  # if this ends here, who knows whether the server has charged for it
        method = "HEAD" if part is None else "GET"
        headers = {**state.headers, "accept": "*/*"}
        outcome = yield Send(state.config.base_url + asked.target, headers, method, file=part)
        if isinstance(outcome, Failed):
            cost = price if outcome.sent else 0
            raise outcome.error
        if outcome is None:
            raise UnexpectedAnswer("Nothing came of the request")
        cost = cost_of(outcome, price)
        if outcome.status != 200 or (part is not None and not outcome.filed):
            raise _refusal(state, outcome)
        return answer_of(b"", ROWS, outcome.headers)
    finally:
        for budget in budgets:
            budget.settle(price, cost)


def _refusal(state: State, received: Received) -> Exception:
    """The error that an answer is which is no file."""
    try:
        decoded = decode(received.raw, Product, state.config.money, ROWS)
    except UnexpectedAnswer as error:
        return refused(state, received, error.message)
    message = decoded.message or "The server sent no file, and gives no reason"
    return refused(state, received, message, decoded.code, decoded.request_id)
