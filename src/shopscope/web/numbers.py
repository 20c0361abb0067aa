"""Numbers as people read them: 1.2 M, $3.4 K, +12 %, each in the way of a language."""

import datetime
import re
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_compact_decimal, format_decimal

_GAP = "\u202f"  # a narrow space that never breaks
_MINUS = "\u2212"
_COMPACT_FROM = 1_000
_SUFFIX = re.compile(r"(?<=\d)(?=[A-Za-z])")
_ENTRIES = 16_384
_NEARLY = 5e-5  # of a number: what one place after thousands of a unit does not show

KINDS = (
    "whole", "compact", "money", "price", "decimal", "percent", "growth", "rate", "bytes",
    "day", "month", "moment",
)  # fmt: skip
"""The ways of writing, which templates know by these names."""


class Numbers:
    """How one language writes numbers; every method takes a plain number and gives text."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self._gap = _GAP if locale.language == "en" else ""
        self._decimal = lru_cache(_ENTRIES)(self._uncached_decimal)
        self._compact = lru_cache(_ENTRIES)(self._uncached_compact)

    def humane(self, value: float, kind: str) -> str:
        """A number in the way that KINDS names; other kinds are counts."""
        text: str = getattr(self, kind if kind in KINDS else "compact")(value)
        return text

    def in_full(self, value: float, kind: str) -> str:
        """The same with every digit, where it is cut short."""
        whole = {"money": "price", "compact": "whole"}.get(kind)
        return self.humane(value, whole if whole and value >= _COMPACT_FROM else kind)

    def whole(self, value: float) -> str:
        """Every digit of a count, grouped: 12,345."""
        return _signed(self._decimal(abs(value), 0), value)

    def compact(self, value: float) -> str:
        """A count with two or three digits that matter: 1.2 K; below a thousand as it is."""
        return _signed(self._compact(abs(value)), value)

    def money(self, value: float) -> str:
        """Dollars, with cents below a thousand: $12.40, $3.4 K."""
        size = abs(value)
        places = 0 if size == int(size) else 2
        text = self._decimal(size, places) if size < _COMPACT_FROM else self._compact(size)
        return _signed(f"${text}", value)

    def price(self, value: float) -> str:
        """Dollars to the cent: $1,234.50."""
        return _signed(f"${self._decimal(abs(value), 2)}", value)

    def decimal(self, value: float) -> str:
        """A small number with one place: 4.6."""
        return _signed(self._decimal(abs(value), 1), value)

    def percent(self, value: float) -> str:
        """Percent that are given as such: 12.5 stands for 12.5 %."""
        size = abs(value)
        text = self._compact(size) if size >= _COMPACT_FROM else self._percent_digits(size)
        return _signed(f"{text}{self._gap}%", value)

    def growth(self, value: float) -> str:
        """Percent with a sign: +12 %; a change that rounds to nothing has none."""
        size = round(abs(value)) if abs(value) >= 10 else round(abs(value), 1)
        text = self._compact(size) if size >= _COMPACT_FROM else self._percent_digits(size)
        sign = "" if size == 0 else "+" if value > 0 else _MINUS
        return f"{sign}{text}{self._gap}%"

    def rate(self, value: float) -> str:
        """A number with as many places as it has: 2.5."""
        return format_decimal(value, locale=self._locale, decimal_quantization=False)

    def bytes(self, value: int) -> str:
        """A size: 12.3 MB."""
        size, unit = float(value), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if size < 1000:
                break
            size, unit = size / 1000, larger
        return f"{self._decimal(size, 0 if unit == 'B' else 1)}{_GAP}{unit}"

    def day(self, value: datetime.date | int | str) -> str:
        """A day: 26 Apr 2026; from a date, from yyyyMMdd as a number, or from yyyy-MM-dd."""
        day = _day(value)
        return str(value) if day is None else format_date(day, "medium", self._locale)

    def month(self, value: datetime.date) -> str:
        """The month of a day: April 2026."""
        return format_skeleton("yMMMM", value, locale=self._locale)

    def moment(self, value: datetime.datetime) -> str:
        """A day and time of the day, in the zone it has."""
        return format_datetime(value, "medium", locale=self._locale)

    def _percent_digits(self, size: float) -> str:
        return self._decimal(size, 0 if size == int(size) else 1)

    def _uncached_decimal(self, value: float, places: int) -> str:
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(value, format=pattern, locale=self._locale)

    def _uncached_compact(self, value: float) -> str:
        if value < _COMPACT_FROM:
            return self._decimal(value, 0 if value == int(value) else 1)
        if value < _COMPACT_FROM * 10:  # Chinese begins to count in other units there
            value = round(value)
        whole = float(f"{value:.1g}")
        if value < whole <= value * (1 + _NEARLY):  # 999,960 is 1 M, not 1000 K
            value = whole
        text = format_compact_decimal(value, locale=self._locale, fraction_digits=1)
        return _SUFFIX.sub(self._gap, text)


def _signed(text: str, value: float) -> str:
    return f"{_MINUS}{text}" if value < 0 else text


def _day(value: datetime.date | int | str) -> datetime.date | None:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        return None
