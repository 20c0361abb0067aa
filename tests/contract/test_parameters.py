"""Binding a query string: rules that hold for every endpoint."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import InvalidParameter, MissingParameter
from shopscope.contract.parameters import Parameter, bind, nearest

TABLE = {
    p.name: p
    for p in (
        Parameter(name="count", type="integer", description=""),
        Parameter(name="price", type="number", description=""),
        Parameter(name="word", description=""),
        Parameter(name="flag", type="integer", choices=(0, 1), default=1, description=""),
    )
}


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_integers_are_exact(number: int) -> None:
    assert bind(TABLE, [("count", str(number))]).values["count"] == number


@given(st.floats(-1e17, 1e17))
def test_numbers_are_as_python_reads_them(number: float) -> None:
    assert bind(TABLE, [("price", repr(number))]).values["price"] == number


@given(st.text(max_size=40))
def test_any_text_is_an_integer_or_refused(text: str) -> None:
    try:
        value = TABLE["count"].parse(text)
    except InvalidParameter:
        return
    assert isinstance(value, int)
    assert value == int(text)
    assert text.isascii()


@given(st.text(max_size=40))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = TABLE["price"].parse(text)
    except InvalidParameter:
        return
    assert isinstance(value, float)
    assert math.isfinite(value)
    assert text.isascii()


@given(st.sets(st.text()), st.text(min_size=1))
def test_unknown_names_are_collected_once_in_order(names: set[str], text: str) -> None:
    unknown = [name for name in sorted(names) if name not in TABLE]
    bound = bind(TABLE, [(name, text) for name in (*unknown, *unknown)])
    assert list(bound.ignored) == unknown
    assert bound.values == {"flag": 1}


@given(st.permutations([("count", "3"), ("word", "x"), ("nobody", "1"), ("price", "")]))
def test_order_does_not_matter_and_empty_is_absent(query: list[tuple[str, str]]) -> None:
    bound = bind(TABLE, query)
    assert bound.values == {"count": 3, "word": "x", "flag": 1}
    assert bound.ignored == ("nobody",)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="count: got '2', expected each parameter only once"):
        bind(TABLE, [("count", "1"), ("count", "2")])
    assert bind(TABLE, [("count", ""), ("count", "2")]).values["count"] == 2


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda e: e.operation_id)
def test_without_its_required_parameters_every_endpoint_refuses(endpoint: Endpoint) -> None:
    first = next((p.name for p in endpoint.parameters if p.required), None)
    if first is None:
        bind(endpoint.by_name, [])
        return
    with pytest.raises(MissingParameter, match=first):
        bind(endpoint.by_name, [])


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda e: e.operation_id)
def test_every_parameter_takes_its_example_and_default(endpoint: Endpoint) -> None:
    for parameter in endpoint.parameters:
        assert parameter.description
        assert parameter.expectation
        for text in (parameter.example, parameter.default):
            if text is not None:
                assert parameter.parse(str(text)) == text


def test_long_values_are_shortened_in_messages() -> None:
    with pytest.raises(InvalidParameter) as caught:
        TABLE["count"].parse("9" * 10_000)
    assert len(caught.value.message) < 150


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("sort_field", "product_sort_field"),
        ("pagesize", "page_size"),
        ("Region", "region"),
        ("min_sale_cnt", "min_total_sale_cnt"),
        ("zzzzzz", None),
        ("", None),
    ],
)
def test_the_nearest_known_name(wrong: str, right: str | None) -> None:
    assert nearest(wrong, endpoints()[0].by_name) == right
