"""The ASGI application: which path is whose, and what goes out.

The paths of the endpoint table are looked up in a dict, which is eight times cheaper than
Starlette's routing and middleware (3.5 against 30 microseconds a request); everything else,
which is not asked for thousands of times a second, goes through Starlette.
"""

import functools
import logging
from collections.abc import Mapping
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from shopscope.accounts.gate import Gate
from shopscope.api import operations, reply
from shopscope.api.answer import Answers, Served
from shopscope.api.download import Download
from shopscope.api.exchange import REQUEST_ID, Exchange
from shopscope.api.handlers import HANDLERS, AnyHandler, FileHandler
from shopscope.api.logs import FIELDS
from shopscope.api.metrics import Metrics, Snapshots
from shopscope.api.openapi import openapi_json
from shopscope.api.partner.routes import Partner, PartnerRoute
from shopscope.api.reply import Reply
from shopscope.contract.endpoints import endpoints
from shopscope.contract.errors import ApiError, InternalError, MethodNotAllowed, UnknownPath
from shopscope.settings import Settings
from shopscope.snapshot.fetch import read_state

METHODS = ("GET", "HEAD")

log = logging.getLogger(__name__)


class Explorer(Protocol):
    """Answers browsers; raises HTTPException for what is no page of its own.

    `start`: where a browser that asks for `/` is sent.
    """

    start: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""


class Api:
    """Answers the endpoint table; hands every other path to `other`."""

    def __init__(
        self,
        served: Mapping[str, Served],
        downloads: Mapping[str, Download],
        answers: Answers,
        metrics: Metrics,
        other: ASGIApp,
    ) -> None:
        self._served = served
        self._downloads = downloads
        self._answers = answers
        self._metrics = metrics
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        served = self._served.get(scope["path"])
        if served is None:
            download = self._downloads.get(scope["path"])
            if download is None:
                await self._pass_on(scope, receive, send)
            else:
                await self._download(download, scope, receive, send)
            return
        exchange = Exchange(scope, served.endpoint.operation_id)
        try:
            answer = await self._answer(served, scope, receive, exchange)
            if answer is None:
                return
            await _send(answer, scope, send, exchange)
        finally:
            exchange.record(self._metrics)

    async def _download(
        self, download: Download, scope: Scope, receive: Receive, send: Send
    ) -> None:
        exchange = Exchange(scope, download.endpoint.operation_id)
        try:
            if scope["method"] in METHODS:
                await download.answer(scope, receive, send, exchange)
            else:
                refusal = MethodNotAllowed(scope["method"], METHODS)
                answer = reply.failure(refusal, exchange.request_id)
                await _send(answer, scope, send, exchange)
        finally:
            exchange.record(self._metrics)

    async def _answer(
        self, served: Served, scope: Scope, receive: Receive, exchange: Exchange
    ) -> Reply | None:
        if scope["method"] not in METHODS:
            exchange.status = MethodNotAllowed.code
            return reply.failure(MethodNotAllowed(scope["method"], METHODS), exchange.request_id)
        try:
            return await self._answers.answer(served, scope, receive, exchange)
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": exchange.request_id}})
            exchange.status = InternalError.code
            return reply.internal_error(exchange.request_id)

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

        scope[REQUEST_ID] = exchange.request_id
        try:
            await self._other(scope, receive, send_on)
        except Exception:  # Starlette has answered it, and hands it on to be logged
            log.exception("request failed", extra={FIELDS: {"request_id": exchange.request_id}})
        finally:
            exchange.record(self._metrics)


async def _send(answer: Reply, scope: Scope, send: Send, exchange: Exchange) -> None:
    body = b"" if scope["method"] == "HEAD" else answer.body
    exchange.status, exchange.size = answer.status, len(body)
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": body})


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
    return _as_response(reply.failure(known, request.scope[REQUEST_ID]), request)


async def _fault(request: Request, _: Exception) -> Response:
    return _as_response(reply.internal_error(request.scope[REQUEST_ID]), request)


def create_app(
    snapshots: Snapshots,
    settings: Settings,
    gate: Gate,
    *,
    handlers: Mapping[str, AnyHandler] = HANDLERS,
    partner: Partner | None = None,
    explorer: Explorer | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Api:
    """The application that answers every endpoint from the open snapshot.

    Args:
        snapshots: who knows the snapshot to answer from.
        settings: page size, strictness, and the address that examples in OpenAPI name.
        gate: admits requests and books their credits.
        handlers: who answers which endpoint.
        partner: answers the Partner API's calls; None: nobody does.
        explorer: answers every path that is nobody else's; None: such a path is a 404.
        lifespan: what runs as long as the application does.
    """
    remote = functools.partial(read_state, settings.snapshots_dir, settings.snapshots_url)
    metrics = Metrics(snapshots, remote)
    table = endpoints(settings.page_size_max)
    routes: list[BaseRoute] = list(
        operations.routes(
            snapshots,
            metrics,
            openapi_json(settings),
            needs_key=gate.needs_key,
            start=explorer.start if explorer else None,
        )
    )
    if partner is not None:
        routes.append(PartnerRoute(partner))
    pages = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, Exception: _fault},
        lifespan=lifespan,
    )
    pages.router.redirect_slashes = False
    if explorer is not None:
        pages.router.default = explorer
    strict = settings.strict_parameters
    served: dict[str, Served] = {}
    downloads: dict[str, Download] = {}
    for endpoint in table:
        handler = handlers[endpoint.operation_id]
        if isinstance(handler, FileHandler):
            downloads[endpoint.path] = Download(endpoint, handler, snapshots, gate, strict=strict)
        else:
            served[endpoint.path] = Served(endpoint, handler)
    answers = Answers(snapshots, gate, strict=strict)
    return Api(served, downloads, answers, metrics, pages)
