"""The three endpoints over a small market: pages, searches, errors, and who wins."""

import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.insight_rows import (
    FIELD_TITLES,
    InsightDay,
    InsightInfo,
    InsightRow,
    InterestIndex,
)
from shopscope.contract.insights import InsightTrendRequest
from shopscope.ingest.load import Limit, Options, load_file
from shopscope.ingest.request import Request
from shopscope.lake.tables import Lake
from shopscope.settings import Settings
from tests.api.kit import Holder, ask, decode
from tests.insights.seeds import example
from tests.rollup import market
from tests.rollup.market import AS_OF, NOW, Facts

LIST = "/v1/tiktok/insights/products"
DETAIL = "/v1/tiktok/insights/product/detail"
TREND = "/v1/tiktok/insights/product/trend"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Api:
    snapshot = market.opened(tmp_path_factory.mktemp("data"), market.facts(7))
    return create_app(Holder(snapshot), Settings(), OpenGate())


def data(app: Api, url: str) -> Any:
    answer = decode(ask(app, url))
    assert answer.code == 0, answer.message
    return answer.data


def message(app: Api, url: str, code: int = 400) -> str:
    response = ask(app, url)
    assert response.status_code == code
    return decode(response).message


def ids(app: Api, query: str) -> list[str]:
    return [row["third_ecom_category"]["id"] for row in data(app, f"{LIST}?{query}")["list"]]


def test_shapes_are_upstream_s() -> None:
    page, detail = example("001")["data"], example("004")["data"]
    assert list(page) == ["list", "pagination"]
    fields = [field.name for field in msgspec.structs.fields(InsightRow)]
    assert fields == sorted(fields) == list(page["list"][0])
    fields = [field.name for field in msgspec.structs.fields(InsightInfo)]
    assert fields == sorted(fields) == list(detail["info"])


def test_every_field_has_its_meaning() -> None:
    types = (InsightRow, InsightInfo, InsightDay, InterestIndex)
    named = {field.name for type_ in types for field in msgspec.structs.fields(type_)}
    assert named - {"interest_info"} <= set(FIELD_TITLES)
    page = (Path(__file__).parents[2] / "docs" / "insights.md").read_text("utf-8")
    told = named - {"interest_info", "score", "cover_url", "ecom_type", "dt"}
    rest = {"first_ecom_category", "second_ecom_category", "third_ecom_category"}
    assert all(f"`{name}`" in page for name in told - rest)


def test_pages_are_the_list_cut(app: Api) -> None:
    whole = data(app, f"{LIST}?time_scope=30")
    assert whole["pagination"] == {"page": 1, "size": 20, "total": 4, "has_more": False}
    posts = [row["post"] for row in whole["list"]]
    assert posts == sorted(posts, reverse=True)
    pages = [data(app, f"{LIST}?time_scope=30&limit=3&page={n}") for n in (1, 2, 3)]
    assert [len(page["list"]) for page in pages] == [3, 1, 0]
    assert [row for page in pages for row in page["list"]] == whole["list"]
    assert [page["pagination"]["has_more"] for page in pages] == [True, False, False]
    assert ask(app, f"{LIST}?limit=1").headers["x-total-count"] == str(
        data(app, LIST)["pagination"]["total"]
    )
    assert ask(app, LIST).headers["x-as-of"] == AS_OF.isoformat()


def test_defaults_are_a_day_in_all_regions(app: Api) -> None:
    spelt = f"{LIST}?time_scope=1&region=all_regions&page=1&limit=20&search_keyword=FALSE"
    assert data(app, LIST) == data(app, spelt)
    assert ask(app, LIST).headers["etag"] == ask(app, spelt).headers["etag"]
    assert data(app, DETAIL) == data(app, f"{DETAIL}?id=601583&time_scope=1&region=all_regions")
    assert data(app, DETAIL)["info"]["third_ecom_category"]["id"] == "601583"


def test_more_than_a_page_holds_is_cut(app: Api) -> None:
    assert data(app, f"{LIST}?limit=500")["pagination"]["size"] == 20
    assert ask(app, f"{LIST}?limit=500").headers["etag"] == ask(app, LIST).headers["etag"]


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("perfume", {"601583"}),
        ("PERFU", {"601583"}),
        ("香水", {"601583"}),
        ("น้ำหอม", {"700001"}),
        ("makeup", {"601583", "700001"}),
        ("pet%20supplies", {"700002"}),
        ("FALSE", {"601583", "700001", "700002", "700003"}),
        ("%20", {"601583", "700001", "700002", "700003"}),
        ("false", set()),
        ("nowhere", set()),
    ],
)
def test_a_search_in_names_of_all_levels_and_languages(
    app: Api, keyword: str, found: set[str]
) -> None:
    assert set(ids(app, f"time_scope=30&search_keyword={keyword}")) == found


def test_one_category(app: Api) -> None:
    assert ids(app, "time_scope=30&ecom_category_id=700002") == ["700002"]
    assert ids(app, "time_scope=30&ecom_category_id=700002&search_keyword=pet") == ["700002"]
    assert ids(app, "time_scope=30&ecom_category_id=700002&search_keyword=perfume") == []
    assert ids(app, "time_scope=30&ecom_category_id=7") == []


def test_a_region_without_data_is_empty(app: Api) -> None:
    page = data(app, f"{LIST}?region=BR&time_scope=30")
    assert page["list"] == []
    assert page["pagination"] == {"page": 1, "size": 20, "total": 0, "has_more": False}
    info = data(app, f"{DETAIL}?region=BR")["info"]
    assert (info["posts"], info["audience_ages"], info["url_title"]) == ([], [], "Perfume")
    assert data(app, f"{TREND}?region=BR") == []


def test_a_known_category_that_was_never_advertised_has_an_empty_detail(app: Api) -> None:
    info = data(app, f"{DETAIL}?id=700009")["info"]
    assert (info["hashtags"], info["url_title"]) == ([], "Never advertised")


@pytest.mark.parametrize("path", [DETAIL, TREND])
def test_an_unknown_id(app: Api, path: str) -> None:
    for unknown in ("1", "601450", "x", "%00", "9" * 100):
        told = message(app, f"{path}?id={unknown}", 404)
        assert "expected the id of a level-3 category, such as 601583" in told


@pytest.mark.parametrize("path", [LIST, DETAIL])
@pytest.mark.parametrize("scope", ["2", "0", "2025-13", "2025-00", "2025-1", "30d", "-1", "1.0"])
def test_a_scope_that_is_none(app: Api, path: str, scope: str) -> None:
    expected = "expected 1, 7 or 30 days, or a month as YYYY-MM such as 2025-09"
    assert expected in message(app, f"{path}?time_scope={scope}")


@pytest.mark.parametrize("path", [LIST, DETAIL])
@pytest.mark.parametrize("month", ["2024-01", "2026-04", "2999-12"])
def test_a_month_without_data_names_the_newest(app: Api, path: str, month: str) -> None:
    assert message(app, f"{path}?time_scope={month}").endswith(
        "the newest month with data is 2026-03"
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "limit: got '0', expected an integer of at least 1"),
        ("limit=-5", "limit: got '-5'"),
        ("limit=ten", "limit: got 'ten'"),
        ("page=0", "page: got '0', expected an integer of at least 1"),
        ("region=usa", "region: got 'usa', expected all_regions, or a two-letter market code"),
        ("region=us", "region: got 'us'"),
        ("search_keyword=" + "x" * 201, "text of at most 200 characters"),
    ],
)
def test_what_is_wrong_is_told(app: Api, query: str, words: str) -> None:
    assert words in message(app, f"{LIST}?{query}")


def test_the_trend_is_thirty_days_or_those_asked_for(app: Api) -> None:
    rows = data(app, TREND)
    assert rows[-1]["dt"] <= AS_OF.isoformat()
    assert rows[0]["dt"] >= (AS_OF - datetime.timedelta(29)).isoformat()
    assert [row["dt"] for row in rows] == sorted(row["dt"] for row in rows)
    year = data(app, f"{TREND}?start_date=2025-12-01&end_date=2026-03-20")
    assert year[-len(rows) :] == rows
    (last,) = data(app, f"{TREND}?start_date={rows[-1]['dt']}&end_date={rows[-1]['dt']}")
    assert last == rows[-1]
    assert data(app, f"{TREND}?start_date={AS_OF}&id=601583") == [
        row for row in rows if row["dt"] == AS_OF.isoformat()
    ]
    assert data(app, f"{TREND}?end_date=2020-01-01") == []


def test_windows_are_the_sums_of_the_trend(app: Api) -> None:
    for region in ("US", "GB", "all_regions"):
        for row in data(app, f"{LIST}?time_scope=30&region={region}")["list"]:
            category = row["third_ecom_category"]["id"]
            days = data(app, f"{TREND}?id={category}&region={region}")
            for field in ("post", "impression", "like", "share", "comment"):
                assert row[field] == sum(day[field] for day in days)
            assert row["cost"] == pytest.approx(sum(day["cost"] for day in days))
            clicks = sum(day["click"] for day in days)
            assert row["ctr"] == pytest.approx(100 * clicks / row["impression"], abs=0.0051)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("start_date=2026-02-30", "start_date: got '2026-02-30', expected a day as yyyy-MM-dd"),
        ("end_date=20260201", "end_date: got '20260201', expected a day as yyyy-MM-dd"),
        ("start_date=2026-02-02&end_date=2026-02-01", "at most end_date, which is 2026-02-01"),
        ("start_date=2025-01-01&end_date=2026-02-01", "a range of at most 180 days"),
        ("start_date=2025-01-01", "a range of at most 180 days; up to 2026-03-20 these are 444"),
    ],
)
def test_bad_days(app: Api, query: str, words: str) -> None:
    assert words in message(app, f"{TREND}?{query}")


@given(st.none() | st.dates(), st.none() | st.dates(), st.dates())
def test_a_range_is_at_most_half_a_year(
    start: datetime.date | None, end: datetime.date | None, as_of: datetime.date
) -> None:
    request = InsightTrendRequest(region="US", id="1", start=start, end=end)
    try:
        first, last = request.days(as_of)
    except InvalidParameter:
        assert start is not None
        return
    assert first <= last
    assert (last - first).days < 180
    assert (start or first, end or last) == (first, last)


def saved(folder: Path, name: str, document: Any, day: datetime.date) -> None:
    """Load a document into the lake below `folder`."""
    path = folder / name
    path.write_bytes(msgspec.json.encode(document))
    options = Options(Request(NOW, day=day), Limit())
    result = load_file(path, Lake(folder / "lake"), folder / "rejects", options)
    assert (result.error, result.rejected) == (None, 0)


def served(folder: Path) -> Api:
    return create_app(Holder(market.rolled(folder)), Settings(), OpenGate())


def test_the_seeds_own_examples_come_back_equal(tmp_path: Path) -> None:
    page, detail = example("001"), example("004")
    saved(tmp_path, "products.json", page, AS_OF)
    saved(tmp_path, "detail.json", detail, AS_OF)
    app = served(tmp_path)
    response = ask(app, LIST)
    (row,) = decode(response).data["list"]
    assert row == page["data"]["list"][0]
    assert msgspec.json.encode(row) == msgspec.json.encode(page["data"]["list"][0])
    assert decode(response).data["pagination"] == {
        "page": 1, "size": 20, "total": 1, "has_more": False
    }  # fmt: skip
    assert data(app, DETAIL) == detail["data"]
    assert msgspec.json.encode(data(app, DETAIL)) == msgspec.json.encode(detail["data"])
    assert data(app, f"{LIST}?time_scope=7")["list"] == []
    assert ids(app, "search_keyword=makeup") == ["601583"]
    assert response.headers["x-as-of"] == AS_OF.isoformat()
    assert "no month has data yet" in message(app, f"{LIST}?time_scope=2026-03")


def test_real_creative_center_answers_are_served_as_they_came(
    tmp_path: Path, shared_data: Path
) -> None:
    for name in ("top_products", "product_detail"):
        path = shared_data / "creative_center_examples" / f"ads__get_{name}.json"
        saved(tmp_path, path.name, msgspec.json.decode(path.read_bytes()), AS_OF)
    app = served(tmp_path)
    folder = shared_data / "creative_center_examples"
    top = msgspec.json.decode((folder / "ads__get_top_products.json").read_bytes())
    detail = msgspec.json.decode((folder / "ads__get_product_detail.json").read_bytes())
    assert data(app, f"{LIST}?time_scope=7&region=US")["list"] == top["data"]["data"]["list"]
    assert data(app, f"{DETAIL}?time_scope=30") == detail["data"]["data"]


@pytest.mark.parametrize(("later", "wins"), [(-1, "computed"), (0, "computed"), (1, "delivered")])
def test_the_newest_wins_then_the_computed(tmp_path: Path, later: int, wins: str) -> None:
    market.write(Lake(tmp_path / "lake"), market.facts(3))
    page = example("001")
    row = {**page["data"]["list"][0], "post": 10**9}
    info = {**example("004")["data"]["info"], "posts": ["1"]}
    day = AS_OF + datetime.timedelta(later)
    asked = {"time_scope": "7", "region": "US"}
    saved(tmp_path, "a.json", {"params": asked, "data": {"list": [row]}}, day)
    saved(tmp_path, "b.json", {"params": asked, "data": {"info": info}}, day)
    alone = {**row, "third_ecom_category": {**row["third_ecom_category"], "id": "999"}, "post": 5}
    saved(tmp_path, "c.json", {"params": asked, "data": {"list": [alone]}}, day)
    app = served(tmp_path)
    rows = {
        r["third_ecom_category"]["id"]: r
        for r in data(app, f"{LIST}?time_scope=7&region=US")["list"]
    }
    assert (rows["601583"] == row) == (wins == "delivered")
    assert (data(app, f"{DETAIL}?time_scope=7&region=US")["info"] == info) == (wins == "delivered")
    assert rows["999"] == alone  # nothing is computed for it
    assert data(app, f"{DETAIL}?time_scope=7&region=US&id=999")["info"]["posts"] == []
    assert data(app, f"{LIST}?time_scope=7&region=GB")["list"]
    if wins == "delivered":
        assert ids(app, "time_scope=7&region=US")[0] == "601583"


def test_of_several_delivered_rows_the_newest_is_served(tmp_path: Path) -> None:
    row = example("001")["data"]["list"][0]
    for day, post in ((3, 30), (1, 10), (2, 20)):
        document = {"data": {"list": [{**row, "post": post}]}}
        saved(tmp_path, f"{day}.json", document, datetime.date(2026, 1, day))
    app = served(tmp_path)
    assert [r["post"] for r in data(app, LIST)["list"]] == [30]
    earlier = market.rolled(tmp_path, datetime.date(2026, 1, 2))
    app = create_app(Holder(earlier), Settings(), OpenGate())
    assert [r["post"] for r in data(app, LIST)["list"]] == [20]


def test_without_insights_everything_else_works(tmp_path: Path) -> None:
    facts = market.facts(1)
    only = Facts([], [], [], [], facts.product, facts.category_name)
    snapshot = market.opened(tmp_path, only)
    assert snapshot.insights is None
    app = create_app(Holder(snapshot), Settings(), OpenGate())
    assert data(app, LIST)["list"] == []
    assert "no month has data yet" in message(app, f"{LIST}?time_scope=2026-03")
    assert "No such category" in message(app, DETAIL, 404)
    assert "No such category" in message(app, TREND, 404)
