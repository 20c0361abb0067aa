"""What holds for every view, found by following links as a visitor does, hostile data included."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.acceptance.command import Cli, serving
from tests.web.browser import market
from tests.web.browser.kit import PHONE, WIDE, Tab, Tabs

EXPECTED = frozenset(
    {
        "/products",
        "/product",
        "/compare",
        "/categories",
        "/insights",
        "/insight",
        "/boards",
        "/watch",
        "/account",
        "/status",
        "/docs",
    }
)
"""Views that following links must reach; there are more."""
NO_PAGES = re.compile(r"^/(static/|products/export)|\.(txt|json|md)$")
LINKS = "(links) => links.filter((a) => !a.hasAttribute('download')).map((a) => a.href)"


def walk(tab: Tab, start: str) -> Iterator[str]:
    """Open every view that links lead to, one address of each path; gives the path, being there."""
    waiting, seen = [start], set[str]()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        if path in seen or NO_PAGES.search(path):
            continue
        seen.add(path)
        tab.go(address)
        yield path
        links = tab.find("a[href]").evaluate_all(LINKS)
        waiting += [link.removeprefix(tab.base) for link in links if link.startswith(tab.base)]


def in_sight(tab: Tab) -> None:
    """Scroll through the page, so that everything is there that comes when it is seen."""
    for part in tab.find("figure[data-chart], [hx-trigger*=revealed]").all():
        part.scroll_into_view_if_needed()
    tab.settle()
    tab.page.evaluate("scrollTo(0, 0)")


def is_text(tab: Tab) -> None:
    """Nothing of the data has become code or markup."""
    assert tab.page.title() != "owned"
    assert tab.page.evaluate("window.owned") is None
    marked = tab.find(
        "main script, main [onload], main [onerror], main [onclick], main [style*=url]"
    )
    assert not [mark for mark in marked.all() if mark.get_attribute("type") != "application/json"]
    for link in tab.find("main a[href], main form[action], main img[src]").evaluate_all(
        "(marks) => marks.map((mark) => mark.getAttribute('href') ?? mark.getAttribute('action')"
        " ?? mark.getAttribute('src'))"
    ):
        assert re.match(r"(https?://|/|#|\?|data:image/)", link), link


def runs_no_code(tab: Tab) -> None:
    """A script that stands in the page, as if it came with the data, does not run."""
    with tab.expecting("Content Security Policy"):
        tab.page.evaluate(
            """async () => {
                const script = document.createElement("script");
                script.textContent = "window.owned = 1";
                const blocked = new Promise((resume) =>
                    document.addEventListener("securitypolicyviolation", resume));
                document.body.append(script);
                await blocked;
            }"""
        )
        tab.page.wait_for_timeout(20)  # for the console to tell
    assert tab.page.evaluate("window.owned") is None


def test_every_view_holds_by_keys_and_in_chinese(open_tab: Tabs) -> None:
    """What holds in light and in dark, each view's own tests look at: `Tab.check`."""
    english, chinese = open_tab(), open_tab(language="zh-CN", scheme="dark")
    seen = set()
    for path in walk(english, "/products?region=US&page_size=10"):
        seen.add(path)
        in_sight(english)
        english.no_layout_shift()
        english.within_budget()
        assert english.page.title().endswith("Shopscope")
        assert len(english.find("h1:visible").all()) == 1, path
        if path != "/docs":  # in a tree of its own, with a test of its own
            english.keys_reach_everything()
        chinese.go(english.page.url.removeprefix(english.base))
        in_sight(chinese)
        chinese.axe(f"{path}, dark, Chinese", "others")
        assert chinese.find("html").get_attribute("lang") == "zh"
        chinese.screenshot(f"view{path.replace('/', '-')}-zh-dark")
    assert seen >= EXPECTED


def test_every_view_fits_a_phone(open_tab: Tabs) -> None:
    tab = open_tab(size=PHONE)
    for path in walk(tab, "/products?region=US"):
        in_sight(tab)
        tab.fits()
        tab.screenshot(f"view{path.replace('/', '-')}-phone")


def test_hostile_data_is_text_in_every_view(open_tab: Tabs) -> None:
    """None of its pictures loads; no page runs what stands in it, nor is wider than its window."""
    tab = open_tab(pictures=False)
    seen = set()
    for path in walk(tab, f"/products?region={market.HOSTILE}"):
        seen.add(path)
        in_sight(tab)
        is_text(tab)
        tab.fits()
        tab.screenshot(f"hostile{path.replace('/', '-')}")
        runs_no_code(tab)
        tab.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        tab.fits()
        tab.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        headers = tab.page.request.get(tab.page.url).headers
        policy = headers["content-security-policy"]
        if path == "/docs":  # the viewer brings styles of its own
            policy = policy.replace("style-src 'self' 'unsafe-inline'", "")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert seen >= EXPECTED - {"/insight"}
    assert tab.elsewhere, "pictures are asked for"


def test_without_pictures_no_other_server_is_asked_for_anything(open_tab: Tabs, data: Path) -> None:
    """That nothing else is asked for, every tab of these tests holds."""
    with serving(Cli(data), "--no-product-images") as port:
        tab = open_tab(base=f"http://127.0.0.1:{port}")
        for _ in walk(tab, f"/products?region={market.HOSTILE}"):
            in_sight(tab)
            is_text(tab)
        assert not tab.elsewhere
        with tab.expecting("Content Security Policy"):
            tab.page.evaluate("new Image().src = 'https://elsewhere.invalid/picture.png'")
            tab.page.wait_for_timeout(100)


def test_every_product_that_means_harm_has_its_page(tab: Tab) -> None:
    rows = tab.page.request.get(
        f"/v1/tiktok/product/list/analytics?region={market.HOSTILE}&page_num=1&page_size=10"
    ).json()["data"]
    assert len({row["product_name"] for row in rows}) > 5
    for row in rows:
        tab.go(f"/product?product_id={row['product_id']}&region={market.HOSTILE}")
        is_text(tab)
        tab.fits()


def test_every_view_works_without_scripts(open_tab: Tabs) -> None:
    tab = open_tab(scripts=False)
    seen = set()
    for path in walk(tab, "/products?region=US"):
        seen.add(path)
        assert tab.find("main").inner_text().strip(), path
        assert len(tab.find("h1:visible").all()) == 1, path
        tab.fits()
        tab.screenshot(f"view{path.replace('/', '-')}-no-scripts")
    assert seen >= EXPECTED


def test_the_first_page_is_for_who_asks(tab: Tab) -> None:
    tab.go("/")
    assert urlsplit(tab.page.url).path == "/products"
    answer = tab.page.request.get("/", headers={"accept": "*/*"})
    assert json.loads(answer.body())["name"] == "shopscope"


def test_what_is_not_there_is_told(tab: Tab) -> None:
    for address in (
        "/nothing",
        "/product?product_id=1&region=US",
        "/insight?id=1",
        "/docs/nothing.md",
    ):
        tab.go(address, status=404)
        tab.axe(address)
        assert tab.find("main a[href]").all(), "there is no way on"
    tab.screenshot("not-there")


def test_the_head_is_reached_by_keyboard(tab: Tab) -> None:
    tab.go("/categories?region=US")
    tab.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    tab.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "main"
    tab.go("/categories?region=US")
    tab.tab_to("nav.views a[href^='/insights']")
    tab.press("Enter")
    tab.page.wait_for_url("**/insights?**")
    tab.settle()
    tab.tab_to("summary[title='Language and theme']")
    tab.press("Enter")
    tab.tab_to("button[value=dark]")
    tab.press("Enter")
    tab.page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
