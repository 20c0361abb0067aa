"""Saved answers about insights: of the API, ours or hosted, and of Creative Center."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.contract import insights
from shopscope.ingest.insights import find
from shopscope.ingest.library import profile_named
from shopscope.lake.tables import Lake
from tests.ingest.conftest import NOW, Loader, rows

ROW = msgspec.to_builtins(insights.ROW_EXAMPLE)
INFO = msgspec.to_builtins(insights.DETAIL_EXAMPLE.info)
KEY = ("scope", "region", "category_id", "kind", "day", "source")


def listed(*found: Any, **more: Any) -> dict[str, Any]:
    data = {"list": list(found), "pagination": {"page": 1, "size": 20, "total": 500}}
    return {"code": 0, "message": "success", "data": data, "requestId": "x", **more}


def detailed(info: Any, **more: Any) -> dict[str, Any]:
    return {"code": 0, "message": "success", "data": {"info": info}, "requestId": "x", **more}


def save(folder: Path, name: str, *documents: Any) -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(map(msgspec.json.encode, documents)))
    return path


def other(category: str) -> dict[str, Any]:
    return {**ROW, "third_ecom_category": {**ROW["third_ecom_category"], "id": category}}


def test_rows_of_both_endpoints(tmp_path: Path, lake: Lake, load: Loader) -> None:
    result = load(save(tmp_path, "a.jsonl", listed(ROW, other("7")), detailed(INFO)))
    assert (result.error, result.profile) == (None, "insights")
    assert (result.rows, result.loaded) == (3, 3)
    common = ("1", "all_regions")
    assert rows(lake, "insight_row", *KEY) == [
        (*common, "601583", "detail", NOW.date(), "echotik"),
        (*common, "601583", "list", NOW.date(), "echotik"),
        (*common, "7", "list", NOW.date(), "echotik"),
    ]


def test_every_value_is_kept_as_it_came(tmp_path: Path, lake: Lake, load: Loader) -> None:
    text = msgspec.json.encode(ROW).decode().replace('"cost":960.5', '"cost": 4.820e4, "new":1.50')
    (tmp_path / "a.json").write_text(f'{{"data": {{"list": [\n {text}]}}}}', "utf-8")
    load(tmp_path / "a.json")
    ((kept,),) = rows(lake, "insight_row", "row")
    assert '"cost":4.820e4,"new":1.50' in kept


@pytest.mark.parametrize(
    ("asked", "name", "region", "expected"),
    [
        ({"time_scope": "7", "region": "US"}, "a.json", None, ("7", "US")),
        (
            {"time_scope": 30, "region": "all_regions"},
            "region=GB.json",
            "DE",
            ("30", "all_regions"),
        ),
        ({"time_scope": "2026-03"}, "a.json", "GB", ("2026-03", "GB")),
        ({"last": "7", "period_type": "last", "country_code": "uk"}, "a.json", None, ("7", "GB")),
        ({"last": "30", "country_code": ""}, "a.json", None, ("30", "all_regions")),
        ({"period_type": "month", "month": "2026-02"}, "a.json", None, ("2026-02", "all_regions")),
        ({"page": 1}, "time_scope=7&region=US.json", None, ("7", "US")),
        (None, "insights_time_scope-2026-03_region-ID_2026-04-05.json", None, ("2026-03", "ID")),
        (None, "time_scope=30.json", "GB", ("30", "GB")),
        (None, "a.json", None, ("1", "all_regions")),
    ],
)
def test_window_and_market(
    tmp_path: Path, lake: Lake, load: Loader, asked: Any, name: str, region: str | None,
    expected: tuple[str, str],
) -> None:  # fmt: skip
    more = {} if asked is None else {"params": asked}
    result = load(save(tmp_path, name, listed(ROW, **more)), region=region)
    assert result.error is None
    assert rows(lake, "insight_row", "scope", "region") == [expected]


def test_a_month_in_the_name_is_the_window_and_not_the_day(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    load(save(tmp_path, "time_scope=2026-03.json", listed(ROW)))
    load(save(tmp_path, "time_scope=2026-03_2026-04-05.json", listed(other("7"))))
    load(save(tmp_path, "b.json", listed(other("8"), fetched_at="2026-04-06T10:00:00Z")))
    load(save(tmp_path, "c.json", listed(other("9"))), day=date(2026, 4, 7))
    assert dict(rows(lake, "insight_row", "category_id", "day")) == {
        "601583": NOW.date(),
        "7": date(2026, 4, 5),
        "8": date(2026, 4, 6),
        "9": date(2026, 4, 7),
    }


@pytest.mark.parametrize(
    ("row", "asked", "reason"),
    [
        (ROW, {"time_scope": "2"}, "time_scope is no window of insights"),
        (ROW, {"period_type": "week", "last": "7"}, "period_type is no window of insights"),
        (ROW, {"time_scope": "2025-13"}, "time_scope is no window of insights"),
        (ROW, {"region": "everywhere"}, "region is neither all_regions nor a market code"),
        ({**ROW, "post": "many"}, {}, "post is not a number"),
        ({**ROW, "third_ecom_category": None}, {}, "third_ecom_category.id is missing"),
        ({**ROW, "third_ecom_category": {"id": "x"}}, {}, "is not a category id"),
        ("text", {}, "the row is not a JSON object"),
    ],
)
def test_what_is_not_taken_has_a_reason(
    tmp_path: Path, load: Loader, row: Any, asked: dict[str, Any], reason: str
) -> None:
    documents = [listed(other("7")), listed(ROW, row, params=asked)]
    result = load(save(tmp_path, "a.jsonl", *documents))
    assert result.rows == 3
    assert result.rejected == (2 if asked else 1)
    assert any(reason in told for told in result.reasons)


def test_errors_among_answers_are_told(tmp_path: Path, load: Loader) -> None:
    bad = {"code": 402, "message": "apiKey quota is not enough", "data": None}
    result = load(save(tmp_path, "a.jsonl", listed(ROW), bad))
    assert (result.loaded, result.rejected) == (1, 1)
    assert "402 apiKey quota is not enough" in next(iter(result.reasons))


def series(**params: Any) -> dict[str, Any]:
    points = [{"time": 1_767_225_600 + 86_400 * n, "value": 100 + n} for n in range(3)]
    info = {"ecom_type": "l3", "ctr_metrics": points, "post_metrics": points}
    return {"code": 200, "params": {"id": "601583", **params}, "data": {"data": {"info": info}}}


def test_the_posts_of_one_market_by_day(tmp_path: Path, lake: Lake, load: Loader) -> None:
    result = load(save(tmp_path, "a.json", series(country_code="US")))
    assert (result.error, result.rows) == (None, 3)
    assert rows(lake, "ad_daily", "region", "category_id", "day", "posts", "clicks") == [
        ("US", "601583", date(2026, 1, n), 99 + n, None) for n in (1, 2, 3)
    ]


def test_a_series_of_all_markets_is_nobody_s(tmp_path: Path, load: Loader) -> None:
    result = load(save(tmp_path, "a.json", series()))
    assert "nothing in it can be loaded" in str(result.error)
    info = {"ecom_type": "l3", "ctr_metrics": []}
    rates = {"params": {"country_code": "US"}, "data": {"info": info}}
    assert "a rate says nothing" in str(load(save(tmp_path, "b.json", rates)).error)


def test_lines_of_the_lake_s_own_table_are_left_to_its_profile(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    own = {"scope": "7", "region": "US", "category_id": "7", "kind": "list", "day": "2026-04-01",
           "row": ROW}  # fmt: skip
    result = load(save(tmp_path, "a.jsonl", own))
    assert (result.error, result.profile) == (None, "insight_row")
    assert rows(lake, "insight_row", "scope", "region") == [("7", "US")]


def test_the_profile_can_be_asked_for(tmp_path: Path, load: Loader) -> None:
    path = save(tmp_path, "a.json", listed(ROW))
    assert load(path, profile=profile_named("insights")).loaded == 1
    nothing = save(tmp_path, "b.json", {"data": {"list": []}})
    assert "no rows in it" in str(load(nothing, profile=profile_named("insights")).error)


def test_what_is_nested_beyond_reason_is_no_answer() -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    assert find(msgspec.Raw(deep)) == []


def test_amounts_in_another_currency_are_no_ad_cost(tmp_path: Path, load: Loader) -> None:
    head = "region,category_id,day,cost\n"
    for amount, taken in (("$12.50", 1), ("12.5", 1), ("£12.50", 0)):
        path = tmp_path / f"ads{taken}{amount[0]}.csv"
        path.write_text(f"{head}US,601583,2026-04-01,{amount}\n", "utf-8")
        result = load(path, profile=profile_named("ad_daily"))
        assert (result.loaded, result.error is None) == (taken, bool(taken))


@pytest.mark.parametrize(
    ("name", "scope", "region", "kind"),
    [
        ("ads__get_top_products.json", "7", "US", "list"),
        ("ads__get_product_detail.json", "30", "all_regions", "detail"),
    ],
)
def test_real_answers_of_creative_center(
    shared_data: Path, lake: Lake, load: Loader, name: str, scope: str, region: str, kind: str
) -> None:
    path = shared_data / "creative_center_examples" / name
    result = load(path)
    assert (result.error, result.rejected, result.rows) == (None, 0, 1)
    columns = ("scope", "region", "category_id", "kind", "source")
    assert rows(lake, "insight_row", *columns) == [
        (scope, region, "601583", kind, "creative-center")
    ]
    data = msgspec.json.decode(path.read_bytes())["data"]["data"]
    expected = data["list"][0] if kind == "list" else data["info"]
    assert msgspec.json.decode(rows(lake, "insight_row", "row")[0][0]) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ads__get_product_metrics.json", "nothing in it can be loaded"),
        ("ads__get_product_filters.json", "no rows of a known shape"),
        ("ads__get_keyword_insights.json", "no rows of a known shape"),
        ("keyword_rows_50.json", "no rows of a known shape"),
    ],
)
def test_real_answers_about_something_else_are_told_so(
    shared_data: Path, load: Loader, name: str, words: str
) -> None:
    assert words in str(load(shared_data / "creative_center_examples" / name).error)
