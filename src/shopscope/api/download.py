"""A request for a file, once and downwards: understand, admit, count its rows, book them, send.

The gate first books the least that a file costs, for how many rows it has is found out only for
those who may ask; then it books all of them, before the first byte goes out. A file that can't be
finished breaks off without its end, so that nobody takes a part for the whole, and costs nothing.
One whose client hangs up is charged if its first byte was there.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from http import HTTPStatus

import msgspec
from starlette.types import Receive, Scope, Send

from shopscope.accounts.gate import Admission, Gate
from shopscope.api import query, reply
from shopscope.api.exchange import CLIENT_GONE, Exchange
from shopscope.api.handlers import FileHandler
from shopscope.api.logs import FIELDS
from shopscope.api.metrics import Snapshots
from shopscope.api.reply import RawHeaders, Reply
from shopscope.contract import headers
from shopscope.contract.endpoints import Endpoint
from shopscope.contract.errors import ApiError, NotReady
from shopscope.contract.exports import FORMATS, ProductExportRequest, file_name
from shopscope.contract.parameters import bind
from shopscope.products.export.formats import Asked
from shopscope.products.export.process import Exports
from shopscope.snapshot.reader import Snapshot

STALL_SECONDS = 60
"""How long a client may take no byte of a file before it is given up."""

log = logging.getLogger(__name__)


class Question(msgspec.Struct, frozen=True):
    """What is asked of a snapshot; `tag` names the answer."""

    request: ProductExportRequest
    ignored: tuple[str, ...]
    snapshot: Snapshot
    tag: bytes


class Bill:
    """What a request has booked, and what of it is charged."""

    def __init__(self, gate: Gate, endpoint: Endpoint, admission: Admission) -> None:
        self._gate = gate
        self._endpoint = endpoint
        self.admission = admission
        self.charged = 0

    async def book(self, rows: int) -> None:
        """Book an answer with so many rows; raises the ApiError with which that is refused."""
        more = self._endpoint.price_of(rows) - self.admission.credits
        if more > 0:
            self.admission = await self._gate.extend(self.admission, more)
        if self.admission.refusal is not None:
            raise self.admission.refusal

    async def settle(self, exchange: Exchange) -> None:
        """Give back what is not charged, and keep what became of the request."""
        if not self.charged:
            await self._gate.release(self.admission)
        self._gate.record(
            self.admission, self._endpoint, exchange.status, self.charged, exchange.seconds
        )


class Download:
    """Answers the requests to an endpoint for files."""

    def __init__(
        self,
        endpoint: Endpoint,
        handler: FileHandler,
        snapshots: Snapshots,
        gate: Gate,
        *,
        strict: bool,
    ) -> None:
        """`strict`: an unknown parameter is an error."""
        self.endpoint = endpoint
        self._handler = handler
        self._snapshots = snapshots
        self._gate = gate
        self._strict = strict
        self._exports = Exports()

    async def answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        """Answer a GET or HEAD, until it is done or the client has hung up."""
        work = asyncio.create_task(self._answer(scope, send, exchange))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not work.done():
                exchange.status = CLIENT_GONE
                work.cancel()
            await asyncio.wait({work})
        if not work.cancelled():
            work.result()

    async def _answer(self, scope: Scope, send: Send, exchange: Exchange) -> None:
        known = self._understand(scope, exchange.request_id)
        shown = _header(scope, b"authorization")
        admission = await self._gate.admit(
            None if shown is None else shown.decode("latin-1"),
            self.endpoint,
            0 if isinstance(known, Reply) else self.endpoint.credits,
        )
        exchange.key = admission.prefix
        bill = Bill(self._gate, self.endpoint, admission)
        going = Outgoing(bill, send, exchange, head=scope["method"] == "HEAD")
        try:
            if admission.refusal is not None:
                await going.whole(reply.failure(admission.refusal, exchange.request_id))
            elif isinstance(known, Reply):
                await going.whole(known)
            else:
                await self._read(known, bill, going, exchange)
        finally:
            await bill.settle(exchange)

    def _understand(self, scope: Scope, request_id: str) -> Question | Reply:
        """What is asked, or an answer for which nothing needs to be read."""
        endpoint = self.endpoint
        try:
            pairs = query.pairs(scope["query_string"])
            if self._strict:
                query.require_known(pairs, endpoint.by_name)
            bound = bind(endpoint.by_name, pairs)
            request = self._handler.request(bound.values)
            snapshot = self._snapshots.snapshot
            if snapshot is None:
                raise NotReady
            tag = reply.etag(snapshot.id, endpoint.operation_id, request)
            if_none_match = _header(scope, b"if-none-match")
            if if_none_match and reply.matches(if_none_match, tag):
                return reply.not_modified(request_id, snapshot.id, tag)
            return Question(request, bound.ignored, snapshot, tag)
        except ApiError as error:
            return reply.failure(error, request_id)
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": request_id}})
            return reply.internal_error(request_id)

    async def _read(
        self, known: Question, bill: Bill, going: "Outgoing", exchange: Exchange
    ) -> None:
        """Answer what is understood, for one who was admitted."""
        asked, snapshot = known.request, known.snapshot
        try:
            numbers = await asyncio.to_thread(self._handler.read, snapshot, asked)
            told = _headers(known, len(numbers), exchange.request_id)
            if going.head:
                await going.whole(Reply(HTTPStatus.OK, told, b""))
                return
            await bill.book(len(numbers))
            region = snapshot.regions.get(asked.region)
            file = self._exports.parts(Asked.of(asked), region, numbers)
            async with contextlib.aclosing(file):
                first = await anext(file, b"")  # what can't begin is still an error
                await going.parts(told, first, file)
        except ApiError as error:
            await going.whole(reply.failure(error, exchange.request_id))
        except Exception:
            log.exception("request failed", extra={FIELDS: {"request_id": exchange.request_id}})
            await going.fail(reply.internal_error(exchange.request_id))


class Outgoing:
    """The answer to one request, on its way. `head`: nobody wants its body."""

    def __init__(self, bill: Bill, send: Send, exchange: Exchange, *, head: bool) -> None:
        self.head = head
        self._bill = bill
        self._send = send
        self._exchange = exchange
        self._begun = False

    async def whole(self, answer: Reply) -> None:
        """Send an answer at once; a success is charged."""
        body = b"" if self.head else answer.body
        await self._start(answer.status, answer.headers)
        self._exchange.size = len(body)
        await self._send({"type": "http.response.body", "body": body})

    async def parts(
        self, told: RawHeaders, first: bytes, rest: AsyncGenerator[bytes, None]
    ) -> None:
        """Send a file while it is made, and charge it; give it up where nobody takes it."""
        await self._start(HTTPStatus.OK, told)
        part = first
        while part:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    body = {"type": "http.response.body", "body": part, "more_body": True}
                    await self._send(body)
            except TimeoutError:
                self._exchange.status = CLIENT_GONE
                return
            self._exchange.size += len(part)
            part = await anext(rest, b"")
        await self._send({"type": "http.response.body", "body": b""})

    async def fail(self, answer: Reply) -> None:
        """Send an error, or break off what has begun, which then costs nothing."""
        if self._begun:
            self._bill.charged, self._exchange.status = 0, answer.status
        else:
            await self.whole(answer)

    async def _start(self, status: int, told: RawHeaders) -> None:
        self._begun, self._exchange.status = True, int(status)
        if status == HTTPStatus.OK:
            self._bill.charged = self._bill.admission.credits
        about = reply.account_headers(self._bill.admission, self._bill.charged)
        message = {"type": "http.response.start", "status": int(status)}
        await self._send({**message, "headers": [*told, *about]})


def _headers(known: Question, rows: int, request_id: str) -> RawHeaders:
    """What is told of a file beside what it costs."""
    asked, snapshot = known.request, known.snapshot
    region = snapshot.regions.get(asked.region)
    name = file_name(asked.region, region.as_of if region else None, asked.format)
    told = {
        "content-type": FORMATS[asked.format],
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
    named = {
        headers.TOTAL_COUNT: str(rows),
        headers.SNAPSHOT_ID: snapshot.id,
        headers.ETAG: known.tag.decode(),
        headers.CACHE_CONTROL: headers.CACHE_CONTROL.example,
    }
    if region is not None:
        named[headers.AS_OF] = region.as_of.isoformat()
    if known.ignored:
        named[headers.IGNORED_PARAMETERS] = query.ignored_header(known.ignored)
    told |= {header.name.lower(): value for header, value in named.items()}
    raw = [(name.encode(), value.encode()) for name, value in told.items()]
    return [*raw, reply.request_id_header(request_id)]


def _header(scope: Scope, name: bytes) -> bytes | None:
    """A header of the request; with a comma where it comes twice, None where it does not."""
    values = [value for given, value in scope["headers"] if given == name]
    return b",".join(values) if values else None


async def _until_gone(receive: Receive) -> None:
    """Wait until the client hangs up; for good where nobody can tell."""
    try:
        while (await receive())["type"] != "http.disconnect":
            """A part of the body, which no endpoint reads."""
    except Exception:  # noqa: BLE001 - of whatever server this runs under
        await asyncio.Event().wait()
