"""A request to an endpoint, once and downwards: understand, admit, read, charge.

What is asked is understood before it is charged; but whoever may not ask is told only that, however
wrong the question is. A success is charged, and nothing else: what was booked for an answer that is
no success, or that nobody is there to get, is given back. What was asked before in the same words
is not read again, but admitted and charged like everything else.
"""

import asyncio
import logging
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from starlette.types import Receive, Scope

from shopscope.accounts.gate import Admission, Gate
from shopscope.api import query, reply
from shopscope.api.coding import AS_IT_IS, Wanted, wanted
from shopscope.api.exchange import CLIENT_GONE, Exchange
from shopscope.api.finished import Asked, Finished, FinishedAnswers
from shopscope.api.handlers import Handler, LiveHandler
from shopscope.api.logs import FIELDS
from shopscope.api.metrics import Snapshots
from shopscope.api.presence import Presence
from shopscope.api.reply import Reply
from shopscope.contract.endpoints import Endpoint
from shopscope.contract.errors import ApiError, NotReady
from shopscope.contract.parameters import Bound, bind
from shopscope.snapshot.reader import Snapshot

log = logging.getLogger(__name__)


class Served(msgspec.Struct, frozen=True):
    """An endpoint and who answers it."""

    endpoint: Endpoint
    handler: Handler | LiveHandler


class Question(msgspec.Struct, frozen=True):
    """What is asked of a snapshot; `tag` names the answer, which will be kept as `asked`."""

    handler: Handler
    request: Any
    ignored: tuple[str, ...]
    snapshot: Snapshot
    tag: bytes
    asked: Asked


class LiveQuestion(msgspec.Struct, frozen=True):
    """What is asked of the accounts."""

    handler: LiveHandler
    request: Any
    ignored: tuple[str, ...]


Known = Question | LiveQuestion | Finished | Reply
"""What is known of a request once it is understood."""


class Conditions(NamedTuple):
    """What the headers of a request say; each value has a comma where its header comes twice."""

    authorization: str | None
    if_none_match: bytes | None
    wanted: Wanted


class Answers:
    """Answers requests to endpoints."""

    def __init__(self, snapshots: Snapshots, gate: Gate, *, strict: bool) -> None:
        """`strict`: an unknown parameter is an error."""
        self._snapshots = snapshots
        self._gate = gate
        self._strict = strict

    async def answer(
        self, served: Served, scope: Scope, receive: Receive, exchange: Exchange
    ) -> Reply | None:
        """The answer to a GET or HEAD; None: the client has hung up, and is not charged."""
        endpoint, gate = served.endpoint, self._gate
        conditions = _conditions(scope["headers"])
        known = self._understand(served, scope["query_string"], conditions, exchange.request_id)
        cost = 0 if isinstance(known, Reply) else endpoint.credits
        # What never waits leaves the client no time to hang up, and us none to see it.
        waits = gate.remote or (served.handler.slow and isinstance(known, Question))
        presence = Presence(receive) if waits else None
        try:
            admission = await gate.admit(conditions.authorization, endpoint, cost)
            exchange.key = admission.prefix
            return await self._settle(endpoint, known, admission, presence, exchange)
        finally:
            if presence is not None:
                presence.close()

    async def _settle(
        self,
        endpoint: Endpoint,
        known: Known,
        admission: Admission,
        presence: Presence | None,
        exchange: Exchange,
    ) -> Reply | None:
        """Answer who was admitted, and charge it or give back what was booked."""
        charged = 0
        try:
            if admission.refusal is not None:
                answer = reply.failure(admission.refusal, exchange.request_id)
            elif isinstance(known, Reply):
                answer = known
            elif isinstance(known, Finished):
                answer = reply.success(known, exchange.request_id)
            else:
                answer = await self._read(known, admission.key_id, exchange.request_id)
            exchange.status = answer.status
            if presence is not None and presence.gone:
                exchange.status = CLIENT_GONE
                return None
            if answer.status == HTTPStatus.OK:
                charged = admission.credits
            answer.headers.extend(reply.account_headers(admission, charged))
            return answer
        finally:
            if not charged:
                await self._gate.release(admission)
            self._gate.record(admission, endpoint, exchange.status, charged, exchange.seconds)

    def _understand(
        self, served: Served, raw: bytes, conditions: Conditions, request_id: str
    ) -> Known:
        """What is asked, or an answer for which nothing needs to be read."""
        endpoint, handler = served.endpoint, served.handler
        try:
            snapshot = self._snapshots.snapshot
            asked = (endpoint.operation_id, raw, conditions.wanted)
            if snapshot is not None:
                finished = snapshot.keep(self._finished).get(asked)
                if finished is not None:
                    unchanged = _unchanged(conditions, finished.tag, snapshot, request_id)
                    return unchanged or finished
            bound = self._bound(endpoint, raw)
            request = handler.request(bound.values)
            if isinstance(handler, LiveHandler):
                return LiveQuestion(handler, request, bound.ignored)
            if snapshot is None:
                raise NotReady
            tag = reply.etag(snapshot.id, endpoint.operation_id, request)
            unchanged = _unchanged(conditions, tag, snapshot, request_id)
            return unchanged or Question(handler, request, bound.ignored, snapshot, tag, asked)
        except ApiError as error:
            return reply.failure(error, request_id)
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": request_id}})
            return reply.internal_error(request_id)

    def _bound(self, endpoint: Endpoint, raw: bytes) -> Bound:
        pairs = query.pairs(raw)
        if self._strict:
            query.require_known(pairs, endpoint.by_name)
        return bind(endpoint.by_name, pairs)

    def _finished(self, _: Snapshot) -> FinishedAnswers:
        """What was answered from a snapshot, kept as long as that is and with these settings."""
        return FinishedAnswers()

    async def _read(
        self, question: Question | LiveQuestion, key_id: str | None, request_id: str
    ) -> Reply:
        try:
            if isinstance(question, LiveQuestion):
                page = await question.handler.read(self._gate, key_id or "", question.request)
                return reply.live(page, request_id, question.ignored)
            if question.handler.slow:
                finished = await asyncio.to_thread(_finish, question)
            else:
                finished = _finish(question)
            question.snapshot.keep(self._finished).put(question.asked, finished)
            return reply.success(finished, request_id)
        except ApiError as error:
            return reply.failure(error, request_id)
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": request_id}})
            return reply.internal_error(request_id)


def _finish(question: Question) -> Finished:
    snapshot = question.snapshot
    page = question.handler.read(snapshot, question.request)
    wanted = question.asked[2]
    return reply.finished(page, question.ignored, snapshot.id, question.tag, wanted)


def _unchanged(
    conditions: Conditions, tag: bytes, snapshot: Snapshot, request_id: str
) -> Reply | None:
    """The answer to a client that has this answer already."""
    if conditions.if_none_match and reply.matches(conditions.if_none_match, tag):
        return reply.not_modified(request_id, snapshot.id, tag)
    return None


def _conditions(headers: list[tuple[bytes, bytes]]) -> Conditions:
    authorization = if_none_match = accept = None
    for name, value in headers:
        if name == b"authorization":
            authorization = value if authorization is None else authorization + b"," + value
        elif name == b"if-none-match":
            if_none_match = value if if_none_match is None else if_none_match + b"," + value
        elif name == b"accept-encoding":
            accept = value if accept is None else accept + b"," + value
    shown = None if authorization is None else authorization.decode("latin-1")
    return Conditions(shown, if_none_match, AS_IT_IS if accept is None else wanted(accept))
