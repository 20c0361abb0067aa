"""Names that no endpoint knows: told in a header, or refused when the server is strict."""

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.api.query import HEADER_MAX, ignored_header, pairs
from shopscope.contract.errors import MalformedQuery
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import LIST, PAGE, QUESTIONS, Holder, ask, decode


@pytest.fixture(scope="module")
def strict_app(snapshot: Snapshot) -> Api:
    return create_app(Holder(snapshot), Settings(strict_parameters=True), OpenGate())


@pytest.mark.parametrize("url", QUESTIONS)
def test_ignored_names_are_told_in_order(app: Api, url: str) -> None:
    response = ask(app, f"{url}&sort_field=4&Sort=&sort_field=5")
    assert decode(response).code == 0
    assert response.headers["x-ignored-parameters"] == "sort_field, Sort"


def test_whatever_the_name_the_header_is_plain_and_short(app: Api) -> None:
    odd = "a%0d%0aSet-Cookie:%20x=1&%E5%A4%A7=1&%00=1&" + "z" * 5000 + "=1"
    header = ask(app, f"{PAGE}&{odd}").headers["x-ignored-parameters"]
    names = header.split(", ")
    assert names[:3] == ["a%0D%0ASet-Cookie%3A%20x", "%E5%A4%A7", "%00"]
    assert names[3] == "z" * 64
    many = "&".join(f"{'n' * 60}{number}=1" for number in range(150))
    response = ask(app, f"{PAGE}&{many}")
    assert len(response.headers["x-ignored-parameters"]) <= HEADER_MAX
    assert "set-cookie" not in response.headers


@given(st.lists(st.text(), max_size=50))
def test_any_names_make_a_header(names: list[str]) -> None:
    header = ignored_header(names)
    assert len(header) <= HEADER_MAX
    assert header.isascii()
    assert header.isprintable() or not header


@given(st.binary(max_size=200))
def test_any_bytes_are_pairs_or_an_answer(raw: bytes) -> None:
    with contextlib.suppress(MalformedQuery):
        for name, value in pairs(raw):
            (name + value).encode()


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=20))
def test_pairs_are_what_was_sent(query: list[tuple[str, str]]) -> None:
    assert pairs(urlencode(query).encode()) == query


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("&sort_field=4", "Unknown parameter 'sort_field'; did you mean product_sort_field?"),
        ("&Region=US", "Unknown parameter 'Region'; did you mean region?"),
        ("&zzzzzzzz=1", "Unknown parameter 'zzzzzzzz'"),
        ("&%00=", r"Unknown parameter '\x00'"),
    ],
)
def test_a_strict_server_names_the_nearest(strict_app: Api, query: str, message: str) -> None:
    response = ask(strict_app, PAGE + query)
    assert response.status_code == 400
    assert decode(response).message == message


def test_a_strict_server_tells_the_misspelt_name_before_the_missing_one(strict_app: Api) -> None:
    response = ask(strict_app, f"{LIST}?regoin=US&page_num=1&page_size=10")
    assert decode(response).message == "Unknown parameter 'regoin'; did you mean region?"


@pytest.mark.parametrize("url", QUESTIONS)
def test_a_strict_server_answers_what_is_known(strict_app: Api, url: str) -> None:
    assert decode(ask(strict_app, url)).code == 0


def test_the_page_size_is_a_setting(snapshot: Snapshot) -> None:
    wide = create_app(Holder(snapshot), Settings(page_size_max=100), OpenGate())
    assert len(decode(ask(wide, f"{LIST}?region=US&page_num=1&page_size=100")).data) == 25
    message = decode(ask(wide, f"{LIST}?region=US&page_num=1&page_size=101")).message
    assert message.endswith("expected an integer from 1 to 100")
