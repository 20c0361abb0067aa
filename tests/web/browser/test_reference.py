"""The API reference in a browser: read, shared, tried with a key, by keyboard, without scripts."""

import json
import re

import pytest

from shopscope.contract import samples
from shopscope.contract.endpoints import endpoints
from tests.web.browser.conftest import Keyed
from tests.web.browser.kit import PHONE, Tab, Tabs

TABLE = endpoints()
LIST = next(e for e in TABLE if e.operation_id == "list_products")


def route(path: str) -> str:
    return f"/docs?region=US#?route=get-{path}"


def response(tab: Tab) -> str:
    """What a call that was tried has answered."""
    tab.page.get_by_role("button", name="Execute").click()
    tab.find(".response-message").wait_for()
    tab.settle()
    return tab.find("api-request syntax-highlighter[mime-type] pre").inner_text()


def test_it_holds_what_every_page_must(tab: Tab) -> None:
    tab.go("/docs")
    tab.find("openapi-explorer nav").first.wait_for()
    tab.check("docs")


def test_an_endpoint_holds_what_every_page_must(tab: Tab) -> None:
    tab.go(route(LIST.path))
    tab.page.get_by_role("heading", name="Product list").wait_for()
    tab.check("docs-endpoint")


def test_every_endpoint_has_price_code_and_prompt(tab: Tab) -> None:
    tab.go("/docs")
    for endpoint in TABLE:
        tab.find(".nav-bar-path").get_by_text(endpoint.summary, exact=True).click()
        section = tab.find(f"section[slot='get-{endpoint.path}']")
        section.wait_for()
        said = tab.find(".expanded-endpoint-body").inner_text()
        plural = "" if endpoint.credits == 1 else "s"
        rows = endpoint.rows_per_price
        per = f"for every {rows} rows" if rows else "per request."
        assert f"{endpoint.credits} credit{plural} {per}" in said
        for label, write in (
            ("curl", samples.curl),
            ("Python", samples.python),
            ("JavaScript", samples.javascript),
        ):
            section.get_by_role("tab", name=label).click()
            shown = section.locator(".sample:visible code")
            assert shown.text_content() == write(endpoint, tab.base)
        section.get_by_role("button", name="Copy for AI").click()
        copied = tab.page.evaluate("navigator.clipboard.readText()")
        assert copied == samples.prompt(endpoint, tab.base)
        tab.find("input[data-pname], .request-panel").first.wait_for()


def test_without_https_it_is_copied_all_the_same(tab: Tab) -> None:
    """Where a browser gives a page no clipboard, as it does by plain http from another machine."""
    tab.page.add_init_script("delete Navigator.prototype.clipboard")
    tab.go(route(LIST.path))
    tab.page.get_by_role("button", name="Copy for AI").click()
    tab.page.get_by_text("Copied", exact=True).wait_for()
    tab.find("#nav-bar-search").click()
    tab.press("Control+V")
    pasted = tab.find("#nav-bar-search").input_value()
    assert pasted.split() == samples.prompt(LIST, tab.base).split()


def test_a_link_shows_the_same_endpoint_to_others(tab: Tab, open_tab: Tabs) -> None:
    tab.go("/docs?region=US")
    tab.page.get_by_role("link", name="Product trend").first.click()
    tab.page.get_by_role("heading", name="Product trend").wait_for()
    link = tab.page.url
    other = open_tab(language="zh-CN", scheme="dark", size=PHONE)
    other.go(link.removeprefix(tab.base))
    other.find("section[slot='get-/v1/tiktok/product/trends/analytics']").wait_for()
    assert other.find("html").get_attribute("lang") == "zh"
    assert other.page.get_by_role("button", name="复制给 AI").is_visible()
    other.fits()
    tab.page.go_back()
    tab.page.get_by_role("heading", name="API reference").wait_for()


def test_a_call_is_tried_by_one_click(tab: Tab) -> None:
    tab.go(route(LIST.path))
    shown = json.loads(response(tab))
    asked = tab.page.request.get(f"{LIST.path}?region=US&page_num=1&page_size=10").json()
    assert shown["data"] == asked["data"]
    assert len(shown["data"]) == 10
    tab.axe("tried")
    tab.screenshot("docs-tried")


def test_a_key_is_sent_to_this_server_and_kept_nowhere(open_tab: Tabs, keyed: Keyed) -> None:
    key = keyed.key("reader", credits=5)
    tab = open_tab(base=keyed.url)
    tab.go(route(LIST.path))
    with tab.expecting("^401", "status of 401"):
        assert '"code": 401' in response(tab)
    tab.find("#link-auth").click()
    tab.find("input[name=api-key]").fill(key)
    tab.axe("authentication")
    tab.page.get_by_role("button", name="Set").click()
    tab.page.get_by_text("1 API key applied").wait_for()
    tab.find(".nav-bar-path").get_by_text("Product list", exact=True).click()
    with tab.page.expect_request(lambda request: LIST.path in request.url) as sent:
        assert len(json.loads(response(tab))["data"]) == 10
    assert sent.value.headers["authorization"] == f"Bearer {key}"
    kept = tab.page.evaluate(
        "JSON.stringify([{ ...localStorage, ...sessionStorage }, document.cookie, location.href])"
    )
    assert key not in kept + json.dumps(tab.context.cookies())
    tab.page.reload()
    tab.settle()
    with tab.expecting("^401", "status of 401"):
        assert '"code": 401' in response(tab)


def test_what_is_typed_is_no_shortcut(tab: Tab) -> None:
    tab.go("/docs")
    field = tab.find("#nav-bar-search")
    field.click()
    tab.page.keyboard.type("np/j?trend")
    assert field.input_value() == "np/j?trend"
    assert not tab.find("#keys").is_visible()


def test_an_endpoint_is_reached_and_tried_by_keyboard(tab: Tab) -> None:
    tab.go("/docs?region=US")

    def focused() -> str:
        text: str = tab.page.evaluate(
            """() => {
                let at = document.activeElement;
                while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                return at.innerText ?? "";
            }"""
        )
        return text.strip()

    def tab_until(wanted: str, most: int = 120) -> None:
        for _ in range(most):
            tab.press("Tab")
            if focused().lower() == wanted.lower():
                return
        raise AssertionError(f"{wanted!r} is not reached; at {focused()!r}")

    tab_until("Account usage")
    tab.press("Enter")
    tab.page.get_by_role("heading", name="Account usage").wait_for()
    tab_until("Execute")
    tab.press("Enter")
    tab.find(".response-message").wait_for()
    assert "OK (200)" in tab.find(".response-message").inner_text()


def test_no_script_but_the_servers_own_runs(tab: Tab) -> None:
    tab.go("/docs")
    for script in (
        "const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        "document.body.append(s)",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned = 1\">')",
        "setTimeout('window.owned = 1')",
    ):
        with tab.expecting("Content Security Policy|Content-Security-Policy"):
            tab.page.evaluate(f"() => {{ try {{ {script} }} catch {{ }} }}")
            tab.page.wait_for_timeout(100)
            tab.problems = [p for p in tab.problems if not re.search(r"/x$|404", p)]
        assert tab.page.evaluate("window.owned") is None
    with tab.expecting("Content Security Policy"):
        failed = tab.page.evaluate("fetch('https://elsewhere.invalid/').catch(() => 'blocked')")
        assert failed == "blocked"


@pytest.mark.parametrize("endpoint", [LIST, TABLE[-1]], ids=lambda e: e.operation_id)
def test_without_scripts_it_is_a_document(open_tab: Tabs, endpoint: object) -> None:
    assert isinstance(endpoint, type(LIST))
    tab = open_tab(scripts=False)
    tab.go("/docs")
    tab.page.get_by_role("link", name=endpoint.summary, exact=True).click()
    heading = tab.page.get_by_role("heading", name=endpoint.summary, exact=True)
    box = heading.bounding_box()
    assert box is not None
    assert 40 < box["y"] < 400  # below the head of the page, in sight
    section = tab.find(f"section[slot='get-{endpoint.path}']")
    for parameter in endpoint.parameters:
        assert section.get_by_text(parameter.name, exact=True).first.is_visible()
    assert section.locator("code", has_text="import Client").is_visible()
    assert not section.get_by_role("button").first.is_visible()
    tab.screenshot(f"docs-plain-{endpoint.operation_id}")
    section.get_by_role("link", name="Markdown").click()
    assert tab.page.url.endswith(f"/docs/{endpoint.operation_id}.md")
