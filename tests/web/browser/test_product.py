"""A product and a comparison in a real browser: walked, shared, compared, by keys, on phones."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.browser.kit import PHONE, Tab, Tabs
from tests.web.browser.market import HOSTILE

PARTS = ("ranks", "similar", "adverts")


def open_product(tab: Tab, region: str = "US", more: str = "") -> str:
    """The page of the market's most sold product, with all its parts; gives its id."""
    answer = tab.context.request.get(
        f"{tab.base}/v1/tiktok/product/list/analytics?region={region}&page_num=1&page_size=1"
        "&product_sort_field=5"
    )
    product_id: str = answer.json()["data"][0]["product_id"]
    tab.go(f"/product?product_id={product_id}&region={region}{more}")
    return product_id


def draw_all(tab: Tab) -> None:
    """Scroll to each chart, wait until it is drawn, and go back to the top."""
    for figure in tab.find("figure[data-chart]").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".chart[data-drawn]").wait_for()
    tab.page.evaluate("scrollTo(0, 0)")


def ids(tab: Tab) -> list[str]:
    """The products that the address compares."""
    (query,) = parse_qs(urlsplit(tab.page.url).query)["product_ids"]
    return query.split(",")


def test_a_product_is_whole_and_its_parts_come_by_themselves(tab: Tab) -> None:
    open_product(tab)
    for part in PARTS:
        assert not tab.find(f"#{part} .coming").count(), part
    assert tab.find("figure[data-chart]").count() == 7
    tab.no_layout_shift()
    draw_all(tab)
    named = tab.find("#trend .chart").first.evaluate(
        """(place) => echarts.getInstanceByDom(place).getOption().series[0].markArea.data
            .map(([from]) => from.label.show)"""
    )
    assert named == [True] * 5 + [False], "the window of a day is too narrow for its name"
    tab.check("product")
    tab.screenshot("product-whole", whole=True)


def test_another_length_of_days_is_an_address(tab: Tab, open_tab: Tabs) -> None:
    open_product(tab)
    tab.find("#trend-30").click()
    tab.page.wait_for_url(re.compile("days=30"))
    tab.find("#trend-30[aria-current]").wait_for()
    assert tab.find("#days tbody tr").count() == 30
    draw_all(tab)
    other = open_tab()
    other.go(tab.page.url.removeprefix(tab.base))
    assert other.find("#days tbody tr").count() == 30
    tab.page.go_back()
    tab.find("#days tbody tr").nth(89).wait_for(state="attached")


def test_ranks_by_day_lead_to_their_rankings(tab: Tab) -> None:
    open_product(tab)
    tab.find("#ranks-day").click()
    tab.page.wait_for_url(re.compile("ranks=day"))
    rows = tab.find("#ranks-table tbody tr")
    rows.nth(27).wait_for(state="attached")
    assert rows.count() == 28
    assert "/boards?region=US" in (rows.first.locator("a").get_attribute("href") or "")
    tab.find("#trend-30").click()
    tab.page.wait_for_url(re.compile("days=30.*ranks=day|ranks=day.*days=30"))
    draw_all(tab)


def test_the_call_is_shown_as_code(tab: Tab) -> None:
    product_id = open_product(tab)
    tab.find(".product-head details summary").click()
    code = tab.find(".product-head [data-tab=curl] code")
    assert f"product_ids={product_id}" in code.inner_text()
    tab.find(
        ".product-head [role=tab]",
    ).nth(1).click()
    assert "Client(" in tab.find(".product-head [data-tab=Python] code").inner_text()
    tab.axe("product, code")
    tab.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    box = tab.find(".product-head .menu-box").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]
    tab.screenshot("product-code-phone")


def test_similar_products_are_compared(tab: Tab, open_tab: Tabs) -> None:
    product_id = open_product(tab)
    boxes = tab.find("#similar input[type=checkbox]")
    chosen = [box.get_attribute("value") for box in boxes.all()[:2]]
    assert chosen
    for box in boxes.all()[:2]:
        box.check()
    tab.find("#similar .compare-button").click()
    tab.settle()
    assert tab.find(".compared thead .product-name").count() == 1 + len(chosen)
    assert tab.find(f".compared thead a[href*='{product_id}']").count()
    tab.find("#comparison-gmv").click()
    tab.page.wait_for_url(re.compile("show=gmv"))
    tab.find("#comparison-gmv[aria-current]").wait_for()
    assert ids(tab) == [product_id, *chosen]
    draw_all(tab)
    other = open_tab()
    other.go(tab.page.url.removeprefix(tab.base))
    assert other.find("#days").get_attribute("data-measure") == "total_sale_gmv_1d_amt"
    tab.find(".compared thead .button").first.click()
    tab.settle()
    assert ids(tab) == chosen
    assert tab.find("#days").get_attribute("data-measure") == "total_sale_gmv_1d_amt"


def test_products_of_the_list_are_compared(tab: Tab) -> None:
    tab.go("/products?region=US")
    boxes = tab.find("tr[data-row] input[type=checkbox]").all()[1:3]
    for box in boxes:
        box.check()
    chosen = [box.get_attribute("value") for box in boxes]
    tab.find(".results-foot .compare-button").click()
    tab.page.wait_for_url(re.compile("/compare"))
    links = [link.get_attribute("href") or "" for link in tab.find(".compared thead a").all()]
    assert [f"/product?product_id={each}&region=US" for each in chosen] == links[::2]


def test_five_products_are_found_and_compared(tab: Tab) -> None:
    tab.go("/compare?region=US")
    tab.press("/")
    tab.page.keyboard.type("demo")
    tab.press("Enter")
    tab.page.wait_for_url(re.compile("keyword=demo"))
    for box in tab.find("#add input[type=checkbox]").all()[:5]:
        box.check()
    tab.find("#add .compare-button").click()
    tab.settle()
    assert tab.find(".compared thead .product-name").count() == 5
    draw_all(tab)
    tab.check("compare")
    tab.screenshot("compare-whole", whole=True)


def test_all_works_without_scripts(open_tab: Tabs) -> None:
    tab = open_tab(scripts=False)
    product_id = open_product(tab)
    for part in PARTS:
        tab.find(f"#{part} .coming a").click()
        assert not tab.find(f"#{part} .coming").count()
        assert tab.page.url.endswith(f"#{part}")
        tab.page.go_back()
    tab.find("#trend-180").click()
    assert "days=180" in tab.page.url
    tab.find("#trend .chart-table summary").click()
    assert tab.find("#days").is_visible()
    tab.find("#similar .coming a").click()
    tab.find("#similar input[type=checkbox]").first.check()
    tab.find("#similar .compare-button").click()
    assert tab.page.url.count("product_ids=") == 2
    assert tab.find(f".compared thead a[href*='{product_id}']").count()
    tab.find("#comparison-price").click()
    assert tab.find("#days").get_attribute("data-measure") == "spu_avg_price"


def test_keys_reach_what_matters(tab: Tab) -> None:
    open_product(tab)
    tab.tab_to("a[href^='/compare']")
    tab.tab_to(".product-head summary")
    tab.press("Enter")
    assert tab.find(".product-head .menu-box").is_visible()
    tab.press("Escape")
    tab.tab_to("#trend-30")
    tab.press("Enter")
    tab.page.wait_for_url(re.compile("days=30"))
    tab.press("j")
    assert tab.find("#similar tr.on a").evaluate("(a) => a === document.activeElement")


def test_on_a_phone_in_chinese_and_in_the_dark(open_tab: Tabs) -> None:
    tab = open_tab(language="zh-CN", scheme="dark", size=PHONE)
    product_id = open_product(tab, "TH")
    draw_all(tab)
    tab.fits()
    tab.axe()
    assert "每日走势" in tab.find("#trend h2").inner_text()
    tab.screenshot("product-zh-phone", whole=True)
    tab.go(f"/compare?region=TH&product_ids={product_id}&keyword=demo")
    draw_all(tab)
    tab.fits()
    tab.axe()
    tab.screenshot("compare-zh-phone", whole=True)


def test_hostile_products_harm_nothing(open_tab: Tabs) -> None:
    tab = open_tab(pictures=False)
    answer = tab.context.request.get(
        f"{tab.base}/v1/tiktok/product/list/analytics?region={HOSTILE}&page_num=1&page_size=10"
    )
    found = [row["product_id"] for row in answer.json()["data"]]
    assert len(found) == 10
    found = found[:6]
    for place, product_id in enumerate(found):
        tab.go(f"/product?product_id={product_id}&region={HOSTILE}")
        assert tab.page.title().endswith("Shopscope")
        assert tab.find("#similar table").count()
        tab.within_budget()
        tab.fits()
        if place < 2:
            tab.axe(f"hostile {product_id}")
            tab.screenshot(f"product-hostile-{place}", whole=True)
    tab.go(f"/compare?region={HOSTILE}&product_ids={','.join(found[:5])}")
    assert tab.page.title().endswith("Shopscope")
    tab.within_budget()
    tab.fits()
    tab.axe("hostile comparison")
    tab.screenshot("compare-hostile", whole=True)


@pytest.mark.parametrize("path", ["/product?product_id=404&region=US", "/product?region=US"])
def test_what_is_not_there_is_told(tab: Tab, path: str) -> None:
    tab.go(path, 404 if "404" in path else 400)
    assert tab.find("main h1").is_visible()
    tab.axe(path)
