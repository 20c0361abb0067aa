"""Signing in and out in a browser, what pages cost, and pages of others that mean harm."""

import re

from tests.web.browser.conftest import Keyed
from tests.web.browser.kit import PHONE, Tab, Tabs

US = "/products?region=US&keyword=mini"
REFUSED = ("^401", "status of 401")


def sign_in(tab: Tab, key: str) -> None:
    """Fill in the form that is shown."""
    tab.find("input[name=key]").fill(key)
    tab.press("Enter")


def signed_in(open_tab: Tabs, keyed: Keyed, key: str, **options: object) -> Tab:
    tab = open_tab(base=keyed.url, **options)  # type: ignore[arg-type]
    tab.go("/sign-in")
    sign_in(tab, key)
    tab.page.wait_for_url(re.compile("/products"))
    tab.settle()
    return tab


def test_a_page_asks_for_a_key_and_goes_on_with_it(open_tab: Tabs, keyed: Keyed) -> None:
    key = keyed.key("reader", credits=50)
    tab = open_tab(base=keyed.url)
    tab.go(US, status=401)
    tab.check("sign-in")
    with tab.expecting(*REFUSED):
        sign_in(tab, f"{key[:-1]}!")
        tab.find("#wrong").wait_for()
        tab.settle()
    tab.axe("wrong key")
    assert tab.find("input[name=key]").input_value() == ""
    sign_in(tab, key)
    tab.find("tr[data-row]").first.wait_for()
    assert "keyword=mini" in tab.page.url
    (cookie,) = [c for c in tab.context.cookies() if c["httpOnly"]]
    assert (cookie["sameSite"], cookie["secure"]) == ("Lax", False)
    assert key not in cookie["value"]
    assert key not in tab.page.content()
    assert key not in tab.page.evaluate("JSON.stringify([{ ...localStorage }, document.cookie])")


def test_pages_tell_what_they_cost(open_tab: Tabs, keyed: Keyed) -> None:
    tab = signed_in(open_tab, keyed, keyed.key("payer", credits=40))

    def left() -> int:
        answer = tab.find(".spent").inner_text()
        return int(re.findall(r"\d+", answer)[-1])

    tab.go("/products?region=US&page_size=10")
    before = left()
    tab.page.reload()
    tab.settle()
    assert left() == before - 1
    tab.go("/docs")
    tab.go("/products?region=US&page_size=20")
    assert left() == before - 3
    tab.screenshot("products-signed-in")


def test_credits_that_are_used_up_are_told(open_tab: Tabs, keyed: Keyed) -> None:
    tab = signed_in(open_tab, keyed, keyed.key("poor", credits=6), size=PHONE)
    with tab.expecting("^402", "status of 402"):
        for _ in range(4):
            tab.page.goto("/products?region=US&page_size=20")
        tab.settle()
    assert "credits" in tab.find("main h1").inner_text()
    tab.axe("used up")
    tab.fits()
    tab.screenshot("credits-used-up")


def test_who_signs_out_is_out(open_tab: Tabs, keyed: Keyed) -> None:
    tab = signed_in(open_tab, keyed, keyed.key("leaver"))
    menu = tab.find("form[action='/sign-out']")
    if not menu.locator("button").is_visible():
        tab.find(".top-end details", None).last.locator("summary").click()
    tab.axe("menu")
    menu.locator("button").click()
    tab.page.wait_for_url(re.compile("/sign-in"))
    tab.settle()
    assert not [c for c in tab.context.cookies() if c["httpOnly"] and c["name"] == "session"]
    tab.go("/products?region=US", status=401)


def test_a_form_of_another_site_does_nothing(open_tab: Tabs, keyed: Keyed) -> None:
    """A page of somebody else posts to ours, from a browser that is signed in."""
    tab = signed_in(open_tab, keyed, keyed.key("victim"))
    token = "form[action='/sign-out'] input[name=token]"
    assert tab.find(token).first.get_attribute("value")
    tab.context.route(
        "https://elsewhere.invalid/**",
        lambda route: route.fulfill(
            body=f"<form method=post action='{keyed.url}/sign-out'><button>win</button></form>",
            content_type="text/html",
        ),
    )
    tab.page.goto("https://elsewhere.invalid/")
    with tab.expecting("^403", "status of 403"):
        tab.page.get_by_role("button", name="win").click()
        tab.page.wait_for_url(re.compile("/sign-out"))
        tab.settle()
    tab.go("/products?region=US")
    assert tab.find("tr[data-row]").all()
    with tab.expecting("^403", "status of 403"):
        tab.page.evaluate(
            f"document.querySelector(\"{token}\").value = 'guessed';"
            "document.querySelector(\"form[action='/sign-out']\").submit()"
        )
        tab.page.wait_for_url(re.compile("/sign-out"))
        tab.settle()
    tab.go("/products?region=US")


def test_it_works_without_scripts(open_tab: Tabs, keyed: Keyed) -> None:
    tab = open_tab(base=keyed.url, scripts=False)
    tab.go(US, status=401)
    sign_in(tab, keyed.key("plain"))
    tab.find("tr[data-row]").first.wait_for()
    assert "keyword=mini" in tab.page.url
