"""Saved answers about insights: of this API's endpoints, ours or hosted, and of Creative Center.

Rows are found anywhere in a document by their keys. Which window and market they are of, the
document says if it repeats the request; else the user, the file's name, or the API's defaults.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.contract.insights import ALL_REGIONS, AREA_PATTERN, DAY_SCOPES, SCOPE_PATTERN
from shopscope.ingest import pages
from shopscope.ingest.apply import Made, Piece
from shopscope.ingest.batch import Bad
from shopscope.ingest.jsonfile import Document, Documents
from shopscope.ingest.library import API_SOURCE, INSIGHTS
from shopscope.ingest.parse import text
from shopscope.ingest.request import Request
from shopscope.lake.schema import AD_DAILY, INSIGHT_ROW

CREATIVE_CENTER = "creative-center"
"""Source of rows that Creative Center answered."""

LIST, DETAIL, SERIES = "list", "detail", "series"
_KEYS: dict[str, frozenset[str]] = {
    LIST: frozenset({"third_ecom_category", "post", "impression"}),
    DETAIL: frozenset({"audience_ages", "hashtags"}),
}
_OWN = frozenset({"scope", "kind", "row"})  # a line of the lake's own table is left to its profile
_POSTS = "post_metrics"
_REQUESTS = ("params", "query", "request")
_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_IN_NAME = {
    "scope": re.compile(rf"time_scope[=_-]?{SCOPE_PATTERN}(?![0-9])", re.ASCII),
    "region": re.compile(rf"region[=_-]?{AREA_PATTERN}(?![A-Za-z])", re.ASCII),
}
_A_WINDOW = "is no window of insights: 1, 7 or 30 days, or a month as YYYY-MM"
_A_MARKET = f"is neither {ALL_REGIONS} nor a market code of two letters, such as US"

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])


class Found(msgspec.Struct, frozen=True):
    """A row, and what the document says of the request that it answers."""

    kind: str
    row: msgspec.Raw
    asked: dict[str, Any]


class _Refused(Exception):
    """A row that is not taken: the field to blame, its value, and why."""


def find(document: msgspec.Raw) -> list[Found]:
    """The rows of a document, in order."""
    try:
        return list(_walk(document, {}))
    except RecursionError:  # no answer is nested like that
        return []


def _walk(raw: msgspec.Raw, asked: dict[str, Any]) -> Iterator[Found]:
    first = bytes(memoryview(raw)[:1])
    if first == b"{":
        fields = _object.decode(raw)
        kind = _kind(fields)
        if kind is not None:
            yield Found(kind, raw, asked)
        elif not fields.keys() >= _OWN:
            asked = _asked(fields) or asked
            for value in fields.values():
                yield from _walk(value, asked)
    elif first == b"[":
        items = _list.decode(raw)
        objects = (item for item in items if bytes(memoryview(item)[:1]) == b"{")
        sample = next(objects, None)
        listed = sample is not None and _kind(_object.decode(sample)) == LIST
        for item in items:
            if listed:
                yield Found(LIST, item, asked)
            else:
                yield from _walk(item, asked)


def _kind(fields: Mapping[str, msgspec.Raw]) -> str | None:
    for kind, keys in _KEYS.items():
        if keys <= fields.keys():
            return kind
    series = "ecom_type" in fields and any(name.endswith("_metrics") for name in fields)
    return SERIES if series else None


def _asked(fields: Mapping[str, msgspec.Raw]) -> dict[str, Any] | None:
    for name in _REQUESTS:
        if name in fields and bytes(memoryview(fields[name])[:1]) == b"{":
            return dict(msgspec.json.decode(fields[name]))
    return None


class InsightReading:
    """Saved answers about insights, in whatever wrapping."""

    name = INSIGHTS

    def __init__(self, documents: Documents, request: Request) -> None:
        self._documents = documents
        self._request = request

    def pieces(self) -> Iterator[Piece]:
        """What becomes of the rows, in the file's order."""
        number = 0
        for document in self._documents:
            if isinstance(document, Bad):
                yield Piece(1, (), (document,))
                continue
            errors = pages.find(document.text).errors
            if errors:
                bad = tuple(Bad(document.line, "", "", error) for error in errors)
                yield Piece(len(bad), (), bad)
            found = find(document.text)
            context = _Context(self._documents.file.path, self._request, document)
            ready = [row for row in found if row.kind != SERIES]
            yield _ready_rows(ready, [document.line or number + n + 1 for n in range(len(ready))],
                              context)  # fmt: skip
            number += len(ready)
            for row in found:
                if row.kind == SERIES:
                    yield _series(row, document.line or number + 1, context)
                    number += 1


class _Context:
    """What holds for the rows of one document that do not say it themselves."""

    def __init__(self, path: Path, request: Request, document: Document) -> None:
        told = {name: pattern.search(path.name) for name, pattern in _IN_NAME.items()}
        self._scope = told["scope"][1] if told["scope"] else str(DAY_SCOPES[0])
        in_name = told["region"][1] if told["region"] else ALL_REGIONS
        self._region = request.region or in_name
        # The month of a window is not the day of the file.
        name = _IN_NAME["scope"].sub("", path.name)
        self.day: date = request.context(path.with_name(name or "-"), _head(document)).day

    def scope(self, asked: Mapping[str, Any]) -> str:
        """The window of a row; raises _Refused."""
        period = text(asked.get("period_type") or "last")
        told = asked.get("time_scope") or asked.get(period)
        if told in (None, "") and asked.get("period_type") not in (None, "", "last"):
            raise _Refused("period_type", period, _A_WINDOW)
        scope = self._scope if told in (None, "") else text(told)
        if not re.fullmatch(SCOPE_PATTERN, scope):
            raise _Refused("time_scope", scope, _A_WINDOW)
        return scope

    def region(self, asked: Mapping[str, Any]) -> str:
        """The market of a row; raises _Refused."""
        told = asked.get("region") or asked.get("country_code")
        region = self._region if told in (None, "") else text(told)
        if region.lower() == ALL_REGIONS:
            return ALL_REGIONS
        code = region.upper()
        if not re.fullmatch(AREA_PATTERN, code):
            raise _Refused("region", region, _A_MARKET)
        return "GB" if code == "UK" else code


def _head(document: Document) -> Mapping[str, Any] | None:
    """The texts at the top of a document, without decoding the rest."""
    if bytes(memoryview(document.text)[:1]) != b"{":
        return None
    return {
        name: msgspec.json.decode(value)
        for name, value in _object.decode(document.text).items()
        if bytes(memoryview(value)[:1]) == b'"'
    }


def _ready_rows(found: list[Found], lines: list[int], context: _Context) -> Piece:
    """Rows for the table `insight_row`, every value as it came."""
    rows: list[dict[str, Any]] = []
    origin: list[int] = []
    bad: list[Bad] = []
    for position, (one, line) in enumerate(zip(found, lines, strict=True)):
        try:
            rows.append(_ready_row(one, context))
            origin.append(position)
        except _Refused as refused:
            bad.append(Bad(line, *refused.args))
    made = _made(INSIGHT_ROW.name, pa.Table.from_pylist(rows, schema=INSIGHT_ROW.schema), origin)
    return Piece(len(found), made, tuple(bad))


def _ready_row(found: Found, context: _Context) -> dict[str, Any]:
    row = msgspec.json.decode(found.row)
    if not isinstance(row, dict):
        raise _Refused("", text(row)[:200], "the row is not a JSON object")
    post = row.get("post")
    if found.kind == LIST and (isinstance(post, bool) or not isinstance(post, int | float)):
        raise _Refused("post", text(post), "is not a number")
    try:
        kept = msgspec.json.format(bytes(found.row), indent=-1).decode()
    except UnicodeDecodeError:
        raise _Refused("", "", "the row is not UTF-8 text") from None
    return {
        "scope": context.scope(found.asked),
        "region": context.region(found.asked),
        "category_id": _category(row, found.asked),
        "kind": found.kind,
        "day": context.day,
        "source": _source(found.asked),
        "row": kept,
    }


def _category(row: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """The id of the level-3 category: the row's, else the one that was asked for."""
    third = row.get("third_ecom_category")
    told = third.get("id") if isinstance(third, dict) else asked.get("id")
    if told in (None, ""):
        raise _Refused("third_ecom_category.id", "", "is missing")
    category = text(told)
    if not _ID.fullmatch(category):
        raise _Refused("third_ecom_category.id", category, "is not a category id")
    return category


def _source(asked: Mapping[str, Any]) -> str:
    theirs = asked.keys() & {"country_code", "period_type"}
    return CREATIVE_CENTER if theirs else API_SOURCE


def _series(found: Found, line: int, context: _Context) -> Piece:
    """Rows for `ad_daily` from a daily series: the posts of one market, a count with a day.

    A rate says nothing without the counts behind it, and a series over all markets belongs to
    none of them.
    """
    row = msgspec.json.decode(found.row)
    points = row.get(_POSTS)
    try:
        if not isinstance(points, list) or not points:
            raise _Refused(_POSTS, "", "is missing; of a daily series only posts can be loaded, "
                           "as a rate says nothing without its counts")  # fmt: skip
        region = context.region(found.asked)
        if region == ALL_REGIONS:
            raise _Refused("country_code", "", "is missing; a daily series of all markets together "
                           "belongs to none of them, so nothing in it can be loaded")  # fmt: skip
        category = _category(row, found.asked)
    except _Refused as refused:
        return Piece(1, (), (Bad(line, *refused.args),))
    rows: list[dict[str, Any]] = []
    origin: list[int] = []
    bad: list[Bad] = []
    for position, point in enumerate(points):
        try:
            day, value = _point(point)
        except _Refused as refused:
            bad.append(Bad(line, *refused.args))
            continue
        rows.append({"region": region, "category_id": category, "day": day, "posts": value})
        origin.append(position)
    table = pa.Table.from_pylist(rows, schema=AD_DAILY.schema)
    return Piece(len(points), _made(AD_DAILY.name, table, origin), tuple(bad))


def _point(point: Any) -> tuple[date, int]:
    """Day and value of one point: seconds since 1970, UTC, and a count."""
    try:
        day = datetime.fromtimestamp(point["time"], UTC).date()
        value = int(point["value"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        value = -1
    if value < 0:
        raise _Refused(_POSTS, text(point)[:200], "is no pair of time and value")
    return day, value


def _made(table: str, rows: pa.Table, origin: Iterable[int]) -> tuple[Made, ...]:
    return (Made(table, rows, np.array(list(origin), np.int64)),) if rows.num_rows else ()
