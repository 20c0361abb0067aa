"""Numbers as exports show them: "4.1K", "1.234,5 rb", "3,2万", "$143.0K", "199.000₫", "49.09%"."""

import functools
import re
from decimal import Decimal

import msgspec

LARGEST = 2**63 - 1
"""The largest count and the largest id the lake holds."""

MAX_TEXT = 60
"""A longer text is not a number that a person was shown."""

SUFFIXES: dict[str, int] = {
    # English and most sites
    "k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9,
    # Chinese and Japanese; w is how Chinese sites write 万
    "千": 10**3, "w": 10**4, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
    # Vietnamese
    "nghìn": 10**3, "ngàn": 10**3, "tr": 10**6, "triệu": 10**6, "tỉ": 10**9, "tỷ": 10**9,
    # Indonesian, Malay
    "rb": 10**3, "ribu": 10**3, "jt": 10**6, "juta": 10**6, "miliar": 10**9, "milyar": 10**9,
    # Thai
    "พัน": 10**3, "หมื่น": 10**4, "แสน": 10**5, "ล้าน": 10**6,
    # Spanish, Portuguese, German, French
    "mil": 10**3, "mi": 10**6, "bi": 10**9, "tsd": 10**3, "mio": 10**6, "mrd": 10**9, "md": 10**9,
}  # fmt: skip
"""What a unit behind a number multiplies it by, written in small letters."""

_COMMA = "cs da de el es fi fr hu id it nb nl pl pt ro ru sv tr uk vi"
_COMMA_LANGUAGES = frozenset(_COMMA.split())
_POINT_LOCALES = frozenset({"es-MX", "es-US", "es-PR", "de-CH", "it-CH"})

_SHAPE = re.compile(
    r"(?P<sign>[-+\u2212]?)\s*(?P<number>[0-9][0-9.,'’\s]*|[.,][0-9]+)(?P<tail>.*)", re.DOTALL
)
_SHORT = re.compile(r"[0-9]+[.,][0-9]{1,2}", re.ASCII)
_SPACES = " \u00a0\u2009\u202f'’"


class Reject(Exception):
    """A value that can't be taken; the message is a phrase that goes on from the column's name."""


class Numbers(msgspec.Struct, frozen=True):
    """How numbers are written: separators by `locale`, units by the table and `suffixes`.

    The separators of the locale are binding: "1.234" is 1234 in vi-VN and 1.234 in en-US, and
    "1.23" is no number in vi-VN. Only before a unit one separator with one or two digits behind
    it is a decimal point everywhere ("4.1K"), because no locale groups digits like that.
    """

    locale: str = "en-US"
    suffixes: dict[str, int] = {}

    @property
    def decimal_mark(self) -> str:
        """The character before decimals."""
        return _decimal_mark(self.locale)

    def decimal(self, text: str) -> Decimal:
        """The number that `text` shows, exactly.

        Raises:
            Reject: it is no number, negative, or has an unknown unit.
        """
        shape = _SHAPE.fullmatch(text.strip()) if len(text) <= MAX_TEXT else None
        if shape is None:
            raise Reject("is not a number")
        if shape["sign"] in ("-", "\u2212"):
            raise Reject("is negative")
        number, unit = shape["number"].strip(), shape["tail"].strip()
        factor = self._factor(unit.removesuffix("+").strip())
        mark = self.decimal_mark
        if not _PATTERNS[mark].fullmatch(number):
            if factor == 1 or not _SHORT.fullmatch(number):
                raise Reject(f"is not a number as {self.locale} writes it")
            mark = "," if "," in number else "."
        whole, _, fraction = number.partition(mark)
        digits = "".join(filter(str.isdecimal, whole))
        return Decimal(f"{digits or 0}.{fraction or 0}") * factor

    def _factor(self, unit: str) -> int:
        if not unit:
            return 1
        given = self.suffixes.get(unit)
        if given is not None:
            return given
        if unit in ("M", "m") and self.locale.startswith("id"):
            raise Reject(
                "has the unit M, which is million in English and miliar in Indonesian; "
                "say which with `suffixes` in the profile"
            )
        factor = SUFFIXES.get(unit.casefold().rstrip("."))
        if factor is None:
            raise Reject("is not a number, or has an unknown unit")
        return factor


@functools.cache
def _decimal_mark(locale: str) -> str:
    comma = locale.split("-")[0] in _COMMA_LANGUAGES and locale not in _POINT_LOCALES
    return "," if comma else "."


def _pattern(mark: str) -> re.Pattern[str]:
    """Digits with decimals behind `mark`, whole or grouped in threes by one kind of separator."""
    group = "," if mark == "." else "\\."
    grouped = "|".join(f"[1-9][0-9]{{0,2}}(?:[{g}][0-9]{{3}})+" for g in (group, _SPACES))
    return re.compile(rf"(?:{grouped}|[0-9]+)(?:[{mark}][0-9]+)?|[{mark}][0-9]+", re.ASCII)


_PATTERNS = {mark: _pattern(mark) for mark in ".,"}


def whole(value: Decimal) -> int:
    """A count: `value` if it is whole and fits the lake; raises Reject."""
    if value > LARGEST:
        raise Reject("is larger than any count can be")
    number = int(value)
    if number != value:
        raise Reject("is not a whole number")
    return number
