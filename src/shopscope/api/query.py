"""The raw query string: into pairs of text, and out of them into a header."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote

from shopscope.contract.errors import MalformedQuery, QueryTooLong, UnknownParameter
from shopscope.contract.masking import masked
from shopscope.contract.parameters import Parameter, nearest

QUERY_MAX = 16_384
"""Bytes. Every parameter at its longest is a third of it; the HTTP server itself refuses a
request line above 64 KB with a bare 414, so that a bound up there would never be met."""

FIELDS_MAX = 200
"""Parameters in a query string, known or not."""

HEADER_MAX = 1024
"""Characters in a header that quotes the query string; proxies refuse long headers."""

NAME_MAX = 64


def pairs(raw: bytes) -> list[tuple[str, str]]:
    """Names and values in the order given, percent-decoded; a value may be empty.

    Raises:
        QueryTooLong: more bytes than any sensible query has.
        MalformedQuery: something is not UTF-8, or there are too many parameters.
    """
    if not raw:
        return []
    if len(raw) > QUERY_MAX:
        raise QueryTooLong(len(raw), QUERY_MAX)
    count = raw.count(b"&") + 1
    if count > FIELDS_MAX:
        raise MalformedQuery(f"{count} parameters, expected at most {FIELDS_MAX}")
    if b"%" not in raw and b"+" not in raw and raw.isascii():  # eight times as fast
        parted = [part.partition("=") for part in raw.decode().split("&")]
        return [(name, value) for name, sign, value in parted if name or sign]
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise MalformedQuery(f"{_culprit(raw)} is not UTF-8, percent-encoded") from None


def _culprit(raw: bytes) -> str:
    for part in raw.split(b"&"):
        try:
            parse_qsl(part.decode(), errors="strict")
        except UnicodeDecodeError:
            shown = quote(part, safe="%=+")
            return shown if len(shown) <= NAME_MAX else f"{shown[: NAME_MAX - 3]}..."
    return "it"


def require_known(query: Iterable[tuple[str, str]], parameters: Mapping[str, Parameter]) -> None:
    """Raise UnknownParameter for the first name that the endpoint does not have."""
    for name, _ in query:
        if name not in parameters:
            raise UnknownParameter(name, nearest(name, parameters))


def ignored_header(names: Iterable[str]) -> str:
    """Names from a query string as the value of a header: plain ASCII, and not too long."""
    shown: list[str] = []
    length = 0
    for name in names:
        text = quote(masked(name)[:NAME_MAX], safe="[]")
        length += len(text) + 2
        if length > HEADER_MAX:
            break
        shown.append(text)
    return ", ".join(shown)
