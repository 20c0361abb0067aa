"""The reference page `docs/api.md`, made from the tables the server works by.

python -m shopscope.api.docs docs/api.md
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from shopscope.api.download import STALL_SECONDS
from shopscope.api.examples import ERROR_EXAMPLES, REQUEST_ID
from shopscope.api.presence import WATCH_AFTER_SECONDS
from shopscope.api.query import FIELDS_MAX, QUERY_MAX
from shopscope.contract import products, samples
from shopscope.contract.accounts import ACCOUNT_TITLES, USAGE_TITLES
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.envelope import failure, success
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.facets import FACET_TITLES
from shopscope.contract.headers import HEADERS
from shopscope.contract.history import RANKING_TITLES, TREND_TITLES
from shopscope.contract.insight_rows import FIELD_TITLES
from shopscope.contract.markdown import section, table, titles
from shopscope.products.export.process import AT_ONCE
from shopscope.settings import Settings

_URL = Settings().url


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _endpoint_rows(listed: Iterable[Endpoint]) -> Iterable[tuple[str, ...]]:
    for e in listed:
        yield (
            f"[{e.summary}](#{_anchor(e.summary)})",
            f"`{e.method} {e.path}`",
            str(e.credits),
            f"`{e.operation_id}`",
        )


def _pretty(body: bytes) -> str:
    return msgspec.json.format(body, indent=2).decode()


def _envelopes(endpoint: Endpoint) -> str:
    good = success(msgspec.json.encode(endpoint.example), REQUEST_ID)
    bad = next(e for e in ERROR_EXAMPLES if isinstance(e, InvalidParameter))
    return f"""```json
{_pretty(good)}
```

```json
{_pretty(failure(bad, REQUEST_ID))}
```"""


def render() -> str:
    """The whole page."""
    listed = endpoints()
    fields, extra_fields = (
        table(("field", "type", "meaning"), ((f"`{f.name}`", f.type, f.title) for f in known))
        for known in (products.FIELDS, products.EXTRA_FIELDS)
    )
    errors = table(
        ("code", "message", "when"),
        ((str(e.code), f"`{e.message}`", e.cause) for e in ERROR_EXAMPLES),
    )
    header_rows = table(
        ("header", "on", "tells", "example"),
        ((f"`{h.name}`", h.when, h.description, f"`{h.example}`") for h in HEADERS),
    )
    sections = "\n".join(section(e, _URL) for e in listed)
    return f"""# API

<!-- Made by `python -m shopscope.api.docs docs/api.md`; edit the contract, not this page. -->

{table(("endpoint", "request", "credits", "operation"), _endpoint_rows(listed))}

Every path also answers `HEAD`, at the price of `GET`; of an export at the least it can cost.
`/openapi.json` is the same as a machine reads it.

## Requests

A key goes into the header `Authorization: Bearer {samples.KEY}`. `shopscope keys create NAME`
makes one; a server started with `--open` asks for none.

Parameters are percent-encoded UTF-8 in the query string. An empty value (`min_x=`) is the same as
none. All bounds are inclusive; a minimum above its maximum is an error, and so is a parameter given
twice. A name that the endpoint does not know is ignored and named in `X-Ignored-Parameters`; with
the setting `strict_parameters` it is an error that proposes the nearest known name.

A query string has at most {FIELDS_MAX} parameters and {QUERY_MAX:,} bytes; beyond that the answer
is a 400 or 414 in the envelope. What is not HTTP at all, or has a request line above 64 KB, is
refused before it is read as a request, with a bare 400, 414 or 431 that has no body, and the
connection is closed.

## Answers

HTTP 200 with `code` 0, or the same error code as HTTP status and as `code`:

{_envelopes(next(e for e in listed if e.operation_id == "tertiary_categories"))}

An export answers with a file instead, errors with the envelope. It is sent while it is made, in
parts and without `Content-Length`; a connection that breaks off before the last part means that the
file is not whole, because of a fault here or because the client took nothing for
{STALL_SECONDS} seconds. A worker makes {AT_ONCE} large exports at a time; others wait their turn.

{header_rows}

## Credits and rates

A request passes four questions, and the first that is answered with no is its answer: is the key
live (401), may it call this endpoint (403), is it within its rate (429), can it pay (402)? Only
then comes what is wrong with the request itself (400); as that costs nothing, a key without credits
is told so too.

Credits are charged for answers with code 0. Errors cost nothing, nor does a 304, nor an answer
whose client hung up before it was ready. An answer that is ready at once, within
{WATCH_AFTER_SECONDS * 1000:.0f} milliseconds or so, is charged without another look at the
connection; so is that of a client which has sent its next request already. And nobody can tell
whether bytes that were sent have arrived.

All rows of an export are booked before it begins, and charged with its first byte, whether or not
the client stays to its end; one that breaks off because of a fault here costs nothing.

A rate of Q requests per second with a burst of B lets no more than B + Q x t requests pass in any t
seconds, whoever serves them. Requests that are refused don't count; errors and 304 do.

{sections}
## Fields of a product

{fields}

With `extra_fields=growth`, and at the end of the row:

{extra_fields}

How they are computed is in [windows.md](windows.md).

## Fields of facets

Values are `{{value, count}}`, the largest count first, then in text order; bands are
`{{min, max, count}}` with `min <= value < max`, and null as the `max` of the last.

{titles(FACET_TITLES)}

## Fields of a trend

Which days there are, and how growth is counted, is in [windows.md](windows.md).

{titles(TREND_TITLES)}

## Fields of a ranking

{titles(RANKING_TITLES)}

## Fields of an insight

How they are computed is in [insights.md](insights.md).

{titles(FIELD_TITLES)}

## Fields of an account

{titles(ACCOUNT_TITLES)}

## Fields of account usage

{titles(USAGE_TITLES)}

## Errors

{errors}

## For those who run the server

| path | answer |
| --- | --- |
| `/` | what is served, whether a key is needed, the endpoints, and links to begin with |
| `/healthz` | 200 while the process lives |
| `/readyz` | 200 with the snapshot and each region's as-of day; 503 until there is a snapshot |
| `/metrics` | figures for Prometheus: requests by endpoint and code, seconds, snapshot, products |
| `/openapi.json` | this page as OpenAPI 3.1 |

They ask for no key and cost nothing. One JSON object a line on standard error is the log; an error
500 is found there by its `requestId`, and a request by the prefix of its key. Both log and figures
have the code 499 for a request whose client hung up before there was an answer.
"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
