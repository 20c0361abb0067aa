"""The success envelope and its headers, over every endpoint."""

import uuid

import httpx2
import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.contract.endpoints import endpoints
from shopscope.contract.products import EXTRA_FIELDS
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import AS_OF, LIST, LIVE, PAGE, QUESTIONS, SECONDARY, STORED, ask, decode

BY_PATH = {endpoint.path: endpoint for endpoint in endpoints()}


@pytest.mark.parametrize("url", QUESTIONS)
def test_envelope(app: Api, url: str) -> None:
    response = ask(app, url)
    assert response.status_code == 200
    assert list(msgspec.json.decode(response.content)) == ["code", "message", "data", "requestId"]
    answer = decode(response)
    assert (answer.code, answer.message) == (0, "success")
    assert uuid.UUID(answer.requestId).version == 4
    assert answer.data or url in LIVE
    msgspec.convert(answer.data, BY_PATH[url.split("?")[0]].answer)


@pytest.mark.parametrize("url", STORED)
def test_headers(app: Api, url: str, snapshot: Snapshot) -> None:
    response = ask(app, url, Accept_Encoding="identity")
    headers = response.headers
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(response.content)
    assert headers["x-request-id"] == decode(response).requestId
    assert headers["x-snapshot-id"] == snapshot.id
    assert headers["cache-control"] == "private, no-cache"
    assert headers["etag"].startswith('W/"')
    assert "x-ignored-parameters" not in headers
    data = decode(response).data
    rows = data if isinstance(data, list) else data.get("list", [data])
    assert int(headers["x-total-count"]) >= len(rows) > 0


@pytest.mark.parametrize("url", LIVE)
def test_headers_of_this_moment(app: Api, empty_app: Api, url: str) -> None:
    """Answers from the accounts need no snapshot, and are nothing to keep."""
    for one in (app, empty_app):
        headers = ask(one, url).headers
        assert headers["cache-control"] == "no-store"
        assert not {"etag", "x-snapshot-id", "x-as-of"} & set(headers)
        assert headers["x-total-count"].isdecimal()
        assert ask(one, url, If_None_Match="*").status_code == 200


@pytest.mark.parametrize("url", QUESTIONS)
def test_head_is_get_without_a_body(app: Api, url: str) -> None:
    get, head = ask(app, url), ask(app, url, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}


@pytest.mark.parametrize("url", QUESTIONS)
def test_every_request_has_its_own_id(app: Api, url: str) -> None:
    assert decode(ask(app, url)).requestId != decode(ask(app, url)).requestId


@pytest.mark.parametrize("url", STORED)
def test_a_known_answer_is_a_304_without_a_body(app: Api, url: str, snapshot: Snapshot) -> None:
    first = ask(app, url)
    for known in (
        first.headers["etag"],
        first.headers["etag"].removeprefix("W/"),
        f'"other", {first.headers["etag"]}',
        "*",
    ):
        again = ask(app, url, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["x-snapshot-id"] == snapshot.id
        assert again.headers["x-request-id"]
        assert "content-type" not in again.headers
    assert ask(app, url, If_None_Match='"other"').status_code == 200


def test_the_same_question_in_other_words_has_the_same_etag(app: Api) -> None:
    def etag(query: str) -> str:
        return ask(app, f"{LIST}?{query}").headers["etag"]

    page = "region=US&page_num=1&page_size=10"
    plain = etag(page)
    assert etag(f"page_size=10&page_num=01&region=US&keyword=&sort_type=1&nobody={1}") == plain
    assert etag(f"{page}&product_sort_field=total_sale_cnt") == plain
    others = ("page_num=2", "sort_type=0", "min_total_sale_cnt=1", "max_total_sale_cnt=1")
    tags = {etag(page.replace("page_num=1", "") + "&" + o) for o in others[:1]}
    tags |= {etag(f"{page}&{other}") for other in others[1:]}
    assert len(tags | {plain}) == 5


def test_the_levels_have_etags_of_their_own(app: Api) -> None:
    assert len({ask(app, url).headers["etag"] for url in STORED}) == len(STORED)


def test_pages(app: Api) -> None:
    def page(number: int) -> httpx2.Response:
        return ask(app, f"{LIST}?region=US&page_num={number}&page_size=10")

    pages = [page(number) for number in (1, 2, 3, 4)]
    ids = [row["product_id"] for response in pages for row in decode(response).data]
    assert [len(decode(response).data) for response in pages] == [10, 10, 5, 0]
    assert len(set(ids)) == 25
    assert {response.headers["x-total-count"] for response in pages} == {"25"}
    assert {response.headers["x-as-of"] for response in pages} == {AS_OF.isoformat()}


def test_a_region_without_data_is_an_empty_list(app: Api) -> None:
    response = ask(app, f"{LIST}?region=BR&page_num=1&page_size=10")
    assert decode(response).data == []
    assert response.headers["x-total-count"] == "0"
    assert "x-as-of" not in response.headers


def test_categories_under_a_parent(app: Api) -> None:
    (row,) = decode(ask(app, f"{SECONDARY}?language=zh-CN&parent_id=602118")).data
    assert row == {
        "category_id": "1001992",
        "category_level": "2",
        "category_name": "Farm Animal & Poultry Supplies",
        "language": "en-US",
        "parent_id": "602118",
    }
    assert decode(ask(app, f"{SECONDARY}?language=zh-CN&parent_id=1")).data == []


def test_rows_are_the_snapshot_s_bytes(app: Api, snapshot: Snapshot) -> None:
    response = ask(app, f"{PAGE}&product_ids=1729000000000000004")
    assert snapshot.regions["US"].row(4) in response.content


def test_growth_only_for_those_who_ask(app: Api, snapshot: Snapshot) -> None:
    rates = [field.name for field in EXTRA_FIELDS]
    plain = ask(app, PAGE)
    shown = ask(app, f"{PAGE}&extra_fields=growth")
    assert b"growth" not in plain.content
    assert shown.headers["etag"] != plain.headers["etag"]
    for before, after in zip(decode(plain).data, decode(shown).data, strict=True):
        assert list(after.items())[:-4] == list(before.items())
        assert list(after)[-4:] == rates
    filtered = ask(app, f"{PAGE}&min_{rates[0]}=45&product_sort_field={rates[0]}&sort_type=0")
    ids = [int(row["product_id"][-2:]) for row in decode(filtered).data]
    assert ids == [22, 23, 24]
    rendered = [snapshot.regions["US"].row(number) for number in ids]
    assert b"[" + b",".join(rendered) + b"]" in filtered.content
