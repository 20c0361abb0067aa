"""A parser per kind: what it takes from text and from typed values, and what it refuses."""

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.ingest.numbers import LARGEST, Numbers, Reject
from shopscope.ingest.parse import Form, hashtags, parser

DAMAGED = "is an id that a spreadsheet has damaged; export the column as text"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("count", "4.1K", 4100),
        ("count", 12, 12),
        ("count", 12.0, 12),
        ("number", "4.8", 4.8),
        ("number", Decimal("0.1"), 0.1),
        ("money", "$12.50", (12.5, "$")),
        ("money", 12.5, (12.5, None)),
        ("percent", "49.09%", 49.09),
        ("percent", "5%", 5.0),
        ("percent", "5 ％", 5.0),
        ("percent", 5, 5.0),
        ("percent", "0.05", 0.05),
        ("product_id", "1729000000000000101", 1729000000000000101),
        ("product_id", 1729000000000000101, 1729000000000000101),
        ("product_id", "12345.0", 12345),
        ("id", "7494000000000000001", "7494000000000000001"),
        ("id", 601450, "601450"),
        ("id", 601450.0, "601450"),
        ("region", "us", "US"),
        ("region", "UK", "GB"),
        ("currency", "usd", "USD"),
        ("locale", "en_us", "en-US"),
        ("locale", "zh-Hans-CN", "zh-Hans-CN"),
        ("locale", "vi", "vi"),
        ("level", "3", 3),
        ("flag", "Yes", 1),
        ("flag", "false", 0),
        ("flag", True, 1),
        ("flag", "2", 2),
        ("flag", "否", 0),
        ("day", "2026-05-02", date(2026, 5, 2)),
        ("time", datetime(2026, 5, 2, 3, tzinfo=UTC), datetime.fromisoformat("2026-05-02T03:00")),
        ("tags", "#a #b, c", ["a", "b", "c"]),
        ("tags", ["#a", "a", ""], ["a"]),
        ("tags", '["x", "y"]', ["x", "y"]),
        ("json", '[{"url": "x"}]', '[{"url": "x"}]'),
        ("json", [{"url": "x"}], '[{"url":"x"}]'),
        ("text", "  trimmed\t", "trimmed"),
        ("text", 5, "5"),
        ("text", 5.0, "5"),
        ("text", 0.1, "0.1"),
    ],
)
def test_a_kind_takes(kind: str, value: Any, expected: Any) -> None:
    assert parser(kind, Form())(value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("count", "4.5", "is not a whole number"),
        ("count", -1, "is negative"),
        ("count", float("nan"), "is not a finite number"),
        ("count", float("inf"), "is not a finite number"),
        ("count", True, "is not a number"),
        ("count", [1], "is not a number"),
        ("money", -2.5, "is negative"),
        ("percent", "-5%", "is negative"),
        ("product_id", "1.73E+18", DAMAGED),
        ("product_id", "1,73E+18", DAMAGED),
        ("product_id", 1.73e18, DAMAGED),
        ("product_id", "1730000000000000000.0", DAMAGED),
        ("product_id", str(LARGEST + 1), "is not an id of up to 19 digits"),
        ("product_id", "12a", "is not an id of up to 19 digits"),
        ("id", "-12", "is not an id of up to 19 digits"),
        ("id", 1.5, "is not an id"),
        ("id", float("nan"), "is not an id"),
        ("region", "USA", "is not a market code of two letters, such as US"),
        ("currency", "ABC", "is not a currency code such as USD"),
        ("locale", "english", "is not a locale such as en-US"),
        ("level", "0", "is not a category level from 1"),
        ("flag", "maybe", "is not a flag such as yes, no, 1 or 0"),
        ("flag", "-1", "is not a flag such as yes, no, 1 or 0"),
        ("day", "soon", "is not a date in the format iso"),
        ("tags", [1], "is not a list of words"),
        ("json", "{", "is not valid JSON"),
    ],
)
def test_a_kind_refuses_with_a_reason(kind: str, value: Any, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        parser(kind, Form())(value)
    assert str(caught.value) == reason


def test_a_fraction_is_a_hundredth_of_a_percent_figure() -> None:
    parse = parser("percent", Form(type="fraction"))
    assert parse("0.05") == 5.0
    assert parse(0.29) == 29.0
    assert parse("5%") == 5.0


def test_images_become_the_list_of_the_wire() -> None:
    parse = parser("json", Form(type="images"))
    one = '[{"url":"https://a.example/1.jpg","index":1}]'
    assert parse("https://a.example/1.jpg") == one
    assert parse(["https://a.example/1.jpg"]) == one
    two = msgspec.json.decode(parse("https://a.example/1,2.jpg,https://b.example/2.jpg"))
    assert [image["url"] for image in two] == [
        "https://a.example/1,2.jpg",
        "https://b.example/2.jpg",
    ]
    with pytest.raises(Reject, match="is not the address of an image"):
        parse("1.jpg")


def test_a_map_is_binding() -> None:
    parse = parser("region", Form(map={"United States": "US"}))
    assert parse("United States") == "US"
    with pytest.raises(Reject, match="is not in the map of the profile"):
        parse("US")


def test_a_day_can_be_shifted() -> None:
    assert parser("day", Form(shift=-1))("2026-03-01") == date(2026, 2, 28)
    with pytest.raises(Reject, match="outside the calendar"):
        parser("day", Form(shift=-1))(date.min)


def test_a_handle_loses_its_mark() -> None:
    assert parser("text", Form(type="handle"))("@someone") == "someone"
    assert parser("text", Form(type="handle"))("@") is None


@pytest.mark.parametrize(
    ("caption", "cut", "expected"),
    [
        ("a #One two #twó_2, #one", None, ["One", "twó_2", "one"]),
        ("#a#b #a", None, ["a", "b"]),
        ("#สกินแคร์ #tiếngviệt #日本。", None, ["สกินแคร์", "tiếngviệt", "日本"]),
        ("#fyp🔥 # #", None, ["fyp"]),
        ("no tags", None, []),
        ("cut #her", 8, []),
        ("cut #her", 9, ["her"]),
        ("cut her#", 8, []),
    ],
)
def test_hashtags_of_a_caption(caption: str, cut: int | None, expected: list[str]) -> None:
    assert hashtags(caption, cut) == expected


@given(st.integers(0, LARGEST))
def test_an_id_comes_through_as_it_is(number: int) -> None:
    assert parser("product_id", Form())(str(number)) == number
    assert parser("product_id", Form())(number) == number
    assert parser("id", Form())(str(number)) == str(number)


@given(st.decimals(0, 10**6, places=2), st.sampled_from(["en-US", "id-ID"]))
def test_a_percentage_is_read_back(value: Decimal, locale: str) -> None:
    text = f"{value}%".replace(".", "," if locale == "id-ID" else ".")
    assert parser("percent", Form(Numbers(locale)))(text) == float(value)


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.lists(st.text())
)
KINDS = (
    "region", "product_id", "id", "text", "json", "locale", "currency", "tags",
    "day", "time", "level", "count", "flag", "money", "number", "percent",
)  # fmt: skip


@given(st.sampled_from(KINDS), ANYTHING.filter(lambda value: value is not None))
def test_any_value_is_taken_or_rejected(kind: str, value: Any) -> None:
    with contextlib.suppress(Reject):
        parser(kind, Form())(value)
