"""What goes back over HTTP: status, headers and body of each kind of answer."""

import hashlib
from typing import Any

import msgspec

import shopscope
from shopscope.accounts.gate import Admission
from shopscope.api.coding import Wanted, begin, finish
from shopscope.api.finished import Finished
from shopscope.api.handlers import Page
from shopscope.api.query import ignored_header
from shopscope.contract import envelope, headers
from shopscope.contract.errors import ApiError, InternalError

RawHeaders = list[tuple[bytes, bytes]]

_pack = msgspec.msgpack.encode


def _raw(header: headers.Header) -> bytes:
    return header.name.lower().encode()


_REQUEST_ID = _raw(headers.REQUEST_ID)
_TOTAL_COUNT = _raw(headers.TOTAL_COUNT)
_IGNORED = _raw(headers.IGNORED_PARAMETERS)
_AS_OF = _raw(headers.AS_OF)
_SNAPSHOT_ID = _raw(headers.SNAPSHOT_ID)
_ETAG = _raw(headers.ETAG)
_CODING = _raw(headers.CONTENT_ENCODING)
_CREDITS_USED = _raw(headers.CREDITS_USED)
_CREDITS_LEFT = _raw(headers.CREDITS_LEFT)
_RATE_LIMIT = _raw(headers.RATE_LIMIT)
_RATE_REMAINING = _raw(headers.RATE_REMAINING)
_RATE_RESET = _raw(headers.RATE_RESET)
_JSON = (b"content-type", b"application/json")
_KEEP = (b"cache-control", headers.CACHE_CONTROL.example.encode())
_VARY = (_raw(headers.VARY), headers.VARY.example.encode())
_DO_NOT_KEEP = (b"cache-control", b"no-store")


class Reply(msgspec.Struct, frozen=True):
    """A whole answer."""

    status: int
    headers: RawHeaders
    body: bytes


def request_id_header(request_id: str) -> tuple[bytes, bytes]:
    """The header that repeats the envelope's `requestId`."""
    return (_REQUEST_ID, request_id.encode())


def etag(snapshot_id: str, operation_id: str, request: Any) -> bytes:
    """The name of an answer: the same data asked the same way by the same program.

    Weak (RFC 9110, 8.8.1): the body differs with each `requestId`, what it says does not, so a
    strong one would promise bytes that nobody gets twice.
    """
    digest = hashlib.blake2b(_pack(request), digest_size=12)
    digest.update(f"{snapshot_id} {operation_id} {shopscope.__version__}".encode())
    return b'W/"%b"' % digest.hexdigest().encode()


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the client's If-None-Match names `tag`, compared weakly (RFC 9110, 13.1.2)."""
    bare = tag.removeprefix(b"W/")
    given = [part.strip() for part in if_none_match.split(b",")]
    return given == [b"*"] or any(part.removeprefix(b"W/") == bare for part in given)


def finished(
    page: Page, ignored: tuple[str, ...], snapshot_id: str, tag: bytes, wanted: Wanted
) -> Finished:
    """A page of a snapshot, ready for whoever asks the same."""
    body = begin(envelope.opening(page.data), wanted)
    named = [*_counted(page, ignored), (_SNAPSHOT_ID, snapshot_id.encode()), (_ETAG, tag)]
    named += [_KEEP, _VARY]
    if body.coding is not None:
        named.append((_CODING, body.coding.encode()))
    return Finished(tag, tuple(named), body)


def success(answer: Finished, request_id: str) -> Reply:
    """A finished answer under the id of a request."""
    body = finish(answer.body, envelope.closing(request_id))
    return _sized(body, request_id, answer.headers)


def live(page: Page, request_id: str, ignored: tuple[str, ...]) -> Reply:
    """A page of this moment in its envelope."""
    body = envelope.success(page.data, request_id)
    return _sized(body, request_id, (*_counted(page, ignored), _DO_NOT_KEEP))


def _counted(page: Page, ignored: tuple[str, ...]) -> RawHeaders:
    told = [_JSON, (_TOTAL_COUNT, b"%d" % page.total)]
    if page.as_of is not None:
        told.append((_AS_OF, page.as_of.isoformat().encode()))
    if ignored:
        told.append((_IGNORED, ignored_header(ignored).encode()))
    return told


def _sized(body: bytes, request_id: str, named: tuple[tuple[bytes, bytes], ...]) -> Reply:
    length = (b"content-length", b"%d" % len(body))
    return Reply(200, [length, request_id_header(request_id), *named], body)


def not_modified(request_id: str, snapshot_id: str, tag: bytes) -> Reply:
    """The client has this answer already."""
    answer_headers = [
        request_id_header(request_id),
        (_SNAPSHOT_ID, snapshot_id.encode()),
        (_ETAG, tag),
        _KEEP,
        _VARY,
    ]
    return Reply(304, answer_headers, b"")


def failure(error: ApiError, request_id: str) -> Reply:
    """An error in its envelope."""
    body = envelope.failure(error, request_id)
    answer_headers = [
        _JSON,
        (b"content-length", b"%d" % len(body)),
        request_id_header(request_id),
        _DO_NOT_KEEP,
        *((name.encode(), value.encode()) for name, value in error.headers.items()),
    ]
    return Reply(error.code, answer_headers, body)


def account_headers(admission: Admission, charged: int) -> RawHeaders:
    """What the owner of a known key is told with every answer: credits, and the rate."""
    if admission.key_id is None:
        return []
    left = admission.left
    told = [
        (_CREDITS_USED, b"%d" % charged),
        # What was booked and is not charged has been given back.
        (
            _CREDITS_LEFT,
            b"unlimited" if left is None else b"%d" % (left + admission.credits - charged),
        ),
    ]
    rate = admission.rate
    if rate is not None:
        told += [
            (_RATE_LIMIT, b"%d" % rate.limit),
            (_RATE_REMAINING, b"%d" % rate.remaining),
            (_RATE_RESET, b"%d" % rate.reset),
        ]
    return told


def internal_error(request_id: str) -> Reply:
    """A fault of ours, of which the client learns only the id that the log has too."""
    return failure(InternalError(), request_id)
