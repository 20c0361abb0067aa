"""The endpoint table: paths, prices, names, and the requests of the category endpoints."""

import msgspec
import pytest

from shopscope.contract import categories
from shopscope.contract.categories import CategoryRequest, CategoryRow
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.headers import HEADERS
from shopscope.contract.parameters import bind


def test_paths_and_prices() -> None:
    assert {(e.method, e.path, e.credits) for e in endpoints()} == {
        ("GET", "/v1/tiktok/product/list/analytics", 1),
        ("GET", "/v1/tiktok/product/export", 1),
        ("GET", "/v1/tiktok/product/facets", 1),
        ("GET", "/v1/tiktok/product/detail/analytics", 1),
        ("GET", "/v1/tiktok/product/trends/analytics", 1),
        ("GET", "/v1/tiktok/product/ranking/analytics", 1),
        ("GET", "/v1/tiktok/category/primary/analytics", 1),
        ("GET", "/v1/tiktok/category/secondary/analytics", 1),
        ("GET", "/v1/tiktok/category/tertiary/analytics", 1),
        ("GET", "/v1/tiktok/insights/products", 2),
        ("GET", "/v1/tiktok/insights/product/detail", 2),
        ("GET", "/v1/tiktok/insights/product/trend", 2),
        ("GET", "/v1/account", 0),
        ("GET", "/v1/account/usage", 0),
    }


def test_a_file_is_priced_by_its_rows() -> None:
    listed, exported = (
        next(e for e in endpoints(20) if e.operation_id == f"{verb}_products")
        for verb in ("list", "export")
    )
    assert [listed.price_of(rows) for rows in (0, 20, 21)] == [1, 1, 1]
    assert [exported.price_of(rows) for rows in (0, 1, 20, 21, 1_000_000)] == [1, 1, 1, 2, 50_000]


def test_operation_ids_are_unique_names() -> None:
    names = [e.operation_id for e in endpoints()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda e: e.operation_id)
def test_examples_are_of_the_answer_s_type(endpoint: Endpoint) -> None:
    encoded = msgspec.json.encode(endpoint.example)
    assert msgspec.json.decode(encoded, type=endpoint.answer) == endpoint.example


def test_the_languages_are_upstream_s_six() -> None:
    language, parent = categories.parameters(2)
    assert language.choices == ("th-TH", "en-US", "id-ID", "zh-CN", "ms-MY", "vi-VN")
    assert language.required
    assert not parent.required
    with pytest.raises(InvalidParameter) as caught:
        language.parse("en")
    assert "one of th-TH en-US id-ID zh-CN ms-MY vi-VN" in caught.value.message


@pytest.mark.parametrize(("level", "word"), [(1, "primary"), (2, "secondary"), (3, "tertiary")])
def test_each_level_has_an_endpoint(level: int, word: str) -> None:
    (endpoint,) = (e for e in endpoints() if e.operation_id == f"{word}_categories")
    (row,) = endpoint.example
    assert isinstance(row, CategoryRow)
    assert row.category_level == str(level)
    query = [("language", "zh-CN"), ("parent_id", row.parent_id)]
    bound = bind(endpoint.by_name, query)
    assert CategoryRequest.of(level, bound.values) == CategoryRequest(level, "zh-CN", row.parent_id)
    absent = bind(endpoint.by_name, [("language", "zh-CN"), ("parent_id", "")])
    assert CategoryRequest.of(level, absent.values).parent_id is None


def test_the_row_has_upstream_s_fields() -> None:
    fields = msgspec.structs.fields(CategoryRow)
    assert {f.name: f.type for f in fields} == dict.fromkeys(
        ("category_id", "category_level", "category_name", "language", "parent_id"), str
    )


def test_headers_are_named_once_and_explained() -> None:
    names = [header.name.lower() for header in HEADERS]
    assert len(set(names)) == len(names)
    assert all(h.when and h.description and h.example.isascii() for h in HEADERS)
