"""One cell becomes one value: a parser per kind of lake column.

A parser takes what a file holds (text, or the number, boolean, date, list of a typed format) and
returns the value for the lake, or raises Reject with a phrase that goes on from the column's
name. Missing cells never get here.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from shopscope.ingest import dates, money, numbers
from shopscope.ingest.numbers import LARGEST, Numbers, Reject

Parser = Callable[[Any], Any]

FORMS: dict[str, tuple[str, ...]] = {
    "text": ("text", "handle"),
    "percent": ("percent", "fraction"),
    "json": ("json", "images"),
}
"""What the `type` of a cell may be, per kind of the lake column; the first is the default."""

_EXACT_FLOAT = 2**53
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_LOCALE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}))?", re.ASCII)
_DAMAGED = "is an id that a spreadsheet has damaged; export the column as text"
_FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "t", "on", "是", "有"), 1),
    **dict.fromkeys(("no", "n", "false", "f", "off", "否", "无"), 0),
}
# A hashtag ends at space, at another one, at punctuation except _, and at pictures.
_HASHTAG = re.compile(
    r"[#＃]([^\s#＃!-/:-@\[-^`{-~\u00a1-\u00bf\u2010-\u2bff\u3000-\u3020\ufe0f\uff01-\uff0f"
    r"\uff1a-\uff20\U0001f000-\U0001faff]+)"
)


class Form(msgspec.Struct, frozen=True):
    """How the cells of one column are written: the options of a profile that parsers know."""

    numbers: Numbers = Numbers()
    type: str = ""
    formats: tuple[str, ...] = (dates.ISO,)
    shift: int = 0
    map: dict[str, str | int | float | bool] | None = None


def parser(kind: str, form: Form) -> Parser:
    """The parser for a kind of lake column. Money comes as (amount, currency named or None)."""
    parse = _PARSERS[form.type or kind](form)
    given = form.map
    if given is None:
        return parse

    def mapped(value: Any) -> Any:
        key = text(value)
        if key not in given:
            raise Reject("is not in the map of the profile")
        return parse(given[key])

    return mapped


def hashtags(caption: str, cut: int | None = None) -> list[str]:
    """The hashtags of a caption without #, in order, each once.

    `cut`: the length at which the export cuts captions; a hashtag that touches the cut may be
    half of one and is left out.
    """
    touching = len(caption) if cut is not None and len(caption) >= cut else -1
    return list(
        dict.fromkeys(m[1] for m in _HASHTAG.finditer(caption) if m.end() != touching)
    )  # fmt: skip


def text(value: Any) -> str:
    """A cell as text; structured values as compact JSON."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT_FLOAT else repr(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return msgspec.json.encode(value).decode()


def _number(value: Any, form: Form) -> Decimal:
    """A cell as an exact number that is finite and not negative."""
    if isinstance(value, str):
        return form.numbers.decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise Reject("is not a number")
    if not math.isfinite(value):
        raise Reject("is not a finite number")
    if value < 0:
        raise Reject("is negative")
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _count(form: Form) -> Parser:
    return lambda value: numbers.whole(_number(value, form))


def _plain(form: Form) -> Parser:
    return lambda value: float(_number(value, form))


def _percent(form: Form) -> Parser:
    factor = 100 if form.type == "fraction" else 1

    def parse(value: Any) -> float:
        signed = isinstance(value, str) and value.rstrip()[-1:] in ("%", "％")
        if signed:
            return float(_number(value.rstrip()[:-1], form))
        return float(_number(value, form) * factor)

    return parse


def _money(form: Form) -> Parser:
    def parse(value: Any) -> tuple[float, str | None]:
        if not isinstance(value, str):
            return float(_number(value, form)), None
        amount, name = money.amount(value, form.numbers)
        return float(amount), name

    return parse


def _digits(value: Any) -> str:
    """The digits of an id, which may have come through a float that still holds it exactly."""
    if isinstance(value, bool):
        raise Reject("is not an id")
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value) or value < 0 or value != int(value):
            raise Reject("is not an id")
        if isinstance(value, float) and value >= _EXACT_FLOAT:
            raise Reject(_DAMAGED)
        value = str(int(value))
    found = text(value)
    if _SCIENTIFIC.fullmatch(found):
        raise Reject(_DAMAGED)
    if found.endswith(".0") and _DIGITS.fullmatch(found[:-2]):
        if int(found[:-2]) >= _EXACT_FLOAT:
            raise Reject(_DAMAGED)
        found = found[:-2]
    if not _DIGITS.fullmatch(found) or int(found) > LARGEST:
        raise Reject("is not an id of up to 19 digits")
    return found


def _id(_: Form) -> Parser:
    return _digits


def _product_id(_: Form) -> Parser:
    return lambda value: int(_digits(value))


def _level(form: Form) -> Parser:
    def parse(value: Any) -> int:
        level = numbers.whole(_number(value, form))
        if not 1 <= level <= 9:
            raise Reject("is not a category level from 1")
        return level

    return parse


def _flag(form: Form) -> Parser:
    def parse(value: Any) -> int:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and (word := _FLAGS.get(value.strip().casefold())) is not None:
            return word
        try:
            flag = numbers.whole(_number(value, form))
        except Reject:
            flag = -1
        if not 0 <= flag <= 127:
            raise Reject("is not a flag such as yes, no, 1 or 0")
        return flag

    return parse


def _day(form: Form) -> Parser:
    return lambda value: dates.shifted(dates.day(value, form.formats), form.shift)


def _time(form: Form) -> Parser:
    return lambda value: dates.moment(value, form.formats)


def _region(_: Form) -> Parser:
    def parse(value: Any) -> str:
        code = text(value).upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise Reject("is not a market code of two letters, such as US")
        return "GB" if code == "UK" else code

    return parse


def _currency(_: Form) -> Parser:
    def parse(value: Any) -> str:
        code = text(value).upper()
        if code not in money.CURRENCIES:
            raise Reject("is not a currency code such as USD")
        return code

    return parse


def _locale(_: Form) -> Parser:
    def parse(value: Any) -> str:
        found = _LOCALE.fullmatch(text(value))
        if found is None:
            raise Reject("is not a locale such as en-US")
        language, script, region = found.groups()
        parts = (language.lower(), script and script.title(), region and region.upper())
        return "-".join(part for part in parts if part)

    return parse


def _text(_: Form) -> Parser:
    return text


def _handle(_: Form) -> Parser:
    return lambda value: text(value).lstrip("@＠") or None


def _tags(_: Form) -> Parser:
    def parse(value: Any) -> list[str]:
        parts = _listed(value, r"[\s,，、;|#＃]+")
        if not all(isinstance(part, str) for part in parts):
            raise Reject("is not a list of words")
        words = (part.strip().lstrip("#＃") for part in parts)
        return list(dict.fromkeys(word for word in words if word))

    return parse


def _listed(value: Any, separators: str) -> list[Any]:
    """The parts of a cell: a list, a JSON list in text, or text that is cut at separators."""
    if isinstance(value, list):
        return value
    found = text(value)
    decoded = _decoded(found) if found.startswith("[") else None
    return decoded if isinstance(decoded, list) else re.split(separators, found)


def _decoded(value: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        raise Reject("is not valid JSON") from None


def _json(_: Form) -> Parser:
    def parse(value: Any) -> str:
        if isinstance(value, str):
            _decoded(value)
            return value.strip()
        return text(value)

    return parse


def _images(_: Form) -> Parser:
    """The list of the wire, `[{"url": …, "index": 1}]`, from one or more addresses."""

    def parse(value: Any) -> str:
        parts = _listed(value, r"[\s|;]+|,(?=\s*https?://)")
        urls = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
        if len(urls) != len(parts) or not all(re.match("https?://", url) for url in urls):
            raise Reject("is not the address of an image")
        images = [{"url": url, "index": index} for index, url in enumerate(urls, 1)]
        return msgspec.json.encode(images).decode()

    return parse


_PARSERS: dict[str, Callable[[Form], Parser]] = {
    "region": _region, "product_id": _product_id, "id": _id, "text": _text, "handle": _handle,
    "json": _json, "images": _images, "locale": _locale, "currency": _currency, "tags": _tags,
    "day": _day, "time": _time, "level": _level, "count": _count, "flag": _flag,
    "money": _money, "number": _plain, "percent": _percent, "fraction": _percent,
}  # fmt: skip
