"""The envelope around every answer, as bytes."""

import msgspec

from shopscope.contract.errors import ApiError

_encode = msgspec.json.encode


class ErrorEnvelope(msgspec.Struct):
    """An answer that is not a success; `code` is also the HTTP status."""

    code: int
    data: None
    message: str
    requestId: str  # noqa: N815 - the wire's name


def success(data: bytes, request_id: str) -> bytes:
    """The success envelope around `data`, which is JSON already."""
    return opening(data) + closing(request_id)


def opening(data: bytes) -> bytes:
    """The success envelope up to the request id."""
    return b'{"code":0,"message":"success","data":%b,"requestId":' % data


def closing(request_id: str) -> bytes:
    """The rest of the success envelope."""
    return b"%b}" % _encode(request_id)


def failure(error: ApiError, request_id: str) -> bytes:
    """The error envelope for `error`, whatever text its message quotes."""
    message = error.message.encode("utf-8", "backslashreplace").decode()
    return _encode(ErrorEnvelope(error.code, None, message, request_id))
