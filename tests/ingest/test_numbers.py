"""Counts with units, and separators by locale."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.ingest.numbers import LARGEST, SUFFIXES, Numbers, Reject, whole

POINT = ("en-US", "en-GB", "zh-CN", "th-TH", "ms-MY", "ja-JP", "es-MX")
COMMA = ("vi-VN", "id-ID", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR")


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("0", "en-US", 0),
        ("1234", "en-US", 1234),
        ("1,234", "en-US", 1234),
        ("12,345,678", "en-US", 12345678),
        ("1 234 567", "fr-FR", 1234567),
        ("1\u202f234", "fr-FR", 1234),
        ("1'234", "de-CH", 1234),
        ("12.0", "en-US", 12),
        (" 7 ", "en-US", 7),
        ("+7", "en-US", 7),
        ("4.1K", "en-US", 4100),
        ("4.1k", "en-US", 4100),
        ("10K+", "en-US", 10_000),
        ("1,000+", "en-US", 1000),
        ("1.25M", "en-US", 1_250_000),
        ("2B", "en-US", 2_000_000_000),
        ("3.2万", "zh-CN", 32_000),
        ("1.5亿", "zh-CN", 150_000_000),
        ("1.2w", "zh-CN", 12_000),
        ("199.000", "vi-VN", 199_000),
        ("199.000", "id-ID", 199_000),
        ("1,2 tr", "vi-VN", 1_200_000),
        ("3 tỉ", "vi-VN", 3_000_000_000),
        ("1.234,5 rb", "id-ID", 1_234_500),
        ("1,5rb", "id-ID", 1500),
        ("2 jt", "id-ID", 2_000_000),
        ("4.1K", "vi-VN", 4100),
        ("4,1K", "en-US", 4100),
        ("1,234K", "en-US", 1_234_000),
        ("1.234K", "vi-VN", 1_234_000),
        ("1,2 Mio.", "de-DE", 1_200_000),
    ],
)
def test_a_count_is_read(text: str, locale: str, expected: int) -> None:
    assert whole(Numbers(locale).decimal(text)) == expected


@pytest.mark.parametrize(
    ("text", "locale", "reason"),
    [
        ("", "en-US", "is not a number"),
        ("abc", "en-US", "is not a number"),
        ("-5", "en-US", "is negative"),
        ("\u22125", "en-US", "is negative"),
        ("nan", "en-US", "is not a number"),
        ("inf", "en-US", "is not a number"),
        ("1,23", "en-US", "is not a number as en-US writes it"),
        ("1.234.567", "en-US", "is not a number as en-US writes it"),
        ("1.23", "vi-VN", "is not a number as vi-VN writes it"),
        ("0.123", "id-ID", "is not a number as id-ID writes it"),
        ("1,2,3", "en-US", "is not a number as en-US writes it"),
        ("12 apples", "en-US", "is not a number, or has an unknown unit"),
        ("1e5", "en-US", "is not a number, or has an unknown unit"),
        ("10-20", "en-US", "is not a number, or has an unknown unit"),
        ("9" * 100, "en-US", "is not a number"),
    ],
)
def test_what_is_no_number_says_why(text: str, locale: str, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        Numbers(locale).decimal(text)
    assert str(caught.value) == reason


def test_a_count_is_whole_and_fits() -> None:
    with pytest.raises(Reject, match="is not a whole number"):
        whole(Decimal("4.5"))
    with pytest.raises(Reject, match="larger than any count"):
        whole(Decimal(LARGEST) + 1)
    assert whole(Decimal(LARGEST)) == LARGEST


def test_m_is_not_guessed_in_indonesian() -> None:
    with pytest.raises(Reject, match="million in English and miliar in Indonesian"):
        Numbers("id-ID").decimal("1,2 M")
    assert Numbers("id-ID", {"M": 10**9}).decimal("1,2 M") == 1_200_000_000
    assert Numbers("vi-VN").decimal("1,2M") == 1_200_000


def shown(value: int, decimals: int, decimal_mark: str, group: str) -> str:
    """A number of `value` hundredths and the like, as a locale shows it."""
    digits = str(value).rjust(decimals + 1, "0")
    head, tail = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(head):,}".replace(",", group)
    return grouped + (decimal_mark + tail if tail else "")


@given(
    st.integers(0, 10**12),
    st.integers(0, 4),
    st.sampled_from(POINT + COMMA),
    st.booleans(),
    st.sampled_from(["", *SUFFIXES]),
)
def test_what_a_locale_shows_is_read_back(
    value: int, decimals: int, locale: str, grouped: bool, unit: str
) -> None:
    if locale == "id-ID" and unit == "m":
        return
    mark, group = (",", ".") if locale in COMMA else (".", ",")
    text = shown(value, decimals, mark, group if grouped else "")
    expected = Decimal(value).scaleb(-decimals) * SUFFIXES.get(unit, 1)
    assert Numbers(locale).decimal(f"{text} {unit}") == expected
    assert Numbers(locale).decimal(f"{text}{unit.upper()}") == expected


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_a_reject(text: str) -> None:
    with contextlib.suppress(Reject):
        assert Numbers().decimal(text) >= 0
