"""The page of a product: every number is the API's, nothing of a seller's text is markup."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.accounts.keys import IssuedKey
from shopscope.api.app import Api
from shopscope.contract.metrics import METRIC_FIELDS, RATE_FIELDS
from shopscope.snapshot.reader import Snapshot
from tests.web import market
from tests.web.kit import Keyed, Node, answers, browse, make_app, page, parse, part
from tests.web.market import product_id


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return market.make(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture(scope="module")
def app(snapshot: Snapshot) -> Api:
    return make_app(snapshot)


def url(number: int, more: str = "") -> str:
    return f"/product?product_id={product_id(number)}&region=US{more}"


def same(texts: list[str], values: list[Any]) -> None:
    """Raw values of a page are those of the API."""
    assert [msgspec.json.decode(text) for text in texts] == values


def days(table: Node) -> list[dict[str, Any]]:
    """The rows of a table of days by the names of its columns."""
    names = [head.get("data-name") for head in table.one("thead").all("th")]
    return [
        {
            name: cell["data-value"]
            for name, cell in zip(
                names, [c for c in row.children if isinstance(c, Node)], strict=True
            )
            if name and cell.get("data-value") is not None
        }
        for row in table.one("tbody").all("tr")
    ]


# --- the row ----------------------------------------------------------------------------------


def test_every_figure_is_the_api_s(app: Api) -> None:
    html = page(app, url(2))
    told = [node for node in html.all(data_api=True) if "/list/" in node["data-api"]]
    assert len(told) == 5  # flags, figures, windows and two channels
    fields = set()
    for node in told:
        (row,) = answers(app, node["data-api"])
        for cell in node.all(data_field=True):
            (value,) = [cell] if cell.get("data-value") else cell.all(data_value=True)
            same([value["data-value"]], [row[cell["data-field"]]])
            fields.add(cell["data-field"])
    assert fields >= set(METRIC_FIELDS) | set(RATE_FIELDS)
    assert fields >= {"spu_avg_price", "product_rating", "review_count"}
    assert fields >= {"off_mark", "sales_trend_flag", "sales_flag", "first_crawl_dt"}


def test_the_head_says_what_it_is_and_where_else(app: Api) -> None:
    html = page(app, url(0))
    assert html.one("h1").text == "Invented lamp 0 “ампер” 台灯"
    steps = html.one(class_="crumbs").all("a")
    assert [step.text for step in steps] == [
        "Products", "Beauty & Personal Care", "Makeup", "Perfume",
    ]  # fmt: skip
    assert steps[3]["href"] == "/products?region=US&category_l3_id=601583"
    line = html.one(class_="product-line")
    assert f"/product?product_id={product_id(0)}&region=TH" in [a["href"] for a in line.all("a")]
    assert "Apr 23, 2026" in line.text
    assert html.one(class_="product-head").one("img")["src"] == "https://images.example/0.webp"
    assert "฿0.50" in html.one(class_="facts").text
    chinese = page(app, url(0), accept_language="zh")
    assert chinese.one(class_="crumbs").all("a")[1].text == "美妆个护"


# --- days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "count"), [("", 90), ("&days=30", 30), ("&days=180", 121)])
def test_the_days_are_the_api_s(app: Api, asked: str, count: int) -> None:
    table = page(app, url(1, asked)).one(id="days")
    rows = answers(app, table["data-api"])
    found = days(table)
    assert len(found) == len(rows) == count
    for shown_day, row in zip(found, rows, strict=True):
        assert shown_day.pop("dt") == row["dt"]
        assert len(shown_day) == 8
        same(list(shown_day.values()), [row[name] for name in shown_day])


def test_windows_are_marked_where_they_begin_to_count(app: Api) -> None:
    figure = page(app, url(1)).one("figure", data_marks=True)
    marks = msgspec.json.decode(figure["data-marks"])
    last = market.AS_OF
    assert [mark[2] for mark in marks] == [
        "90 days", "60 days", "30 days", "15 days", "7 days", "1 day",
    ]  # fmt: skip
    assert {mark[1] for mark in marks} == {last.isoformat()}
    begins = [(last - datetime.date.fromisoformat(mark[0])).days for mark in marks]
    assert begins == [89, 60, 30, 15, 7, 1]  # the chart has no day before its first


def test_a_delivered_product_has_no_days(app: Api) -> None:
    html = page(app, url(market.DELIVERED))
    assert not html.all(id="days")
    assert "delivered ready-made" in html.one(id="trend").text
    ranks = part(app, url(market.DELIVERED), "ranks").one(id="ranks")
    assert "in no ranking" in ranks.text
    assert not ranks.all("table")


def test_another_length_comes_as_a_part(app: Api) -> None:
    tree = part(app, url(1, "&days=30"), "trend")
    section, along = [node for node in tree.children if isinstance(node, Node)]
    assert (section["id"], along["id"]) == ("trend", "ranks-switch")
    assert all("days=30" in link["href"] for link in along.all("a"))
    assert len(days(section.one(id="days"))) == 30
    assert section.one("nav").one(aria_current="true").text == "30 days"


# --- what comes by itself ---------------------------------------------------------------------


def test_parts_come_by_requests_of_their_own_or_by_links(app: Api) -> None:
    html = page(app, url(1))
    for name in ("ranks", "similar", "adverts"):
        coming = html.one(id=name).one(class_="coming")
        assert coming["hx-get"] == url(1)
        assert coming["hx-target"] == f"#{name}"
        alone = part(app, url(1), name)
        linked = page(app, coming.one("a")["href"].partition("#")[0])
        assert alone.one(id=name).text == linked.one(id=name).text
        assert not linked.one(id=name).all(class_="coming")


@pytest.mark.parametrize(("asked", "count"), [("", 13), ("&ranks=day", 28)])
def test_ranks_are_places_in_the_api_s_rankings(app: Api, asked: str, count: int) -> None:
    rows = part(app, url(5, asked), "ranks").one(id="ranks-table").one("tbody").all("tr")
    assert len(rows) == count
    placed = 0
    for row in rows:
        _, place, of, gained, _ = [cell for cell in row.children if isinstance(cell, Node)]
        ranking = answers(app, row["data-api"])
        ids = [each["product_id"] for each in ranking]
        if not place.all(data_value=True):
            assert product_id(5) not in ids
            continue
        placed += 1
        number = int(place.one(data_value=True)["data-value"])
        found = ranking[(number - 1) % 10]
        assert found["product_id"] == product_id(5)
        same([gained.one(data_value=True)["data-value"]], [found["total_sale_cnt"]])
        total = browse(app, row["data-api"], accept="*/*").headers["x-total-count"]
        assert of.one(data_value=True)["data-value"] == total
    assert placed > count // 2
    assert ("not over yet" in rows[0].text) == (asked == "")


def test_similar_products_are_the_answer_of_their_call(app: Api) -> None:
    section = part(app, url(9), "similar").one(id="similar")
    table = section.one("table")
    rows = answers(app, table["data-api"])
    lines = table.one("tbody").all("tr")
    assert [line["data-row"] for line in lines] == [row["product_id"] for row in rows]
    assert {row["category_l3_id"] for row in rows} == {"601583"}
    assert all(10.15 <= row["spu_avg_price"] <= 18.85 for row in rows)
    rates = [row["sale_growth_30d_rate"] for row in rows]
    assert rates == sorted(rates, reverse=True)
    for line, row in zip(lines, rows, strict=True):
        for cell in line.all("td", data_field=True, data_value=True):
            if cell["data-field"] != "trend":
                same([cell["data-value"]], [row[cell["data-field"]]])
    own = section.one("tr", class_="own")
    assert own["data-row"] == product_id(9)
    boxes = section.all("input", type="checkbox")
    assert len(boxes) == len(rows) - 1
    form = section.one("form", action="/compare")
    assert {box["form"] for box in boxes} == {form["id"]}
    assert {field["value"] for field in form.all("input", name="product_ids")} == {product_id(9)}
    section.one("button", class_="compare-button")


def test_alone_in_its_category_there_is_nothing_to_tick(app: Api) -> None:
    alone = f"/product?product_id={product_id(1)}&region=TH"
    section = part(app, alone, "similar").one(id="similar")
    assert [row["data-row"] for row in section.one("tbody").all("tr")] == [product_id(1)]
    assert not section.all("button", class_="compare-button")


@pytest.mark.parametrize(("number", "everywhere"), [(0, False), (1, True)])
def test_posts_are_those_of_the_category(app: Api, number: int, everywhere: bool) -> None:
    section = part(app, url(number), "adverts").one(id="adverts")
    posts = section.one("ol")
    (detail,) = answers(app, posts["data-api"])
    found = [link["data-value"] for link in posts.all("a")]
    assert found == detail["info"]["posts"][:12]
    assert ("in all markets" in section.text) is everywhere
    assert "not known" in section.text
    for tag in detail["info"]["hashtags"]:
        assert tag in section.text


def test_a_product_of_no_level_3_category_has_no_posts(app: Api) -> None:
    assert "no ad posts" in part(app, url(2), "adverts").one(id="adverts").text


# --- what sellers write -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [*market.NAMES, market.BROKEN])
def test_hostile_texts_are_text(app: Api, number: int) -> None:
    tags = {node.tag for node in page(app, url(0)).below()}
    for block in (None, "ranks", "similar", "adverts"):
        response = (
            browse(app, url(number))
            if block is None
            else browse(app, url(number), hx_request="true", hx_target=f"div#{block}")
        )
        assert response.status_code == 200
        html = parse(response.text)
        assert market.SCRIPT not in response.text
        assert {node["src"] for node in html.all("script")} <= {
            node["src"] for node in page(app, url(0)).all("script")
        }
        if block is None:
            assert {node.tag for node in html.below()} <= tags | {"details", "summary"}
            assert len(response.text.encode()) < 150_000
            name = market.NAMES.get(number, "")
            if name and name.isprintable():
                assert name in html.text.replace("\xa0", " ")
            assert html.one("h1").text


def test_broken_documents_are_shown_as_they_came(app: Api) -> None:
    listing = page(app, url(market.BROKEN)).one(id="listing")
    assert [node.text for node in listing.all(class_="raw")] == [f"[{{{market.SCRIPT}]"] * 3
    assert not listing.all("img")


# --- what is not there ------------------------------------------------------------------------


def test_a_product_of_another_market_leads_there(app: Api) -> None:
    response = browse(app, f"/product?product_id={product_id(1)}&region=MX")
    assert response.status_code == 404
    links = [a["href"] for a in parse(response.text).one("main").all("a")]
    assert links == [f"/product?product_id={product_id(1)}&region={r}" for r in ("TH", "US")]


def test_an_unknown_product_leads_to_all(app: Api) -> None:
    response = browse(app, "/product?product_id=404&region=US")
    assert response.status_code == 404
    assert "No market has it" in response.text


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("region=US", "product_id"),
        ("product_id=x&region=US", "product_id"),
        ("product_id=1,2&region=US", "product_id"),
        (f"product_id={product_id(1)}&region=us", "region"),
        (f"product_id={product_id(1)}&region=US&days=31", "days"),
        (f"product_id={product_id(1)}&region=US&with=all", "with"),
        (f"product_id={product_id(1)}&region=US&with=ranks&ranks=year", "ranks"),
    ],
)
def test_a_wrong_address_is_told_in_the_api_s_words(app: Api, query: str, name: str) -> None:
    response = browse(app, f"/product?{query}")
    assert response.status_code == 400
    assert name in parse(response.text).one(class_="problem-message").text


def test_without_a_snapshot_there_is_help(empty_app: Api) -> None:
    assert browse(empty_app, url(1)).status_code == 503


# --- what it costs ----------------------------------------------------------------------------


@pytest.fixture
def server(snapshot: Snapshot, tmp_path: Path) -> Iterator[Keyed]:
    keyed = Keyed(snapshot, tmp_path)
    yield keyed
    keyed.close()


def shows(key: IssuedKey) -> dict[str, str]:
    return {"authorization": f"Bearer {key.key}"}


def test_the_row_is_paid_and_what_is_around_it_is_free(server: Keyed) -> None:
    key = server.key(credits=10)
    html = page(server.app, url(1), **shows(key))
    assert html.one(class_="spent").text == "This page cost 1 credit, 9 left"
    for name in ("trend", "ranks", "similar", "adverts"):
        part(server.app, url(1), name, **shows(key))
    assert server.left(key) == 9
    page(server.app, url(1, "&with=ranks"), **shows(key))
    assert server.left(key) == 8
    assert browse(server.app, "/product?product_id=404&region=US", **shows(key)).status_code == 404
    assert server.left(key) == 8


def test_a_key_sees_what_it_may_ask_for(server: Keyed) -> None:
    key = server.key(endpoints=("list_products",))
    html = page(server.app, url(1), **shows(key))
    assert "may not ask for days" in html.one(id="trend").text
    assert not html.all(id="days")
    for name, status in (("trend", 403), ("ranks", 403), ("adverts", 403), ("similar", 200)):
        asked = {"hx_request": "true", "hx_target": f"section#{name}", **shows(key)}
        assert browse(server.app, url(1), **asked).status_code == status, name
    asked = {"hx_request": "true", "hx_target": "section#ranks"}
    assert browse(server.app, url(404), **asked).status_code == 401
    other = server.key(endpoints=("insights",))
    assert browse(server.app, url(1), **shows(other)).status_code == 403


def test_the_star_is_that_of_the_watch_list(server: Keyed) -> None:
    key = server.key()
    html = page(server.app, url(1), **shows(key))
    star = html.one(class_="product-head").one("button", class_="star")
    assert star["value"] == f"US {product_id(1)}"
    assert html.one("form", id=star["form"])["action"] == "/watch"
