"""The products page against the API's answers to the calls it shows, part by part."""

import re
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.contract.metrics import METRIC_FIELDS, RATE_FIELDS
from shopscope.contract.products import filter_parameters
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from shopscope.web import columns
from tests.api.kit import ask
from tests.web import market
from tests.web.kit import Node, answers, browse, make_app, page, parse, part, shown

US = "/products?region=US"
EVERY_COLUMN = ",".join(columns.COLUMNS)


@pytest.fixture(scope="module")
def market_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root: Path = tmp_path_factory.mktemp("market")
    return market.make(root)


@pytest.fixture(scope="module")
def app(market_snapshot: Snapshot) -> Api:
    return make_app(market_snapshot)


def table_rows(root: Node) -> list[Node]:
    return root.all("tr", data_row=True)


def said(root: Node) -> list[tuple[str, str]]:
    """What the form of filters sends as it stands, without scripts."""
    own = [n for n in root.one("form", id="query").below() if n.get("name")]
    others = [n for n in root.below() if n.get("form") == "query" and n.get("name")]
    sent = []
    for field in (*own, *others):
        if field.tag == "select":
            (chosen,) = field.all("option", selected=True)
            sent.append((field["name"], chosen.text))
        elif field.get("type") != "radio" or "checked" in field.attributes:
            sent.append((field["name"], field.get("value") or ""))
    return sent


def total(root: Node) -> int:
    return int(root.one(data_total=True)["data-value"])


def test_every_number_is_that_of_the_calls_it_shows(app: Api) -> None:
    queries = (
        "",
        "&page_size=10",
        "&page_num=2&page_size=10",
        "&product_sort_field=spu_avg_price&sort_type=0&page_size=20",
        "&product_sort_field=3&sales_trend_flag=1",
        "&product_sort_field=sale_growth_7d_rate&min_spu_avg_price=12&max_spu_avg_price=18.5",
        "&keyword=lamp&category_l3_id=601583",
        "&off_mark=2&free_shipping=0",
    )
    seen = 0
    for query in queries:
        root = page(app, f"{US}{query}&columns={EVERY_COLUMN}")
        (calls,) = {node["data-api"] for node in root.all(data_api=True)}
        expected = answers(app, calls)
        assert [row["data-row"] for row in table_rows(root)] == [r["product_id"] for r in expected]
        first = ask(app, calls.split()[0])
        assert total(root) == int(first.headers["x-total-count"])
        for row, wire in zip(table_rows(root), expected, strict=True):
            for cell in row.all(data_field=True):
                if cell["data-field"] != "trend":
                    assert cell.get("data-value") == str(wire[cell["data-field"]]), query
                    seen += 1
            name = plain(wire["product_name"]) or wire["product_id"]
            assert row.one("a", class_="product-name").text[:50] == name[:50]
    assert seen > 50 * len(METRIC_FIELDS)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_the_usual_columns_are_shown_and_others_when_chosen(app: Api) -> None:
    fields = list(shown(table_rows(page(app, US))[0]))
    assert fields == [name for name in columns.COLUMNS if name in columns.DEFAULT]
    chosen = page(app, f"{US}&columns=review_count,trend,nothing")
    assert list(shown(table_rows(chosen)[0])) == ["trend", "review_count"]
    assert [head.text for head in chosen.all("th", scope="col")][1:] == [
        "90 days units a day",
        "Reviews",
    ]
    assert {*METRIC_FIELDS, *RATE_FIELDS} <= set(columns.COLUMNS)


def test_a_large_page_is_several_calls(app: Api, market_snapshot: Snapshot) -> None:
    root = page(app, f"{US}&page_size=50")
    calls = root.one(data_api=True)["data-api"].split()
    numbers = [parse_qs(urlsplit(call).query)["page_num"] for call in calls]
    assert numbers == [["1"], ["2"], ["3"]]  # 24 products, ten a call
    assert len(table_rows(root)) == market.COUNT
    wide = make_app(market_snapshot, Settings(page_size_max=100))
    assert len(page(wide, US).one(data_api=True)["data-api"].split()) == 1


@pytest.mark.parametrize(
    ("most", "choices"),
    [(10, [10, 20, 50]), (100, [10, 20, 50]), (30, [10, 20]), (7, [7]), (5, [10, 20, 50])],
)
def test_rows_are_whole_calls(market_snapshot: Snapshot, most: int, choices: list[int]) -> None:
    app = make_app(market_snapshot, Settings(page_size_max=most))
    options = page(app, US).one("select", name="page_size").all("option")
    assert [int(option.text) for option in options] == choices
    for option in options:
        root = page(app, f"{US}&page_size={option.text}")
        expected = answers(app, root.one(data_api=True)["data-api"])
        assert [r["product_id"] for r in expected] == [r["data-row"] for r in table_rows(root)]


def test_a_page_that_is_no_number_of_calls_is_refused(app: Api) -> None:
    answer = browse(app, f"{US}&page_size=15")
    assert answer.status_code == 400
    assert "at most 10, or a multiple of it up to 100" in parse(answer.text).one(id="results").text
    assert browse(app, f"{US}&page_size=50&page_num=20001").status_code == 400
    assert browse(app, f"{US}&page_size=10&page_num=100001").status_code == 400


# --- filters ----------------------------------------------------------------------


def filter_names() -> list[str]:
    return [parameter.name for parameter in filter_parameters()]


def test_every_filter_of_the_api_has_a_place(app: Api) -> None:
    url = f"{US}&category_id=601450&category_l2_id=848648&category_l3_id=601583"
    fields = {node["name"] for node in page(app, url).all("input", name=True)}
    assert set(filter_names()) <= fields


VALUES = {
    "category_id": "601450",
    "category_l2_id": "848648",
    "category_l3_id": "601583",
    "sales_trend_flag": "2",
    "sales_flag": "1",
    "is_s_shop": "0",
    "free_shipping": "0",
    "min_first_crawl_dt": "20260101",
    "max_first_crawl_dt": "20260102",
    "seller_id": "7494000000000000001",
    "off_mark": "2",
    "keyword": "LAMP",
    "product_ids": f"{market.product_id(1)},{market.product_id(2)}",
}


@pytest.mark.parametrize("name", filter_names())
def test_a_filter_filters_as_the_api_does(app: Api, name: str) -> None:
    value = VALUES.get(name, "12")
    root = page(app, f"{US}&{urlencode({name: value})}")
    (call, *_) = (
        root.one(data_api=True)["data-api"].split()
        if table_rows(root)
        else [f"/v1/tiktok/product/list/analytics?region=US&page_num=1&page_size=10&{name}={value}"]
    )
    assert dict(parse_qsl(urlsplit(call).query))[name] == value
    assert total(root) == int(ask(app, call).headers["x-total-count"])
    (chip,) = root.all("a", class_="chip")
    assert name not in chip["href"]
    assert total(page(app, chip["href"])) == market.COUNT
    held = [text.replace("-", "") for field, text in said(root) if field == name]
    assert held == [value]


def test_chips_say_what_holds_in_words(app: Api) -> None:
    root = page(
        app,
        f"{US}&min_spu_avg_price=12&max_spu_avg_price=1500&sales_trend_flag=1&keyword=lamp"
        "&category_id=601450&min_first_crawl_dt=20260101&max_total_sale_cnt=20000",
    )
    texts = [
        chip.text.removesuffix("remove").replace("\u202f", " ") for chip in root.all(class_="chip")
    ]
    assert texts == [
        "Name has lamp",
        "Category Beauty & Personal Care",
        "Units in all ≤ 20 K",
        "Trend over 7 days Rising",
        "Price $12 – $1.5 K",
        "First seen ≥ Jan 1, 2026",
    ]
    chinese = page(app, f"{US}&category_id=601450&sales_trend_flag=1", accept_language="zh")
    assert [chip.text.removesuffix("移除") for chip in chinese.all(class_="chip")] == [
        "类目 美妆个护",
        "近 7 天趋势 上升",
    ]


def test_what_is_wrong_is_said_beside_what_was_asked(app: Api) -> None:
    for query in (
        "&min_spu_avg_price=50&max_spu_avg_price=40",
        "&min_total_sale_cnt=many",
        "&product_sort_field=nothing",
        "&product_ids=1,x",
        "&min_first_crawl_dt=5",
        "&sort_type=3",
        "&keyword=" + "k" * 201,
        "&sales_flag=0",
    ):
        answer = browse(app, f"{US}{query}")
        assert answer.status_code == 400, query
        root = parse(answer.text)
        usual = "&page_num=1&page_size=10"
        api = ask(app, f"/v1/tiktok/product/list/analytics?region=US{usual}{query}").json()
        assert root.one(class_="error").text == plain(api["message"])
        name, _, value = query.split("&")[1].partition("=")
        held = [n for n in root.all("input", name=name) if n.get("value") == value]
        assert held or name.startswith(("product_sort", "sort"))
        results = part_of(app, f"{US}{query}")
        assert (results.status_code, parse(results.text).one(id="results").tag) == (400, "section")


def part_of(app: Api, url: str, target: str = "results") -> httpx2.Response:
    asked = {"hx_request": "true", "hx_request_type": "partial", "hx_target": f"div#{target}"}
    return browse(app, url, **asked)


def test_a_market_without_data_or_name(app: Api) -> None:
    assert "There is no data of this market" in page(app, "/products?region=XX").text
    assert browse(app, "/products?region=usa").status_code == 400
    past = page(app, f"{US}&page_num=9")
    assert past.one(class_="empty").one("a")["href"] == f"{US}&page_size=50"
    nothing = page(app, f"{US}&keyword=nobody")
    assert total(nothing) == 0
    assert nothing.one(class_="empty").text.startswith("No product matches")


def test_the_address_is_kept_short(app: Api) -> None:
    for given, short in (
        (f"{US}&keyword=&min_spu_avg_price=+3+", f"{US}&min_spu_avg_price=3"),
        (f"{US}&columns=trend&columns=review_count", f"{US}&columns=trend,review_count"),
        (f"{US}&min_first_crawl_dt=2026-01-02", f"{US}&min_first_crawl_dt=20260102"),
        (f"{US}&columns={','.join(columns.DEFAULT)}", US),
        (f"{US}&columns=", US),
    ):
        answer = browse(app, given)
        assert (answer.status_code, answer.headers["location"]) == (303, short), given
        assert browse(app, short).status_code == 200


# --- without scripts ---------------------------------------------------------------


def test_the_form_sends_all_that_the_page_shows(app: Api) -> None:
    url = (
        f"{US}&keyword=lamp&min_spu_avg_price=11&sales_trend_flag=2&category_id=601450"
        "&product_sort_field=spu_avg_price&sort_type=0&page_size=20&columns=trend,review_count"
    )
    root = page(app, url)
    answer = browse(app, f"/products?{urlencode(said(root))}")
    assert answer.status_code == 303
    assert sorted(parse_qsl(urlsplit(answer.headers["location"]).query)) == sorted(
        parse_qsl(urlsplit(url).query)
    )


def test_heads_order_and_turn(app: Api) -> None:
    root = page(app, f"{US}&page_num=2&page_size=10")
    heads = {head.text: head for head in root.all("th", scope="col")}
    assert heads["Units in all"]["aria-sort"] == "descending"
    turned = heads["Units in all"].one("a")["href"]
    assert "sort_type=0" in turned
    assert "page_num" not in turned
    by_price = page(app, heads["Price"].one("a")["href"])
    prices = [float(shown_value(row, "spu_avg_price")) for row in table_rows(by_price)]
    assert prices == sorted(prices, reverse=True)
    assert not heads["90 days units a day"].all("a")


def shown_value(row: Node, field: str) -> str:
    return row.one(data_field=field)["data-value"]


def test_pages_are_links_and_a_form(app: Api) -> None:
    root = page(app, f"{US}&page_num=2&page_size=10&keyword=lamp")
    assert root.one("a", rel="prev")["href"] == f"{US}&page_size=10&keyword=lamp"
    jump = root.one("form", class_="pager-jump")
    fields = {n["name"]: n["value"] for n in jump.all("input")}
    assert fields == {"region": "US", "page_size": "10", "keyword": "lamp", "page_num": "2"}
    assert root.one(class_="pager-range").text == f"11–{total(root)} of {total(root)}"


# --- parts -------------------------------------------------------------------------


def test_results_come_alone_and_count_in_the_panel(app: Api) -> None:
    url = f"{US}&min_spu_avg_price=15"
    whole, alone = page(app, url), part(app, url, "results")
    assert [r["data-row"] for r in table_rows(alone)] == [r["data-row"] for r in table_rows(whole)]
    assert alone.one(id="panel-count").text == str(total(whole))
    assert alone.one(id="panel-count")["hx-swap-oob"] == "true"
    assert whole.one(id="panel-count").text == str(total(whole))
    for root in (whole, alone):
        assert root.one(id="spread")["hx-get"].startswith("/products?region=US")


def test_histograms_come_by_themselves(app: Api) -> None:
    root = part(app, f"{US}&min_spu_avg_price=15", "spread")
    drawn = {node["id"]: node for node in root.all("svg", class_="bars")}
    placed = {node["id"] for node in page(app, US).all("svg", class_="bars")}
    assert set(drawn) == placed
    assert len(drawn) == 16
    assert {node["hx-swap-oob"] for node in drawn.values()} == {"true"}
    price = drawn["bars-spu-avg-price"]
    assert price.one("path", class_="inside")["d"]
    assert price.one("path", class_="outside")["d"]
    assert not drawn["bars-product-rating"].one("path", class_="outside")["d"]
    assert root.one(id="categories")["hx-swap-oob"] == "true"


def test_sliders_stand_where_the_values_are(app: Api) -> None:
    root = page(app, f"{US}&min_spu_avg_price=15&max_spu_avg_price=18")
    ranges = {
        n.all("input", name=True)[0]["name"]: n for n in root.all("fieldset", data_range=True)
    }
    price = ranges["min_spu_avg_price"]
    stops = msgspec.json.decode(price["data-stops"])
    low, high = price.all("input", type="range")
    assert stops == sorted(stops)
    assert stops[int(low["value"])] <= 15 < stops[int(low["value"]) + 1]
    assert stops[int(high["value"]) - 1] < 18 <= stops[int(high["value"])]
    free = ranges["min_total_sale_cnt"].all("input", type="range")
    assert [free[0]["value"], free[1]["value"]] == ["0", free[1]["max"]]
    assert all(n.get("aria-label") for n in root.all("input", type="range"))


def test_categories_are_chosen_from_the_top_or_by_name(app: Api) -> None:
    top = page(app, US).one(id="categories")
    (beauty,) = top.one(class_="branches").all("a")
    assert beauty.text == f"Beauty & Personal Care{market.COUNT}"
    second = page(app, beauty["href"]).one(id="categories")
    assert [a.text for a in second.one(class_="branch-path").all("a")] == [
        "All categories",
        "Beauty & Personal Care",
    ]
    found = part(app, f"{US}&find_category=PERF&min_spu_avg_price=15", "categories")
    (hit,) = found.all("a")
    count = int(hit.one("data")["value"])
    assert "Beauty & Personal Care › Makeup" in hit.text
    assert "find_category" not in hit["href"]
    assert total(page(app, hit["href"])) == count > 0
    chinese = part(app, f"{US}&find_category=美妆", "categories", accept_language="zh")
    assert chinese.all("a")[0].text.startswith("美妆个护")
    nobody = part(app, f"{US}&find_category=zzz", "categories")
    assert nobody.text == "No category has this in its name."


def test_the_call_is_shown_as_code(app: Api) -> None:
    url = f"{US}&min_spu_avg_price=12&page_size=20"
    code = part(app, url, "as-code")
    samples = {section["data-tab"]: section.one("code") for section in code.all("section")}
    assert list(samples) == ["curl", "Python", "JavaScript", "Copy for AI"]
    calls = page(app, url).one(data_api=True)["data-api"].split()
    assert len(calls) == 2
    curl = re.search(r"--url '([^']+)'", samples["curl"].text)
    assert curl is not None
    expanded = [curl[1].replace("[1-2]", number) for number in "12"]
    asked = [dict(parse_qsl(urlsplit(u).query)) for u in expanded]
    assert asked == [dict(parse_qsl(urlsplit(call).query)) for call in calls]
    source = "".join(str(child) for child in samples["Python"].children)
    compile(source, "sample", "exec")
    assert "client.products.list(" in source
    assert page(app, f"{url}&show=code").one(id="as-code").all("section")


def test_columns_are_offered_with_those_that_are_shown(app: Api) -> None:
    url = f"{US}&columns=trend,review_count&keyword=lamp"
    form = part(app, url, "choose-columns").one("form")
    boxes = form.all("input", type="checkbox")
    assert [box["value"] for box in boxes if "checked" in box.attributes] == [
        "trend",
        "review_count",
    ]
    assert {box["value"] for box in boxes} == set(columns.COLUMNS)
    hidden = {n["name"]: n["value"] for n in form.all("input", type="hidden")}
    assert hidden["keyword"] == "lamp"
    assert "columns" not in hidden


# --- hostile data ------------------------------------------------------------------


@pytest.mark.parametrize("code", ["en", "zh"])
def test_hostile_names_are_text(app: Api, code: str) -> None:
    root = page(app, f"{US}&columns={EVERY_COLUMN}&page_size=50", accept_language=code)
    names = [node.text for node in root.all("a", class_="product-name")]
    assert market.SCRIPT in names
    assert any(name.startswith("\"'><svg onload") for name in names)
    assert all(len(name) <= 200 for name in names)
    assert {node["dir"] for node in root.all("a", class_="product-name")} == {"auto"}
    assert not [node for node in root.all("script") if not node["src"].startswith("/static/")]
    for image in root.all("img"):
        assert image["src"].startswith(("https://", "data:image/"))
        assert image["loading"] == "lazy"


def test_hostile_parameters_are_text(app: Api) -> None:
    value = "\"'><script>alert(1)</script>{{ 7 * 7 }}\u202e\x00"
    for name in ("keyword", "seller_id", "find_category", "columns", "nothing", "category_id"):
        answer = browse(app, f"{US}&{urlencode({name: value})}")
        root = parse(answer.text)
        assert not [node for node in root.all("script") if not node["src"].startswith("/static/")]
    held = parse(browse(app, f"{US}&{urlencode({'keyword': value})}").text)
    assert held.one("input", name="keyword")["value"].startswith("\"'><script>")


def test_a_page_is_not_too_large(market_snapshot: Snapshot) -> None:
    app = make_app(market_snapshot)
    size = len(browse(app, US).content)
    row = len(browse(app, US).content) - len(browse(app, f"{US}&page_size=10").content)
    assert size + row / (market.COUNT - 10) * (50 - market.COUNT) < 150_000
