"""Days and times in named formats."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.ingest import dates
from shopscope.ingest.numbers import Reject


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2026-05-02", ("iso",), date(2026, 5, 2)),
        ("20260502", ("iso",), date(2026, 5, 2)),
        ("2026/5/2", ("iso",), date(2026, 5, 2)),
        ("2026-05-02T23:30", ("iso",), date(2026, 5, 2)),
        ("2026-05-02 23:30:00", ("iso",), date(2026, 5, 2)),
        ("2026-05-02T23:30:00-08:00", ("iso",), date(2026, 5, 2)),
        ("2026-08-06T08:08:45.634Z", ("iso",), date(2026, 8, 6)),
        ("02/05/2026", ("dd/MM/yyyy",), date(2026, 5, 2)),
        ("2/5/2026", ("d/M/yyyy",), date(2026, 5, 2)),
        ("2026年05月02日", ("yyyy年MM月dd日",), date(2026, 5, 2)),
        ("05.02.2026", ("dd/MM/yyyy", "MM.dd.yyyy"), date(2026, 5, 2)),
        ("1777680000", ("unix",), date(2026, 5, 2)),
        ("1777680000000", ("unix_ms",), date(2026, 5, 2)),
        (20260502, ("iso",), date(2026, 5, 2)),
        (date(2026, 5, 2), ("iso",), date(2026, 5, 2)),
        (datetime(2026, 5, 2, 23, tzinfo=UTC), ("iso",), date(2026, 5, 2)),
    ],
)
def test_a_day_is_read(text: object, formats: tuple[str, ...], expected: date) -> None:
    assert dates.day(text, formats) == expected


def test_a_time_is_utc() -> None:
    for text, form, expected in [
        ("2026-05-02T10:30+07:00", "iso", "2026-05-02T03:30:00"),
        ("2026-05-02 10:30", "yyyy-MM-dd HH:mm", "2026-05-02T10:30:00"),
        ("2026-05-02", "iso", "2026-05-02T00:00:00"),
    ]:
        assert dates.moment(text, (form,)).isoformat() == expected


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "", "2026-13-01", "02/05/2026"])
def test_what_is_no_day_says_the_format(text: str) -> None:
    with pytest.raises(Reject, match="is not a date in the format iso"):
        dates.day(text, ("iso",))


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("iso", None),
        ("yyyy-MM-ddTHH:mm:ss", None),
        ("dd/MM/yyyy", None),
        ("dd/mm/yyyy", "needs yyyy, MM and dd"),
        ("yyyy-MM", "needs yyyy, MM and dd"),
        ("yyyy-MM-dd dd", "twice"),
        ("yyyy-MM-dd am", "letters"),
    ],
)
def test_a_format_is_checked(form: str, problem: str | None) -> None:
    found = dates.check_format(form)
    assert found is None if problem is None else found and problem in found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tree_id-ID_2026-06-18.json", date(2026, 6, 18)),
        ("export20260618.csv", date(2026, 6, 18)),
        ("report_20260618_v2.csv", date(2026, 6, 18)),
        ("tree_en_zh_US_2026-05.csv", date(2026, 5, 1)),
        ("a_2026_06_18.csv", date(2026, 6, 18)),
        ("rank-last-30-day.json", None),
        ("1729384756201.csv", None),
        ("2026-02-31.csv", None),
        ("v2026.csv", None),
    ],
)
def test_the_day_in_a_file_name(name: str, expected: date | None) -> None:
    assert dates.day_in_name(name) == expected


FORMATS = ("iso", "yyyyMMdd", "dd/MM/yyyy", "MM-dd-yyyy", "yyyy.M.d")
WRITTEN = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m-%d-%Y", "{y}.{m}.{d}")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, len(FORMATS) - 1))
def test_what_a_format_writes_is_read_back(day: date, which: int) -> None:
    pattern = WRITTEN[which].format(y=day.year, m=day.month, d=day.day)
    assert dates.day(day.strftime(pattern), (FORMATS[which],)) == day


@given(st.text(max_size=40), st.sampled_from((*FORMATS, "unix", "unix_ms")))
def test_any_text_is_a_day_or_a_reject(text: str, form: str) -> None:
    with contextlib.suppress(Reject):
        assert isinstance(dates.day(text, (form,)), date)
