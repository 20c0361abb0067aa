"""The error table of the wire, and the exception that carries one of its lines.

ApiError
├── MissingParameter      400
├── InvalidParameter      400
├── UnknownParameter      400
├── MalformedQuery        400
├── KeyMissing            401
├── KeyInvalid            401
├── QuotaExhausted        402
├── NotAllowed            403
├── UnknownPath           404
├── UnknownCategory       404
├── MethodNotAllowed      405
├── QueryTooLong          414
├── ServedElsewhere       421
├── RateLimited           429
├── InternalError         500
├── NotReady              503
└── AccountsUnavailable   503
"""

from collections.abc import Iterable
from typing import ClassVar

from shopscope.contract.masking import masked


class ApiError(Exception):
    """An answer that is not a success: HTTP status and envelope code are both `code`."""

    code: ClassVar[int]
    template: ClassVar[str]
    """The message; `{name}` and the like are filled in by the subclass."""
    cause: ClassVar[str]
    """When it happens, for documentation."""

    def __init__(self, message: str | None = None) -> None:
        self.message = self.template if message is None else masked(message)
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """Extra HTTP headers of this answer."""
        return {}


class MissingParameter(ApiError):
    """A required parameter is absent or empty."""

    code = 400
    template = "Missing required parameter: {name}"
    cause = "a required parameter is absent or empty"

    def __init__(self, name: str) -> None:
        super().__init__(self.template.format(name=name))
        self.parameter = name


class InvalidParameter(ApiError):
    """A parameter has a value outside what it takes."""

    code = 400
    template = "Invalid parameter {name}: got {value}, expected {expected}"
    cause = "a value is outside what the parameter takes; the message names all three"

    def __init__(self, name: str, value: str, expected: str) -> None:
        shown = value if len(value) <= 60 else f"{value[:57]}..."
        super().__init__(self.template.format(name=name, value=repr(shown), expected=expected))
        self.parameter = name


class UnknownParameter(ApiError):
    """The endpoint has no parameter of this name, and the server is told to be strict."""

    code = 400
    template = "Unknown parameter {name}{hint}"
    cause = (
        "the endpoint does not know the parameter, and the setting `strict_parameters` is on; "
        "the message proposes the nearest known name"
    )

    def __init__(self, name: str, nearest: str | None = None) -> None:
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(self.template.format(name=repr(shown), hint=hint))
        self.parameter = name


class MalformedQuery(ApiError):
    """The query string as a whole can't be read."""

    code = 400
    template = "Malformed query string: {reason}"
    cause = "a name or value is not percent-encoded UTF-8, or there are too many parameters"

    def __init__(self, reason: str) -> None:
        super().__init__(self.template.format(reason=reason))


class KeyMissing(ApiError):
    """No Authorization header."""

    code = 401
    template = "apiKey is null"
    cause = "the Authorization header is absent"


class KeyInvalid(ApiError):
    """The key is unknown, revoked or expired."""

    code = 401
    template = "apiKey is invalid"
    cause = "the key is unknown, revoked or expired"


class QuotaExhausted(ApiError):
    """The key has fewer credits than the request costs."""

    code = 402
    template = "apiKey quota is not enough"
    cause = "the key has fewer credits left than the request costs"


class NotAllowed(ApiError):
    """The key is not allowed to call this endpoint."""

    code = 403
    template = "apiKey may not call this endpoint"
    cause = "the key is limited to other endpoints"


class UnknownPath(ApiError):
    """No endpoint has this path."""

    code = 404
    template = "No such endpoint: {path}"
    cause = "no endpoint has this path"

    def __init__(self, path: str) -> None:
        shown = path if len(path) <= 100 else f"{path[:97]}..."
        super().__init__(self.template.format(path=shown))


class UnknownCategory(ApiError):
    """No level-3 category has this id."""

    code = 404
    template = "No such category: {id}; expected the id of a level-3 category, such as {example}"
    cause = "no level-3 category has this id; the tertiary category endpoint lists them"

    def __init__(self, id: str, example: str = "601583") -> None:
        shown = id if len(id) <= 60 else f"{id[:57]}..."
        super().__init__(self.template.format(id=repr(shown), example=example))


class MethodNotAllowed(ApiError):
    """The path exists, but not with this method."""

    code = 405
    template = "Method {method} is not allowed here, expected {allowed}"
    cause = "the path exists, but not with this HTTP method"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        expected = " or ".join(allowed)
        super().__init__(self.template.format(method=method, allowed=expected))
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        """Names the methods that are allowed."""
        return {"allow": ", ".join(self.allowed)}


class QueryTooLong(ApiError):
    """The query string is longer than any that makes sense."""

    code = 414
    template = "Query string too long: {length} bytes, expected at most {limit}"
    cause = "the query string is longer than any that makes sense"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(self.template.format(length=length, limit=limit))


class ServedElsewhere(ApiError):
    """The market is in the data, but another machine serves it."""

    code = 421
    template = "Market {region} is not served here, expected {served}: ask the server that has it"
    cause = (
        "the market is in the data, but this server has others only (setting `regions`); a market "
        "without data gives an empty list"
    )

    def __init__(self, region: str, served: Iterable[str]) -> None:
        expected = " or ".join(served) or "none"
        super().__init__(self.template.format(region=region, served=expected))


class RateLimited(ApiError):
    """More requests per second than the key allows."""

    code = 429
    template = "qps limit exceeded"
    cause = "more requests per second than the key allows; Retry-After tells when to come back"

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__()
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Seconds until a request can succeed."""
        return {"retry-after": str(self.retry_after)}


class InternalError(ApiError):
    """A fault of the server; its log has the cause under the same request id."""

    code = 500
    template = "Internal server error"
    cause = "a fault of the server; the log has the cause under the requestId of the answer"


class NotReady(ApiError):
    """The server has nothing to answer from, for now."""

    code = 503
    template = "No snapshot is published yet: load data, then run `shopscope rollup`"
    cause = "no snapshot is published yet"

    @property
    def headers(self) -> dict[str, str]:
        """Seconds until it is worth asking again."""
        return {"retry-after": "1"}


class AccountsUnavailable(ApiError):
    """Keys, credits and usage can't be read or written, for now."""

    code = 503
    template = "Accounts can't be reached for a moment: ask again"
    cause = "the store of keys and credits can't be reached; nothing is charged"

    @property
    def headers(self) -> dict[str, str]:
        """Seconds until it is worth asking again."""
        return {"retry-after": "1"}


ERRORS: tuple[type[ApiError], ...] = (
    MissingParameter,
    InvalidParameter,
    UnknownParameter,
    MalformedQuery,
    KeyMissing,
    KeyInvalid,
    QuotaExhausted,
    NotAllowed,
    UnknownPath,
    UnknownCategory,
    MethodNotAllowed,
    QueryTooLong,
    ServedElsewhere,
    RateLimited,
    InternalError,
    NotReady,
    AccountsUnavailable,
)
"""Every error of the wire, in the order of their codes."""
