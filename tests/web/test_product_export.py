"""Exports of the page against the API's."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from shopscope.api.app import Api
from shopscope.contract.exports import FORMATS
from shopscope.errors import ExportFailed
from shopscope.products.export import process
from shopscope.snapshot.reader import Snapshot
from shopscope.web import product_export
from tests.api.kit import ask
from tests.snapshot import rows
from tests.web.kit import Keyed, browse, make_app, parse

SIZE = process.SMALL
SELECTION = "region=US&min_product_rating=0.2&product_sort_field=spu_avg_price&sort_type=0"
API = "/v1/tiktok/product/export?extra_fields=growth"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return rows.opened(tmp_path_factory.mktemp("many"), rows.region_rows(rows.table(SIZE)))


@pytest.fixture(scope="module")
def app(snapshot: Snapshot) -> Api:
    return make_app(snapshot)


def export(app: Api, kind: str, selection: str = SELECTION) -> httpx2.Response:
    answer = browse(app, f"/products/export?{selection}&format={kind}")
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_the_api_s(app: Api, kind: str) -> None:
    answer = export(app, kind)
    expected = ask(app, f"{API}&{SELECTION}&format={kind}")
    assert int(expected.headers["x-total-count"]) > 200
    assert answer.content == expected.content
    for name in ("content-type", "content-disposition", "x-total-count", "x-content-type-options"):
        assert answer.headers[name] == expected.headers[name]
    assert answer.headers["cache-control"] == "no-store"
    guess = int(answer.headers[product_export.ESTIMATE])
    assert 0.7 < guess / len(answer.content) < 1.4


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("selection", ["region=US&keyword=nobody", "region=XX"])
def test_nothing_is_a_file_too(app: Api, kind: str, selection: str) -> None:
    expected = ask(app, f"{API}&{selection}&format={kind}")
    assert export(app, kind, selection).content == expected.content


def test_the_order_is_that_of_the_page(app: Api) -> None:
    expected = ask(app, f"{API}&region=US&product_sort_field=1&format=ndjson")
    assert export(app, "ndjson", "region=US").content == expected.content


def test_the_page_s_own_parameters_change_nothing(app: Api) -> None:
    plain = export(app, "ndjson").content
    others = "&columns=trend&page_num=3&page_size=20&find_category=x"
    assert export(app, "ndjson", SELECTION + others).content == plain


@pytest.mark.parametrize(
    ("query", "named"),
    [("format=xlsx", "format"), ("format=csv&min_total_sale_cnt=x", "min_total_sale_cnt")],
)
def test_what_is_wrong_is_a_page(app: Api, query: str, named: str) -> None:
    answer = browse(app, f"/products/export?region=US&{query}")
    assert answer.status_code == 400
    assert named in parse(answer.text).one(class_="problem-message").text


def test_what_can_t_begin_is_a_page(app: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise ExportFailed("gone")
        yield b""

    monkeypatch.setattr(process.Exports, "parts", broken)
    assert browse(app, f"/products/export?{SELECTION}&format=csv").status_code == 500


def test_an_export_costs_what_its_pages_cost(snapshot: Snapshot, tmp_path: Path) -> None:
    server = Keyed(snapshot, tmp_path)
    key, poor = server.key(credits=500), server.key(credits=3)
    url = f"/products/export?{SELECTION}&format=ndjson"
    answer = browse(server.app, url, cookie=server.sign_in(key))
    pages = -(-int(answer.headers["x-total-count"]) // 10)
    assert server.left(key) == 500 - pages
    refused = browse(server.app, url, cookie=server.sign_in(poor))
    assert refused.status_code == 402
    assert server.left(poor) == 3
    assert browse(server.app, url).status_code == 401
    server.close()
