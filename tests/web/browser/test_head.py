"""The head of the page, after parts of the page below it have changed."""

import re

from tests.web.browser.kit import PHONE, Tab, Tabs

FILTERED = re.compile("min_total_sale_30d_cnt=1000")


def _filtered(tab: Tab) -> None:
    """A filter that is set by a part of the page alone."""
    tab.go("/products?region=US&page_size=10")
    tab.find(".panel [name=min_total_sale_30d_cnt]").fill("1000")
    tab.page.wait_for_url(FILTERED)
    tab.settle()


def test_another_language_shows_what_is_shown_now(tab: Tab) -> None:
    _filtered(tab)
    tab.find("summary[title='Language and theme']").click()
    tab.find("button[name=language][value=zh]").click()
    tab.page.wait_for_selector("html[lang=zh]")
    assert FILTERED.search(tab.page.url)
    assert tab.find(".panel [name=min_total_sale_30d_cnt]").input_value() == "1000"


def test_another_market_keeps_the_filters_of_now(tab: Tab) -> None:
    _filtered(tab)
    tab.find("summary[title=Market]").click()
    tab.find("a[data-param=region]", re.compile("^GB")).click()
    tab.page.wait_for_url(re.compile("region=GB"))
    assert FILTERED.search(tab.page.url)


def test_a_star_without_its_script_comes_back_to_what_is_shown_now(tab: Tab) -> None:
    _filtered(tab)
    star = tab.find("button.star").first
    star.evaluate("(star) => { star.dataset.plain = 'yes'; }")
    with tab.page.expect_navigation():
        star.click()
    assert FILTERED.search(tab.page.url)


def test_the_view_that_is_shown_is_in_sight_on_a_phone(open_tab: Tabs) -> None:
    tab = open_tab(size=PHONE)
    for path in ("/products", "/boards", "/account", "/docs"):
        tab.go(path)
        box = tab.find(".views [aria-current]").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0], path
