"""Days and times in named formats, and the day that a file's name tells."""

import functools
import re
from datetime import UTC, date, datetime, timedelta

from shopscope.ingest.numbers import Reject

ISO = "iso"
UNIX = "unix"
UNIX_MS = "unix_ms"
NAMED = (ISO, UNIX, UNIX_MS)
"""Formats that are a word; every other one is a pattern such as dd/MM/yyyy HH:mm."""

_LETTERS = {"yyyy": r"(?P<y>[0-9]{4})", "MM": r"(?P<m>[0-9]{2})", "M": r"(?P<m>[0-9]{1,2})",
            "dd": r"(?P<d>[0-9]{2})", "d": r"(?P<d>[0-9]{1,2})", "HH": r"(?P<H>[0-9]{2})",
            "mm": r"(?P<M>[0-9]{2})", "ss": r"(?P<S>[0-9]{2})"}  # fmt: skip
_LETTER = re.compile("yyyy|MM|M|dd|d|HH|mm|ss")
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d\d)(\d\d)", re.ASCII)
_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d)(?:([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])|-(0[1-9]|1[0-2]))(?![-_]?\d)",
    re.ASCII,
)


def check_format(form: str) -> str | None:
    """What is wrong with a date format; None: nothing."""
    if form in NAMED:
        return None
    letters = _LETTER.findall(form)
    kinds = [re.sub("(.).*", r"\1", letter) for letter in letters]
    if len(kinds) != len(set(kinds)):
        return "says the same part twice"
    if not {"y", "M", "d"} <= set(kinds):
        return f"needs yyyy, MM and dd, or is one of {', '.join(NAMED)}"
    rest = _LETTER.sub("", form)
    if re.search("[A-Za-z]", rest.replace("T", "").replace("Z", "")):
        return "has letters other than yyyy MM M dd d HH mm ss"
    return None


def moment(value: object, formats: tuple[str, ...]) -> datetime:
    """The UTC time, without zone, that a cell tells in one of `formats`; raises Reject."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC by definition
    text = str(value).strip()
    for form in formats:
        try:
            found = _read(text, form)
        except (ValueError, OverflowError):
            found = None
        if found is not None:
            return found
    raise Reject(f"is not a date in the format {' or '.join(formats)}")


def day(value: object, formats: tuple[str, ...]) -> date:
    """The day that a cell tells, in the cell's own time zone; raises Reject."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if formats == (ISO,) and isinstance(value, str):
        # The zone does not count: "the 6th, 23:00 -08:00" is the 6th where it was written.
        value = re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", value.strip()) if "T" in value else value
    return moment(value, formats).date()


def day_in_name(name: str) -> date | None:
    """The day that a file's name tells: 2026-06-18, 20260618, or 2026-06 for the 1st."""
    for found in _IN_NAME.finditer(name):
        year, _, month, number, only_month = found.groups()
        try:
            return date(int(year), int(month or only_month), int(number or 1))
        except ValueError:
            continue
    return None


def shifted(value: date, days: int) -> date:
    """The day that is `days` later; raises Reject where the calendar ends."""
    try:
        return value + timedelta(days=days)
    except OverflowError:
        raise Reject("is outside the calendar") from None


def _read(text: str, form: str) -> datetime | None:
    if form == ISO:
        if found := _ISO_DAY.fullmatch(text):
            year, month, number = (int(part) for part in found.groups() if part)
            return datetime(year, month, number)  # noqa: DTZ001 - UTC by definition
        return _utc(datetime.fromisoformat(text))
    if form in (UNIX, UNIX_MS):
        seconds = float(text) / (1 if form == UNIX else 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
    found = _compiled(form).fullmatch(text)
    if found is None:
        return None
    part = {name: int(value) for name, value in found.groupdict().items()}
    return datetime(  # noqa: DTZ001 - UTC by definition
        part["y"], part["m"], part["d"], part.get("H", 0), part.get("M", 0), part.get("S", 0)
    )


def _utc(value: datetime) -> datetime:
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.replace(microsecond=0)


@functools.cache
def _compiled(form: str) -> re.Pattern[str]:
    pattern, at = "", 0
    for letter in _LETTER.finditer(form):
        pattern += re.escape(form[at : letter.start()]) + _LETTERS[letter[0]]
        at = letter.end()
    return re.compile(pattern + re.escape(form[at:]), re.ASCII)
