"""Boards and the watch list as people use them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.command import Cli, serving
from tests.web.browser import market
from tests.web.browser.kit import PHONE, Tab, Tabs

BOARD = "/boards?board=sold&region=US"


@pytest.fixture(scope="module")
def own(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose watch list is this file's alone."""
    folder = tmp_path_factory.mktemp("own") / "data"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("lake", "demo-files"))
    with serving(Cli(folder)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("board", ["rising", "new", "sold"])
def test_boards_hold_what_every_page_must(tab: Tab, board: str) -> None:
    tab.go(f"/boards?region=US&board={board}")
    tab.check(f"boards-{board}")


def test_a_choice_is_a_link_that_can_be_shared(tab: Tab, open_tab: Tabs) -> None:
    tab.go("/boards?region=US")
    tab.find("select[name=product_sort_field]").select_option("sale_gmv_growth_30d_rate")
    tab.settle()
    tab.find("a:text-is('Falling')").click()
    tab.settle()
    tab.find("input[name=min_total_sale_30d_cnt]").fill("5")
    tab.press("Enter")
    tab.settle()
    assert re.search(r"[?&]min_total_sale_30d_cnt=5", tab.page.url)
    rows = tab.find("tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
    assert rows
    other = open_tab(language="zh-CN", scheme="dark", size=PHONE)
    other.go(tab.page.url.removeprefix(tab.base))
    assert other.find("tbody tr").evaluate_all("(rows) => rows.map((r) => r.dataset.row)") == rows
    other.fits()
    other.screenshot("boards-falling-zh-phone")
    tab.page.go_back()
    tab.settle()
    assert "min_total_sale_30d_cnt" not in tab.page.url


def test_periods_go_by_steps_lists_and_days(tab: Tab) -> None:
    tab.go(BOARD)
    first = tab.find(".board-line").inner_text()
    tab.find("a[title=Earlier]").click()
    tab.settle()
    assert tab.find(".board-line").inner_text() != first
    tab.find("a[title=Later]").click()
    tab.settle()
    assert tab.find(".board-line").inner_text() == first
    tab.find(".switch a:text-is('Month')").click()
    tab.settle()
    tab.find("select[name=date]").select_option("2026-04-01")
    tab.settle()
    assert "April 2026" in tab.find(".board-line").inner_text()
    tab.find(".switch a:text-is('Day')").click()
    tab.settle()
    day = tab.find("input[type=date]")
    assert day.get_attribute("max") == market.END
    day.fill("2026-05-20")
    tab.settle()
    assert "date=2026-05-20" in tab.page.url
    tab.find(".switch a:text-is('New creators')").click()
    tab.settle()
    assert "product_rank_field=2" in tab.page.url


def test_stars_fill_the_watch_list(open_tab: Tabs, own: str) -> None:
    tab = open_tab(base=own)
    tab.go("/watch?region=US")
    tab.check("watch-empty")
    tab.go(BOARD)
    stars = tab.find("button.star")
    wanted = []
    for place in (0, 3):
        wanted.append(stars.nth(place).get_attribute("value"))
        stars.nth(place).click()
        tab.settle()
        expect(stars.nth(place)).to_have_class(re.compile(r"\bon\b"))
        expect(stars.nth(place)).to_be_focused()
    stars.nth(3).press("Enter")
    tab.settle()
    expect(stars.nth(3)).to_have_attribute("name", "watch")
    stars.nth(5).click()
    tab.settle()
    tab.axe("a board with stars")
    tab.find("a:has-text('Watch list')").click()
    tab.settle()
    assert tab.find("tbody tr").count() == 2
    tab.check("watch")
    tab.find("thead a:has-text('Price')").click()
    tab.settle()
    assert "product_sort_field=spu_avg_price" in tab.page.url
    tab.press("j", "Enter")
    tab.page.wait_for_url("**/product?*")
    tab.settle()
    tab.find("button.star").first.click()
    tab.settle()
    tab.go("/watch?region=US")
    assert tab.find("tbody tr").count() == 1


def test_without_scripts_everything_works(open_tab: Tabs, own: str) -> None:
    tab = open_tab(base=own, scripts=False)
    tab.go(f"{BOARD}&rank_type=3")
    tab.find("select[name=date]").select_option("2026-04-01")
    tab.find(".stepper button").click()
    assert "date=2026-04-01" in tab.page.url
    star = tab.find("button.star").nth(7)
    value = star.get_attribute("value")
    star.click()
    assert "date=2026-04-01" in tab.page.url
    assert tab.find(f"button.star[value='{value}']").get_attribute("name") == "unwatch"
    tab.find(".view-tabs a:has-text('Watch list')").click()
    tab.find(f"button.star[value='{value}']").click()
    assert tab.find(f"button.star[value='{value}']").count() == 0
    tab.go("/boards?region=US")
    tab.find("input[name=min_total_sale_30d_cnt]").fill("1")
    tab.find(".board-form button").click()
    assert "min_total_sale_30d_cnt=1" in tab.page.url


def test_hostile_products_stay_text(open_tab: Tabs, own: str) -> None:
    tab = open_tab(base=own, pictures=False)
    tab.go(f"/boards?board=new&region={market.HOSTILE}&min_first_crawl_dt=20000101&page_size=50")
    assert tab.find("tbody tr").count() > 10
    assert "owned" not in tab.page.title()
    for place in range(10):
        tab.find("button.star").nth(place).click()
        tab.settle()
    tab.go(f"/watch?region={market.HOSTILE}")
    assert tab.find("tbody tr").count() == 10
    assert "owned" not in tab.page.title()
    tab.fits_phone("watch-hostile")


def test_everything_is_reached_by_keys(tab: Tab) -> None:
    tab.go(BOARD)
    tab.tab_to(".view-tabs a:text-is('New')")
    tab.tab_to("select[name=date]")
    tab.tab_to("button.star")
