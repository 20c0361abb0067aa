"""Boards: every number is the API's, only valid periods are offered, every state helps."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.snapshot.reader import Snapshot
from tests.api import kit
from tests.web import market
from tests.web.kit import Keyed, Node, answers, browse, make_app, page, parse, part
from tests.web.market import product_id

WEEK = "/boards?board=sold&region=US&rank_type=2"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return market.make(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture(scope="module")
def app(snapshot: Snapshot) -> Api:
    return make_app(snapshot)


def value(cell: Node) -> Any:
    """The raw value of a cell."""
    (text,) = (
        [cell["data-value"]]
        if "data-value" in cell.attributes
        else [node["data-value"] for node in cell.all(data_value=True)]
    )
    return msgspec.json.decode(text)


def same_rows(app: Api, table: Node) -> list[dict[str, Any]]:
    """The API's rows, which a table must show in their order, in every field that it has."""
    wire = answers(app, table["data-api"])
    shown = table.all("tr", data_row=True)
    assert [row["data-row"] for row in shown] == [row["product_id"] for row in wire]
    for row, truth in zip(shown, wire, strict=True):
        cells = [cell for cell in row.all(data_field=True) if cell["data-field"] in truth]
        assert len(cells) >= 6
        for cell in cells:
            assert value(cell) == truth[cell["data-field"]], cell["data-field"]
    return wire


# --- rising, falling, new ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("board", "field"),
    [
        ("rising", "sale_growth_7d_rate"),
        ("rising", "sale_gmv_growth_30d_rate"),
        ("falling", "sale_growth_7d_rate"),
        ("falling", "sale_growth_30d_rate"),
    ],
)
def test_a_board_of_growth_is_the_list_in_its_order(app: Api, board: str, field: str) -> None:
    query = f"board={board}&region=US&product_sort_field={field}&min_total_sale_30d_cnt=1"
    html = page(app, f"/boards?{query}")
    table = html.one("table")
    rates = [row[field] for row in same_rows(app, table)]
    assert rates == sorted(rates, reverse=board == "rising")
    assert all(rate >= 1 if board == "rising" else rate <= -1 for rate in rates)
    everything = answers(
        app,
        "/v1/tiktok/product/list/analytics?region=US&page_num=1"
        "&page_size=10&extra_fields=growth&" + board_filter(board, field),
    )
    assert len(everything) == min(int(table["data-total"]), 10) > 0
    assert f"{table['data-total']} products" in html.one(class_="board-line").text
    (head,) = table.one("thead").all("th", aria_sort=True)
    assert head["aria-sort"] == ("descending" if board == "rising" else "ascending")


def board_filter(board: str, field: str) -> str:
    bound = f"min_{field}=1" if board == "rising" else f"max_{field}=-1"
    return f"min_total_sale_30d_cnt=1&{bound}"


def test_new_products_are_those_first_seen_of_late(app: Api) -> None:
    html = page(app, "/boards?board=new&region=US")
    select = html.one("select", name="min_first_crawl_dt")
    assert [option["value"] for option in select.all("option")] == [
        "20260417", "20260325", "20260124",
    ]  # fmt: skip
    assert select.one("option", selected=True)["value"] == "20260325"
    assert not html.all("table")  # nothing is as new as that
    assert "No product matches" in html.text
    known = page(app, "/boards?board=new&region=US&min_first_crawl_dt=20200101")
    rows = same_rows(app, known.one("table"))
    sold = [row["total_sale_7d_cnt"] for row in rows]
    assert sold == sorted(sold, reverse=True)
    assert known.one("option", selected=True, value="20200101").text == "since Jan 1, 2020"


def test_few_units_are_left_out_unless_they_are_asked_for(app: Api) -> None:
    html = page(app, "/boards?region=US")
    assert html.one("input", name="min_total_sale_30d_cnt")["value"] == "30"
    assert "min_total_sale_30d_cnt=30" in html.one("table")["data-api"]
    more = page(app, "/boards?region=US&min_total_sale_30d_cnt=0")
    assert "min_total_sale_30d_cnt=0" in more.one("table")["data-api"]


def test_other_filters_of_the_list_hold_and_can_be_taken_away(app: Api) -> None:
    html = page(app, "/boards?board=rising&region=US&keyword=lamp&category_l3_id=601583")
    assert {"keyword=lamp", "category_l3_id=601583"} <= set(
        html.one("table")["data-api"].partition("?")[2].split("&")
    )
    chips = {chip.one("b").text: chip["href"] for chip in html.all(class_="chip")}
    assert chips["lamp"] == "/boards?board=rising&region=US&category_l3_id=601583"
    form = html.one(class_="board-form")
    assert form.one("input", name="keyword")["value"] == "lamp"
    whole = next(a for a in html.all("a") if "All filters" in a.text)
    assert browse(app, whole["href"]).status_code == 200
    assert "min_sale_growth_7d_rate=1" in whole["href"]


def test_pages_go_on_where_the_last_ended(app: Api) -> None:
    query = "board=new&region=US&min_first_crawl_dt=20200101&page_size=10"
    first, second = page(app, f"/boards?{query}"), page(app, f"/boards?{query}&page_num=2")
    assert first.one("a", rel="next")["href"] == f"/boards?{query}&page_num=2"
    places = [int(cell.text) for html in (first, second) for cell in html.all("td", class_="place")]
    assert places == list(range(1, 21))
    past = page(app, f"/boards?{query}&page_num=9")
    assert "past the end" in past.text


# --- most sold --------------------------------------------------------------------------------


def test_the_most_sold_of_a_week(app: Api) -> None:
    html = page(app, WEEK)
    table = html.one("table")
    assert "date=2026-04-13" in table["data-api"]  # the week of the as-of day is not over
    rows = same_rows(app, table)
    sold = [row["total_sale_cnt"] for row in rows]
    assert sold == sorted(sold, reverse=True)
    assert len(rows) == min(int(table["data-total"]), 20)
    assert [int(cell.text) for cell in table.all("td", class_="place")] == list(
        range(1, len(rows) + 1)
    )


def test_earlier_places_are_those_of_the_period_before(app: Api) -> None:
    table = page(app, WEEK).one("table")
    assert "date=2026-04-06" in table["data-before"]
    places = 0
    for number, row in enumerate(table.all("tr", data_row=True), 1):
        for link in row.all("a", data_place=True):
            before = int(link["data-place"])
            (alone,) = answers(app, f"{table['data-before']}&page_num={before}")
            assert alone["product_id"] == row["data-row"]
            board = page(app, link["href"])
            (found,) = board.all("tr", data_row=row["data-row"])
            assert found.one("td", class_="place").text == str(before)
            told = link.parent.text if link.parent else ""
            risen = before - number
            expected = "=" if not risen else f"up {risen}" if risen > 0 else f"down {-risen}"
            assert told == f"{before} {expected}"
            places += 1
    assert places > 5


@pytest.mark.parametrize(
    ("kind", "first", "last", "count"),
    [(2, "2026-04-20", "2025-04-28", 52), (3, "2026-04-01", "2025-05-01", 12)],
)
def test_only_periods_that_are_kept_are_offered(
    app: Api, kind: int, first: str, last: str, count: int
) -> None:
    html = page(app, f"/boards?board=sold&region=US&rank_type={kind}")
    options = [option["value"] for option in html.one("select", name="date").all("option")]
    assert (options[0], options[-1], len(options)) == (first, last, count)
    for day in (first, last):
        shown = page(app, f"/boards?board=sold&region=US&rank_type={kind}&date={day}")
        assert shown.one("option", selected=True)["value"] == day
    assert "so far" in html.one("option", value=first).text


def test_days_have_their_bounds(app: Api) -> None:
    html = page(app, "/boards?board=sold&region=US&rank_type=1&date=2025-04-23")
    field = html.one("input", name="date")
    assert [field[name] for name in ("min", "value", "max")] == [
        "2025-04-23", "2025-04-23", "2026-04-23",
    ]  # fmt: skip
    assert not [a for a in html.all("a") if a.get("title") == "Earlier"]
    later = next(a for a in html.all("a") if a.get("title") == "Later")
    assert "date=2025-04-24" in later["href"]
    assert "Nothing gained anything then" in html.text


def test_a_period_that_goes_on_says_so(app: Api) -> None:
    html = page(app, f"{WEEK}&date=2026-04-20")
    assert "not over yet: 4 of 7 days" in html.one(class_="board-line").text


def test_the_address_of_a_ranking_alone_is_the_board_of_the_most_sold(app: Api) -> None:
    html = page(app, "/boards?region=US&date=2026-04-22&product_rank_field=2&rank_type=1")
    assert html.one(class_="view-tabs").one("a", aria_current=True).text == "Most sold"


# --- what every board has ---------------------------------------------------------------------


@pytest.mark.parametrize("board", ["rising", "sold"])
def test_a_part_is_that_of_the_whole_page(app: Api, board: str) -> None:
    url = f"/boards?board={board}&region=US"
    whole, asked = page(app, url).one(id="results"), part(app, url, "results")
    assert asked.one(id="results").text == whole.text
    assert not asked.all("nav", class_="views")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("board=best", "board"),
        ("board=sold&rank_type=4", "rank_type"),
        ("board=sold&rank_type=2&date=2026-04-14", "a Monday"),
        ("board=sold&date=2019-01-01", "date"),
        ("board=sold&page_size=33", "page_size"),
        ("board=rising&product_sort_field=total_sale_cnt", "product_sort_field"),
        ("board=new&min_first_crawl_dt=soon", "min_first_crawl_dt"),
    ],
)
def test_what_can_t_be_asked_is_explained(app: Api, query: str, said: str) -> None:
    answer = browse(app, f"/boards?region=US&{query}")
    assert answer.status_code == 400
    assert said in parse(answer.text).one(class_="problem-message").text


@pytest.mark.parametrize("board", ["rising", "new", "sold"])
def test_a_market_without_data(app: Api, board: str) -> None:
    html = page(app, f"/boards?board={board}&region=JP")
    assert "There is no data of this market" in html.text


def test_without_a_snapshot(empty_app: Api) -> None:
    assert browse(empty_app, "/boards").status_code == 503


def test_hostile_names_are_text(app: Api) -> None:
    for query in ("board=sold&rank_type=3", "board=new&min_first_crawl_dt=20200101"):
        html = page(app, f"/boards?region=US&page_size=50&{query}")
        names = {row["data-row"]: row.one(class_="product-name") for row in html.all(data_row=True)}
        assert names[product_id(3)].text == market.SCRIPT
        assert names[product_id(3)]["dir"] == "auto"
        assert len(names[product_id(6)].text) <= 200
        assert not [s for s in html.all("script") if "alert" in s.text]


def test_a_board_costs_what_its_calls_cost(snapshot: Snapshot, tmp_path: Path) -> None:
    keyed = Keyed(snapshot, tmp_path)
    key = keyed.key(credits=20)
    cookie = keyed.sign_in(key)
    for url, left in ((WEEK, 19), ("/boards?board=new&min_first_crawl_dt=20200101", 18)):
        html = page(keyed.app, url, cookie=cookie)
        assert len(html.one("table")["data-api"].split()) == 1
        assert f"{left} left" in html.one(class_="spent").text
        assert keyed.left(key) == left
    assert browse(keyed.app, f"{WEEK}&date=2026-04-14", cookie=cookie).status_code == 400
    page(keyed.app, f"{WEEK}&page_num=99&page_size=100", cookie=cookie)
    assert keyed.left(key) == 17  # of ten pages past the end the first is answered
    keyed.close()


def test_the_api_agrees_about_totals(app: Api) -> None:
    table = page(app, WEEK).one("table")
    answer = kit.ask(app, table["data-api"].split()[0])
    assert answer.headers["x-total-count"] == table["data-total"]
