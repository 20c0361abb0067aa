"""Products in a browser: filter, order, page, share, go back, export, by keyboard, on a phone."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator

from tests.web.browser import market
from tests.web.browser.kit import PHONE, Tab, Tabs

US = "/products?region=US"
WORDS = "[name=keyword][data-search]"
ALL = "/v1/tiktok/product/list/analytics?region=US&page_num=1&page_size=1"


def shown(tab: Tab) -> list[str]:
    """Ids of the products in the table, from the top."""
    return [row.get_attribute("data-row") or "" for row in tab.find("tr[data-row]").all()]


def count(tab: Tab) -> int:
    """How many products match, by the page's title."""
    return int(tab.find("[data-total]").get_attribute("value") or "")


def called(tab: Tab) -> tuple[list[str], int]:
    """Ids of the products and their number, as the API answers the calls that the page names."""
    ids: list[str] = []
    total = 0
    for path in (tab.find("table[data-api]").get_attribute("data-api") or "").split():
        answer = tab.page.request.get(path)
        ids += [row["product_id"] for row in answer.json()["data"]]
        total = int(answer.headers["x-total-count"])
    return ids, total


def agrees(tab: Tab) -> None:
    """The table is the answer to the very call that it names."""
    assert (shown(tab), count(tab)) == called(tab)


@contextmanager
def changing(tab: Tab) -> Iterator[None]:
    """What is done inside changes the table; the page itself stays."""
    tab.page.evaluate("window.stayed = true")
    before = tab.find("#results-title").element_handle()
    yield
    tab.page.wait_for_function("(before) => !before.isConnected", arg=before)
    tab.settle()
    assert tab.page.evaluate("window.stayed"), "the page was loaded again"


def every(tab: Tab) -> int:
    """How many products the market has."""
    return int(tab.page.request.get(ALL).headers["x-total-count"])


def group(tab: Tab, title: str) -> Locator:
    """A group of filters, opened."""
    found = tab.find("#filters details.group").filter(
        has=tab.find("summary", re.compile(rf"^\s*{title}"))
    )
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def test_it_holds_what_every_page_must(tab: Tab) -> None:
    tab.go(US)
    agrees(tab)
    assert count(tab) == every(tab)
    tab.check("products")


def test_filters_change_the_table_and_the_address(tab: Tab) -> None:
    tab.go(US)
    with changing(tab):
        tab.find(WORDS).fill("mini")
    assert "keyword=mini" in tab.page.url
    agrees(tab)
    words = count(tab)
    assert 0 < words < every(tab)
    names = tab.find("tr[data-row] .product-name").all_inner_texts()
    assert all("mini" in name.lower() for name in names)
    with changing(tab):
        group(tab, "Sales").locator("[name=min_total_sale_30d_cnt]").fill("1000")
    assert "min_total_sale_30d_cnt=1000" in tab.page.url
    agrees(tab)
    assert count(tab) < words
    tab.no_layout_shift()
    tab.axe("filtered")
    tab.screenshot("products-filtered")
    tab.find(".chips a.chip", "mini").click()
    tab.page.wait_for_url(re.compile(r"(?!.*keyword=)"))
    tab.settle()
    agrees(tab)
    assert count(tab) > words - 1


def test_a_handle_is_a_filter(tab: Tab) -> None:
    tab.go(US)
    low = tab.find("input[type=range].low").first
    with changing(tab):
        low.focus()
        tab.press("ArrowRight", "ArrowRight", "ArrowRight")
    agrees(tab)
    assert count(tab) < every(tab)
    field = tab.find(".range-fields input").first
    assert field.input_value() in tab.page.url


def test_categories_are_searched_and_picked(tab: Tab) -> None:
    tab.go(US)
    tab.find("[name=find_category]").fill("beauty")
    found = tab.find("#categories a", "Beauty").first
    found.wait_for()
    with tab.page.expect_navigation() if found.get_attribute("hx-get") is None else changing(tab):
        found.click()
    tab.settle()
    assert "category_id=" in tab.page.url
    agrees(tab)
    assert 0 < count(tab) < every(tab)


def test_columns_order_the_table(tab: Tab) -> None:
    tab.go(US)
    before = shown(tab)
    with changing(tab):
        tab.find("thead a", "GMV").first.click()
    assert tab.find("th[aria-sort=descending]").inner_text().startswith("GMV")
    descending = shown(tab)
    assert descending != before
    agrees(tab)
    with changing(tab):
        tab.find("th[aria-sort] a").click()
    assert tab.find("th[aria-sort=ascending]").inner_text().startswith("GMV")
    assert shown(tab) != descending
    agrees(tab)


def test_pages_are_turned(tab: Tab) -> None:
    tab.go(f"{US}&page_size=10")
    first = shown(tab)
    with changing(tab):
        tab.find("a[rel=next]").click()
    second = shown(tab)
    assert not set(first) & set(second)
    agrees(tab)
    with changing(tab):
        tab.press("n")
    agrees(tab)
    with changing(tab):
        tab.press("p")
    assert shown(tab) == second
    tab.find(".pager-jump [name=page_num]").fill("4")
    tab.press("Enter")
    tab.page.wait_for_url(re.compile("page_num=4"))
    tab.settle()
    agrees(tab)
    with changing(tab):
        tab.find("select[name=page_size]").select_option("20")
    assert len(shown(tab)) == 20
    agrees(tab)


def test_a_link_is_the_view_and_back_is_the_view_before(tab: Tab, open_tab: Tabs) -> None:
    tab.go(US)
    everything = shown(tab)
    with changing(tab):
        tab.find(WORDS).fill("bold")
    with changing(tab):
        tab.find("thead a", "GMV").first.click()
    filtered, link = shown(tab), tab.page.url
    other = open_tab(language="zh-CN", scheme="dark", size=PHONE)
    other.go(link.removeprefix(tab.base))
    assert shown(other) == filtered
    assert other.find(WORDS).input_value() == "bold"
    tab.travel(-1)
    tab.travel(-1)
    assert shown(tab) == everything
    assert tab.find(WORDS).input_value() == ""
    tab.travel(1)
    tab.travel(1)
    assert shown(tab) == filtered


@pytest.mark.parametrize("kind", ["CSV", "Parquet", "NDJSON"])
def test_the_selection_is_exported(tab: Tab, kind: str, tmp_path: Path) -> None:
    tab.go(f"{US}&keyword=mini&page_size=10")
    tab.page.get_by_text("Export", exact=True).click()
    with tab.page.expect_download() as saved:
        tab.find("a[data-export]", kind).click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert path.suffix == f".{kind.lower()}"
    ids = exported(path)
    assert ids[:10] == shown(tab)
    assert len(ids) == len(set(ids)) == count(tab)
    tab.find(".export-progress").wait_for(state="hidden")


def exported(path: Path) -> list[str]:
    """Ids of the products in a file."""
    if path.suffix == ".parquet":
        return [str(value) for value in pq.read_table(path).column("product_id").to_pylist()]
    if path.suffix == ".csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    else:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row["product_id"].lstrip("'") for row in rows]


def test_columns_are_chosen(tab: Tab) -> None:
    tab.go(US)
    heads = tab.find("thead th").all_inner_texts()
    tab.page.get_by_text("Columns", exact=True).click()
    box = tab.find("[data-columns] input[type=checkbox]:not(:checked)").first
    box.wait_for()
    tab.axe("columns")
    with changing(tab):
        box.check()
    assert len(tab.find("thead th").all()) == len(heads) + 1
    assert "columns=" in tab.page.url
    tab.go(tab.page.url.removeprefix(tab.base))
    assert len(tab.find("thead th").all()) == len(heads) + 1
    agrees(tab)


def test_the_call_is_shown_as_code(tab: Tab) -> None:
    tab.go(f"{US}&keyword=bold&page_size=10")
    tab.page.get_by_text("As API call", exact=True).first.click()
    tab.page.get_by_role("tab", name="curl").wait_for()
    code = tab.find(".sample:visible code").inner_text()
    url = re.search(r"'(http[^']+)'", code)
    assert url is not None
    asked = url[1].removeprefix(tab.base).replace("[1-", "").replace("]", "")
    assert asked.startswith("/v1/tiktok/product/list/analytics?")
    assert [row["product_id"] for row in tab.page.request.get(asked).json()["data"]] == shown(tab)
    for label in ("Python", "JavaScript"):
        tab.page.get_by_role("tab", name=label).click()
        assert "bold" in tab.find(".sample:visible code").inner_text()
    tab.axe("as API call")
    tab.screenshot("products-as-api-call")


def test_keys_do_what_they_say(tab: Tab) -> None:
    tab.go(US)
    tab.press("/")
    assert tab.page.evaluate("document.activeElement.name") == "keyword"
    tab.page.keyboard.type("n?")
    assert tab.find(WORDS).input_value() == "n?"
    tab.go(US)
    tab.press("j", "j", "k")
    assert tab.find("tr[data-row].on").get_attribute("data-row") == shown(tab)[0]
    tab.press("?")
    assert tab.find("#keys").is_visible()
    tab.axe("keys")
    tab.screenshot("products-keys")
    tab.press("Escape")
    assert not tab.find("#keys").is_visible()
    tab.press("/")
    tab.tab_to("thead a", 40)
    with changing(tab):
        tab.press("Enter")
    agrees(tab)


def test_language_and_theme_are_kept(tab: Tab) -> None:
    tab.go(f"{US}&keyword=mini")
    tab.find("summary[title='Language and theme']").click()
    tab.axe("menu")
    tab.page.get_by_role("button", name="中文").click()
    tab.settle()
    assert tab.find("html").get_attribute("lang") == "zh"
    assert "keyword=mini" in tab.page.url
    tab.find("nav.views a", "商品").wait_for()
    tab.find(".top-end .menu").last.locator("summary").click()
    tab.page.get_by_role("button", name="深色").click()
    tab.settle()
    assert tab.find("html").get_attribute("data-theme") == "dark"
    tab.go(US)
    assert tab.find("html").get_attribute("data-theme") == "dark"
    assert tab.find("html").get_attribute("lang") == "zh"
    tab.axe("Chinese, dark by choice")
    tab.screenshot("products-zh-dark")


def test_filters_are_a_drawer_on_a_phone(open_tab: Tabs) -> None:
    tab = open_tab(size=PHONE)
    tab.go(US)
    assert not tab.find("#filters").is_visible()
    tab.page.get_by_role("link", name="Filters").tap()
    assert tab.find("#filters").is_visible()
    tab.axe("drawer")
    tab.screenshot("products-drawer")
    group(tab, "Sales").locator("[name=min_total_sale_30d_cnt]").fill("1000")
    tab.page.wait_for_url(re.compile("min_total_sale_30d_cnt=1000"))
    tab.settle()
    button = tab.find("#filters .panel-foot button")
    assert str(count(tab)) in button.inner_text()
    button.tap()
    assert not tab.find("#filters").is_visible()
    agrees(tab)
    tab.fits()


def test_without_scripts_forms_and_links_do_it(open_tab: Tabs) -> None:
    tab = open_tab(scripts=False)
    tab.go(US)
    agrees(tab)
    tab.find(WORDS).fill("mini")
    tab.press("Enter")
    tab.page.wait_for_url(re.compile("keyword=mini"))
    agrees(tab)
    tab.find("thead a", "GMV").first.click()
    tab.settle()
    assert "keyword=mini" in tab.page.url
    agrees(tab)
    tab.go(f"{US}&page_size=10")
    tab.find("a[rel=next]").click()
    tab.settle()
    agrees(tab)
    tab.page.get_by_text("Export", exact=True).click()
    with tab.page.expect_download() as saved:
        tab.find("a[data-export]", "CSV").click()
    assert saved.value.suggested_filename.endswith(".csv")
    tab.screenshot("products-no-scripts")


def test_wrong_addresses_help(tab: Tab) -> None:
    tab.go(f"{US}&min_total_sale_cnt=many", status=400)
    assert "min_total_sale_cnt" in tab.find("main").inner_text()
    tab.axe("wrong filter")
    tab.go("/products?region=XX")
    tab.axe("no data")
    tab.go(f"{US}&keyword=nobodyhasthis")
    assert count(tab) == 0
    tab.axe("nothing matches")
    tab.screenshot("products-nothing")


@pytest.mark.parametrize("pictures", [True, False])
def test_hostile_rows_are_text(open_tab: Tabs, pictures: bool) -> None:
    tab = open_tab(pictures=pictures)
    tab.go(f"/products?region={market.HOSTILE}")
    names = [name.strip() for name in tab.find(".product-name").all_text_contents()]
    assert market.SCRIPT in names
    assert any(name.startswith("\"'><svg onload") and "{{ 7 * 7 }}" in name for name in names)
    assert "owned" not in tab.page.title()
    assert not tab.find("main script, main [onload], main [onerror]").all()
    agrees(tab)
    tab.fits()
    tab.axe("hostile")
    tab.screenshot(f"products-hostile-{'with' if pictures else 'without'}-pictures")
    tab.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    tab.fits()
