"""Every endpoint of the table, by both clients, from an application and from a real server."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.client.call import KINDS, table
from shopscope.client.lenient import plain
from shopscope.client.row import Money, Row
from shopscope.client.rows import Account
from shopscope.contract.endpoints import Endpoint, endpoints
from tests.api.kit import ask, build
from tests.client.kit import Driver
from tests.serving import Running, running

ENDPOINTS = [pytest.param(e, id=e.operation_id) for e in endpoints() if not e.files]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("data")
    build(data / "snapshots")
    with running(data) as server:
        yield server


def required(endpoint: Endpoint) -> dict[str, Any]:
    return {
        p.name: p.example
        for p in endpoint.parameters
        if p.required and p.name not in ("page_num", "page_size")
    }


def sent(endpoint: Endpoint, get: Any) -> list[dict[str, Any]]:
    """The first rows as a plain client gets them."""
    query = required(endpoint)
    if "page_num" in endpoint.by_name:
        query |= {"page_num": 1, "page_size": 10}
    answer: httpx2.Response = get(f"{endpoint.path}?{httpx2.QueryParams(query)}")
    data = msgspec.json.decode(answer.content)["data"]
    if isinstance(data, dict):
        data = data.get("list", [data.get("info", data)])
    assert data, "this endpoint must have an answer here"
    return list(data)


def expected(value: Any, kind: Any, text: bool) -> Any:
    """What a field is to the caller, made another way than the client makes it."""
    if kind is Money:
        return Decimal(str(value))
    if kind is datetime.date:
        digits = str(value).replace("-", "")
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if text:
        return len(msgspec.json.decode(value))
    return value


def check(rows: list[Row], plain_rows: list[dict[str, Any]], of: type[Row]) -> None:
    kinds = {field.name: plain(field.type) for field in msgspec.structs.fields(of)}
    assert [msgspec.json.decode(row.raw) for row in rows] == plain_rows
    for row, sent_row in zip(rows, plain_rows, strict=True):
        assert isinstance(row, of)
        assert row.extra == {}
        for name, value in sent_row.items():
            got = getattr(row, name)
            if name in of.texts:
                got = len(got)
            elif isinstance(got, msgspec.Struct | tuple | list | datetime.datetime):
                got = msgspec.to_builtins(got)
            assert got == expected(value, kinds[name], name in of.texts), name
            if kinds[name] is Money:
                assert isinstance(got, Decimal)


def called(driver: Driver, client: Any, endpoint: Endpoint) -> list[Row]:
    method = getattr(getattr(client, endpoint.resource), endpoint.verb)
    result = driver(method(**required(endpoint)))
    return [result] if isinstance(result, Row) else list(result)[:10]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_in_this_process(driver: Driver, app: Api, endpoint: Endpoint) -> None:
    client = driver.client(app=app)
    if endpoint.verb == "usage":  # an open server keeps none
        assert called(driver, client, endpoint) == []
        return
    plain_rows = sent(endpoint, lambda url: ask(app, url))
    check(called(driver, client, endpoint), plain_rows, KINDS[endpoint.operation_id].row)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_over_a_socket(driver: Driver, server: Running, endpoint: Endpoint) -> None:
    client = driver.client(base_url=server.url)
    if endpoint.verb == "usage":
        assert called(driver, client, endpoint) == []
        return
    plain_rows = sent(endpoint, server.get)
    check(called(driver, client, endpoint), plain_rows, KINDS[endpoint.operation_id].row)


def test_every_operation_has_its_kind_of_row() -> None:
    assert set(KINDS) == set(table()) == {e.operation_id for e in endpoints()}


def test_what_the_headers_say(driver: Driver, app: Api, snapshot: Any) -> None:
    client = driver.client(app=app)
    pages = driver.pages(client.products.list(region="US", page_size=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    answer = pages[0].answer
    assert answer.total == pages[0].total == 25
    assert answer.as_of == datetime.date(2026, 4, 26)
    assert answer.snapshot_id == snapshot.id
    assert (answer.credits_used, answer.credits_left) == (0, float("inf"))
    assert answer.request_id == msgspec.json.decode(answer.raw)["requestId"]
    assert pages[0][3].answer is answer
    assert not answer.cached
    account: Account = driver(client.account.get())
    assert account.answer.request_id not in (None, answer.request_id)


def test_pages_fit_together_and_end(driver: Driver, app: Api) -> None:
    client = driver.client(app=app)
    found = driver(client.products.list(region="US", page_size=4))
    assert len(found) == len({row.product_id for row in found}) == 25
    assert driver(client.products.list(region="VN")) == []
    assert driver(client.products.list(region="VN").first()) is None


@pytest.mark.parametrize(
    ("sort", "descending", "in_order"),
    [
        ("spu_avg_price", None, False),
        ("-spu_avg_price", None, False),
        ("spu_avg_price", True, False),
        ("spu_avg_price", False, True),
        ("total_live_90d_cnt", None, True),  # all equal: by id
        ("sale_growth_7d_rate", False, True),
    ],
)
def test_order_by_name(
    driver: Driver, app: Api, sort: str, descending: bool | None, in_order: bool
) -> None:
    client = driver.client(app=app)
    found = driver(client.products.list(region="US", sort=sort, descending=descending))
    ids = [row.product_id for row in found]
    assert ids == sorted(ids, reverse=not in_order)


def test_names_filter_as_numbers_do(driver: Driver, app: Api) -> None:
    client = driver.client(app=app)
    listed = client.products.list
    assert driver(listed(region="US", sales_trend_flag="stable").total) == 25
    assert driver(listed(region="US", sales_trend_flag="up").total) == 0
    assert driver(listed(region="US", free_shipping=False, is_s_shop=0).total) == 25
    assert driver(listed(region="US", min_first_crawl_dt=datetime.date(2026, 4, 26)).total) == 25
    assert driver(listed(region="US", min_first_crawl_dt="2026-04-27").total) == 0
    found = driver(listed(region="US", product_ids=[1_729_000_000_000_000_003]))
    assert [row.product_id for row in found] == ["1729000000000000003"]
    growing = driver(listed(region="US", extra_fields="growth", min_sale_growth_7d_rate=45))
    assert {row.sale_growth_7d_rate for row in growing} == {45.0, 47.5, 50.0}
