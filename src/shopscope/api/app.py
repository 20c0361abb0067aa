"""The ASGI application: request id, gate, bind, read, envelope; once each and downwards.

The paths of the endpoint table are looked up in a dict, which is eight times cheaper than
Starlette's routing and middleware (3.5 against 30 microseconds a request); everything else,
which is not asked for thousands of times a second, goes through Starlette.
"""

import asyncio
import logging
from collections.abc import Mapping

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from shopscope.accounts.gate import Gate
from shopscope.api import operations, query, reply
from shopscope.api.exchange import Exchange
from shopscope.api.handlers import HANDLERS, Handler
from shopscope.api.logs import FIELDS
from shopscope.api.metrics import Metrics, Snapshots
from shopscope.api.openapi import openapi_json
from shopscope.api.reply import Reply
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import ApiError, MethodNotAllowed, NotReady, UnknownPath
from shopscope.contract.parameters import bind
from shopscope.settings import Settings

METHODS = ("GET", "HEAD")

_REQUEST_ID = "shopscope.request_id"
"""Key of the ASGI scope under which pages find the request id."""

log = logging.getLogger(__name__)


class Served(msgspec.Struct, frozen=True):
    """An endpoint and who answers it."""

    endpoint: Endpoint
    handler: Handler


class Api:
    """Answers the endpoint table; hands every other path to `other`."""

    def __init__(
        self,
        served: Mapping[str, Served],
        snapshots: Snapshots,
        gate: Gate,
        metrics: Metrics,
        other: ASGIApp,
        *,
        strict: bool,
    ) -> None:
        self._served = served
        self._snapshots = snapshots
        self._gate = gate
        self._metrics = metrics
        self._other = other
        self._strict = strict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        served = self._served.get(scope["path"])
        if served is None:
            await self._pass_on(scope, receive, send)
            return
        exchange = Exchange(scope, served.endpoint.operation_id)
        answer = await self._answer(served, scope, exchange.request_id)
        exchange.status = answer.status
        body = b"" if scope["method"] == "HEAD" else answer.body
        exchange.size = len(body)
        try:
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
            )
            await send({"type": "http.response.body", "body": body})
        finally:
            exchange.record(self._metrics)

    async def _answer(self, served: Served, scope: Scope, request_id: str) -> Reply:
        try:
            return await self._success(served, scope, request_id)
        except ApiError as error:
            return reply.failure(error, request_id)
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": request_id}})
            return reply.internal_error(request_id)

    async def _success(self, served: Served, scope: Scope, request_id: str) -> Reply:
        if scope["method"] not in METHODS:
            raise MethodNotAllowed(scope["method"], METHODS)
        endpoint, handler = served.endpoint, served.handler
        authorization, if_none_match = _conditions(scope["headers"])
        admission = self._gate.admit(authorization, endpoint)
        charged = False
        try:
            pairs = query.pairs(scope["query_string"])
            if self._strict:
                query.require_known(pairs, endpoint.by_name)
            bound = bind(endpoint.by_name, pairs)
            request = handler.request(bound.values)
            snapshot = self._snapshots.snapshot
            if snapshot is None:
                raise NotReady
            tag = reply.etag(snapshot.id, endpoint.operation_id, request)
            if if_none_match and reply.matches(if_none_match, tag):
                return reply.not_modified(request_id, snapshot.id, tag)
            if handler.slow:
                page = await asyncio.to_thread(handler.read, snapshot, request)
            else:
                page = handler.read(snapshot, request)
            answer = reply.success(page, request_id, snapshot.id, tag, bound.ignored)
            charged = True
            return answer
        finally:
            if not charged:
                self._gate.release(admission)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, None, quiet=scope["path"] in operations.PATHS)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                own = reply.request_id_header(exchange.request_id)
                message["headers"] = [*message["headers"], own]
            else:
                exchange.size += len(message.get("body", b""))
            await send(message)

        scope[_REQUEST_ID] = exchange.request_id
        try:
            await self._other(scope, receive, send_on)
        except Exception:  # Starlette has answered it, and hands it on to be logged
            log.exception("request failed", extra={FIELDS: {"request_id": exchange.request_id}})
        finally:
            exchange.record(self._metrics)


def _conditions(headers: list[tuple[bytes, bytes]]) -> tuple[str | None, bytes | None]:
    """The values of Authorization and If-None-Match."""
    authorization = if_none_match = None
    for name, value in headers:
        if name == b"authorization" and authorization is None:
            authorization = value.decode("latin-1")
        elif name == b"if-none-match":
            if_none_match = value if if_none_match is None else if_none_match + b"," + value
    return authorization, if_none_match


def _as_response(answer: Reply, request: Request) -> Response:
    """A reply as a page of Starlette, which adds the request id on its way out."""
    body = b"" if request.method == "HEAD" else answer.body
    response = Response(body, answer.status)
    own = reply.request_id_header("")[0]
    response.raw_headers = [(k, v) for k, v in answer.headers if k != own]
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    known: ApiError = UnknownPath(request.url.path)
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.code:
        known = MethodNotAllowed(request.method, METHODS)
    return _as_response(reply.failure(known, request.scope[_REQUEST_ID]), request)


async def _fault(request: Request, _: Exception) -> Response:
    return _as_response(reply.internal_error(request.scope[_REQUEST_ID]), request)


def create_app(
    snapshots: Snapshots,
    settings: Settings,
    gate: Gate,
    *,
    handlers: Mapping[str, Handler] = HANDLERS,
    lifespan: Lifespan[Starlette] | None = None,
) -> Api:
    """The application that answers every endpoint from the open snapshot.

    Args:
        snapshots: who knows the snapshot to answer from.
        settings: page size, strictness, and the address that examples in OpenAPI name.
        gate: admits requests and books their credits.
        handlers: who answers which endpoint.
        lifespan: what runs as long as the application does.
    """
    metrics = Metrics(snapshots)
    table = endpoints(settings.page_size_max)
    pages = Starlette(
        routes=operations.routes(snapshots, metrics, openapi_json(settings)),
        exception_handlers={HTTPException: _http_error, Exception: _fault},
        lifespan=lifespan,
    )
    pages.router.redirect_slashes = False
    served = {e.path: Served(e, handlers[e.operation_id]) for e in table}
    return Api(served, snapshots, gate, metrics, pages, strict=settings.strict_parameters)
