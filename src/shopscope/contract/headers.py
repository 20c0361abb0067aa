"""Response headers of the wire: names, and what they tell."""

import msgspec


class Header(msgspec.Struct, frozen=True):
    """A response header; `when` says on which answers it is."""

    name: str
    when: str
    description: str
    example: str


REQUEST_ID = Header(
    "X-Request-Id",
    "every answer",
    "The `requestId` of the envelope; the server's log has it too",
    "4893e64f-ed09-4f55-8ca5-ac330bfda8e2",
)
TOTAL_COUNT = Header(
    "X-Total-Count",
    "success",
    "Rows that match the request, on all pages together",
    "9991",
)
IGNORED_PARAMETERS = Header(
    "X-Ignored-Parameters",
    "success, if there are any",
    "Names in the query string that the endpoint does not know, percent-encoded and separated by "
    "commas; a long list is cut",
    "sort_field",
)
AS_OF = Header(
    "X-As-Of",
    "success, product data",
    "Day the region's data ends with; windows end with it",
    "2026-04-26",
)
SNAPSHOT_ID = Header(
    "X-Snapshot-Id",
    "success and 304, but of accounts",
    "The data the answer was made from; the same on two pages means that they fit together",
    "20260426-0123456789ab",
)
ETAG = Header(
    "ETag",
    "success and 304, but of accounts",
    "Names the answer. Sent back in `If-None-Match`, the same answer is a 304 without a body, and "
    "free of charge. Weak, because the `requestId` inside the body differs each time",
    'W/"0123456789abcdef01234567"',
)
CACHE_CONTROL = Header(
    "Cache-Control",
    "every answer",
    "An answer with an ETag may be kept by the client, who asks again with it; others may not",
    "private, no-cache",
)
CODINGS = ("zstd", "gzip")
"""Content codings that answers come in for who accepts them, the cheapest first."""

CONTENT_ENCODING = Header(
    "Content-Encoding",
    "success of some size, but of accounts, to who accepts it",
    f"How the body is compressed: {' or '.join(CODINGS)}, whichever `Accept-Encoding` likes better",
    CODINGS[-1],
)
VARY = Header(
    "Vary",
    "success and 304, but of accounts",
    "Header of the request on which the form of the answer depends",
    "accept-encoding",
)
CREDITS_USED = Header(
    "X-Credits-Used",
    "every answer to a known key",
    "Credits this answer cost; 0: it is not charged",
    "1",
)
CREDITS_LEFT = Header(
    "X-Credits-Left",
    "every answer to a known key",
    "Credits the key can still spend, or `unlimited`",
    "9962",
)
RATE_LIMIT = Header(
    "RateLimit-Limit",
    "every answer to a key with a rate",
    "Requests that may come at once",
    "40",
)
RATE_REMAINING = Header(
    "RateLimit-Remaining",
    "every answer to a key with a rate",
    "Requests that may come now",
    "39",
)
RATE_RESET = Header(
    "RateLimit-Reset",
    "every answer to a key with a rate",
    "Seconds until RateLimit-Limit requests may come at once again",
    "1",
)
RETRY_AFTER = Header("Retry-After", "429 and 503", "Seconds until a request can succeed", "1")
ALLOW = Header("Allow", "405", "Methods the path takes", "GET, HEAD")

ACCOUNT_HEADERS: tuple[Header, ...] = (
    CREDITS_USED,
    CREDITS_LEFT,
    RATE_LIMIT,
    RATE_REMAINING,
    RATE_RESET,
)
"""What the owner of a key is told with every answer."""

HEADERS: tuple[Header, ...] = (
    REQUEST_ID,
    TOTAL_COUNT,
    IGNORED_PARAMETERS,
    AS_OF,
    SNAPSHOT_ID,
    ETAG,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    VARY,
    *ACCOUNT_HEADERS,
    RETRY_AFTER,
    ALLOW,
)
"""Every header of the wire."""
