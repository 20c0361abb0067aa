"""The account, keys and the state of the data in a browser."""

import pytest

from tests.web.browser.conftest import Keyed
from tests.web.browser.kit import PHONE, Tab, Tabs


@pytest.fixture(scope="module")
def admin(keyed: Keyed) -> str:
    """The key of an admin."""
    return keyed.key("boss", admin=True)


def sign_in(tab: Tab, key: str, back: str) -> None:
    """Go to a page that asks for a key, and give it."""
    tab.go(back, status=401)
    tab.find("input[name=key]").fill(key)
    tab.find("form[action='/sign-in'] button").click()
    tab.settle()


def test_the_status_of_an_open_server(tab: Tab) -> None:
    tab.go("/status")
    tab.check("status")
    for kind in tab.find("details.finding").all()[:2]:
        kind.locator("summary").click()
    tab.axe("status, open")
    tab.screenshot("status-whole", whole=True)
    tab.go("/account")
    tab.check("account-open")


def test_an_admin_makes_limits_and_ends_a_key(open_tab: Tabs, keyed: Keyed, admin: str) -> None:
    tab = open_tab(base=keyed.url)
    sign_in(tab, admin, "/account/keys")
    tab.check("keys")
    tab.find("input[name=name]").fill("Ann’s notebook")
    tab.find("input[name=credits]").fill("20")
    tab.find("button:text-is('Make the key')").click()
    tab.settle()
    key = tab.find("code[data-key]").inner_text()
    assert key.startswith("sk_live_")
    tab.axe("a new key")
    tab.find("[data-copy]").first.click()
    assert tab.page.evaluate("navigator.clipboard.readText()") == key
    tab.find("a:text-is('What it may do')").click()
    tab.settle()

    ann = open_tab(base=keyed.url, size=PHONE, scheme="dark")
    sign_in(ann, key, "/boards?board=sold&region=US")
    assert "19 left" in ann.find(".spent").inner_text()
    ann.find("button.star").first.click()
    ann.settle()
    ann.go("/account")
    assert ann.find(".view-tabs a").all_inner_texts() == ["Usage", "Data status"]
    ann.fits()
    with ann.expecting("status of 403", "^403 "):
        ann.page.goto("/account/keys")

    tab.check("key")
    tab.find("select[name=change_credits]").select_option("set")
    tab.find("input[name=credits]").fill("many")
    with tab.expecting("status of 400", "^400 "):
        tab.find("button:text-is('Change')").click()
        tab.settle()
    assert "expected a whole number" in tab.find(".message.error").inner_text()
    tab.find("input[name=credits]").fill("5")
    tab.find("button:text-is('Change')").click()
    tab.settle()
    assert tab.find("[data-field=credits_left]").inner_text() == "5"
    tab.find("summary:has-text('Revoke')").click()
    tab.find("button:text-is('Revoke for good')").click()
    tab.settle()
    assert "revoked" in tab.find(".sheet").inner_text()
    ann.go("/account", status=401)


def test_usage_is_drawn_and_listed(open_tab: Tabs, keyed: Keyed, admin: str) -> None:
    tab = open_tab(base=keyed.url)
    sign_in(tab, admin, "/boards?board=sold&region=US")
    tab.go("/products?region=US")
    tab.page.wait_for_timeout(1200)  # usage is written twice a second
    tab.go("/account")
    tab.find("#endpoints tr a:has-text('list_products')").wait_for()
    tab.page.wait_for_selector(".chart canvas, .chart svg")
    tab.check("account")
    tab.find("#endpoints a:has-text('list_products')").click()
    tab.settle()
    assert "endpoint=list_products" in tab.page.url
    tab.find(".chip").click()
    tab.settle()
    tab.find(".switch a:text-is('7 days')").click()
    tab.settle()
    assert "start_date=" in tab.page.url
    other = open_tab(base=keyed.url, language="zh-CN", scheme="dark")
    sign_in(other, admin, "/account")
    other.screenshot("account-zh-dark")
    other.go("/account/keys")
    other.screenshot("keys-zh-dark")


def test_without_scripts_a_key_is_made_and_ended(open_tab: Tabs, keyed: Keyed, admin: str) -> None:
    tab = open_tab(base=keyed.url, scripts=False)
    sign_in(tab, admin, "/account/keys")
    tab.find("input[name=name]").fill("no scripts")
    tab.find("button:text-is('Make the key')").click()
    assert tab.find("code[data-key]").inner_text().startswith("sk_live_")
    tab.find("a:text-is('What it may do')").click()
    tab.find("summary:has-text('Revoke')").click()
    tab.find("button:text-is('Revoke for good')").click()
    assert "done=revoke" in tab.page.url
