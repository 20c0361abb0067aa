"""Amounts with symbols and codes, before and behind."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.ingest.money import CURRENCIES, SYMBOLS, amount, currencies
from shopscope.ingest.numbers import Numbers, Reject


@pytest.mark.parametrize(
    ("text", "locale", "value", "name"),
    [
        ("$143.0K", "en-US", "143000", "$"),
        ("$999.99", "en-US", "999.99", "$"),
        ("199.000₫", "vi-VN", "199000", "₫"),
        ("199.000đ", "vi-VN", "199000", "đ"),
        ("Rp 1,2 jt", "id-ID", "1200000", "Rp"),
        ("Rp99.000", "id-ID", "99000", "Rp"),
        ("Rp. 99.000", "id-ID", "99000", "Rp."),
        ("US$12", "en-US", "12", "US$"),
        ("12 US$", "en-US", "12", "US$"),
        ("£9.99", "en-GB", "9.99", "£"),
        ("¥1200", "ja-JP", "1200", "¥"),
        ("1,200円", "ja-JP", "1200", "円"),
        ("USD 12.50", "en-US", "12.50", "USD"),
        ("12.50 USD", "en-US", "12.50", "USD"),
        ("1.2K USD", "en-US", "1200", "USD"),
        ("143.0K$", "en-US", "143000", "$"),
        ("RM 5.20", "ms-MY", "5.20", "RM"),
        ("R$ 1.234,50", "pt-BR", "1234.50", "R$"),
        ("1 234,50 €", "fr-FR", "1234.50", "€"),
        ("฿1.2M", "th-TH", "1200000", "฿"),
        ("12.5", "en-US", "12.5", None),
        ("$.99", "en-US", "0.99", "$"),
    ],
)
def test_an_amount_is_read(text: str, locale: str, value: str, name: str | None) -> None:
    assert amount(text, Numbers(locale)) == (Decimal(value), name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-$5", "is negative"),
        ("$-5", "is negative"),
        ("XYZ 12", "names a currency that does not exist"),
        ("£5 USD", "names two currencies"),
        ("free", "is not a number"),
        ("$5 - $10", "is not a number, or has an unknown unit"),
        ("", "is not a number"),
        ("$" * 100, "is not an amount of money"),
    ],
)
def test_what_is_no_amount_says_why(text: str, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        amount(text, Numbers())
    assert str(caught.value) == reason


def test_a_bare_dollar_is_any_dollar() -> None:
    assert {"USD", "SGD", "MXN", "CAD"} <= currencies("$")
    assert currencies("¥") == {"JPY", "CNY"}
    assert currencies("VND") == {"VND"}
    assert all(codes <= CURRENCIES for codes in SYMBOLS.values())


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from([*SYMBOLS, "USD", "VND", "JPY"]),
    st.booleans(),
    st.sampled_from(["", " "]),
)
def test_every_symbol_is_found_on_both_sides(
    value: Decimal, name: str, before: bool, space: str
) -> None:
    if len(name) == 3 and name.isupper():
        space = " "
    text = f"{name}{space}{value}" if before else f"{value}{space}{name}"
    assert amount(text, Numbers()) == (value, name)
