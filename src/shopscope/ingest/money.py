"""Amounts of money as exports show them, with the currency they name."""

import re
from decimal import Decimal

from shopscope.ingest.numbers import MAX_TEXT, Numbers, Reject

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
"""ISO 4217 codes of currencies in use."""

_DOLLAR_CODES = """
AUD BBD BMD BND BSD BZD CAD CLP COP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD USD XCD
ARS
"""
_DOLLARS = frozenset(_DOLLAR_CODES.split())
SYMBOLS: dict[str, frozenset[str]] = {
    "$": _DOLLARS,
    "＄": _DOLLARS,
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    **{
        symbol: frozenset({code})
        for symbol, code in {
            "US$": "USD", "S$": "SGD", "R$": "BRL", "MX$": "MXN", "A$": "AUD", "AU$": "AUD",
            "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NT$": "TWD", "NZ$": "NZD",
            "£": "GBP", "€": "EUR", "₫": "VND", "đ": "VND", "Rp": "IDR", "Rp.": "IDR",
            "฿": "THB", "RM": "MYR", "₱": "PHP", "₩": "KRW", "₹": "INR", "₺": "TRY", "zł": "PLN",
            "円": "JPY", "元": "CNY", "SR": "SAR", "﷼": "SAR", "ر.س": "SAR",
        }.items()
    },
}  # fmt: skip
"""The currencies that a symbol stands for."""

DEFAULT_CURRENCY = "USD"
"""What amounts are in where neither the profile nor the text says."""

_FOLDED = {symbol.casefold(): symbol for symbol in SYMBOLS}
_NAMES = "|".join(re.escape(s) for s in sorted(SYMBOLS, key=len, reverse=True))
_BEFORE = re.compile(rf"(?P<name>[A-Z]{{3}}(?=[\s0-9])|(?i:{_NAMES}))\s*(?=[-+\u2212.,0-9])")
_AFTER = re.compile(rf"\s*(?P<name>(?<=[\s0-9])[A-Z]{{3}}|(?i:{_NAMES}))$")


def amount(text: str, numbers: Numbers) -> tuple[Decimal, str | None]:
    """The amount in `text`, and the symbol or code it came with (None: none).

    Raises:
        Reject: it is no amount, negative, or names a currency that does not exist.
    """
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise Reject("is not an amount of money")
    sign = "-" if text[:1] in ("-", "\u2212") else ""
    text = text.removeprefix("-").removeprefix("\u2212").lstrip()
    found: list[str] = []
    if before := _BEFORE.match(text):
        found.append(before["name"])
        text = text[before.end() :]
    if after := _AFTER.search(text):
        found.append(after["name"])
        text = text[: after.start()]
    names = {_known(name) for name in found}
    if len(names) > 1:
        raise Reject("names two currencies")
    return numbers.decimal(sign + text), next(iter(names), None)


def currencies(name: str) -> frozenset[str]:
    """The currencies that a symbol or code can mean."""
    return SYMBOLS.get(name) or frozenset({name})


def _known(name: str) -> str:
    symbol = _FOLDED.get(name.casefold())
    if symbol is not None:
        return symbol
    if name not in CURRENCIES:
        raise Reject("names a currency that does not exist")
    return name
