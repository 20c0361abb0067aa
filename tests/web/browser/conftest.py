"""A browser, and a server over a market that is made once for all processes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from shopscope.accounts.database import open_accounts
from shopscope.accounts.keys import Keys, Limits
from shopscope.settings import Settings
from tests.acceptance.command import Cli, running, serving
from tests.once import common_folder, once
from tests.web.browser import kit, market
from tests.web.browser.kit import Tab, Tabs


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the machine's Chromium is; without one the test is skipped."""
    return kit.chromium()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for one file of tests: others need the thread's event loop for themselves."""
    with kit.launched(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    """The folder of the market's data; nobody changes it. Made only where there is a browser."""
    return once(common_folder(tmp_path_factory, "browser"), "market", market.make)


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[str]:
    """The address of `shopscope serve --open` over the market."""
    with serving(Cli(data)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def open_tab(browser: Browser, server: str) -> Iterator[Tabs]:
    """Opens fresh browsers: `open_tab(language="zh-CN", size=PHONE)`. None may meet a problem."""
    tabs = Tabs(browser, server)
    yield tabs
    tabs.close()


@pytest.fixture
def tab(open_tab: Tabs) -> Tab:
    """A fresh browser as most people have it."""
    return open_tab()


class Keyed(NamedTuple):
    """A server that asks for keys, and the accounts that it looks into."""

    url: str
    keys: Keys

    def key(self, name: str, **limits: Any) -> str:
        """A new key with these limits."""
        return self.keys.create(name, Limits(**limits), datetime.now(UTC)).key


@pytest.fixture(scope="session")
def keyed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    """A server over the same market that asks for keys, with accounts of its own."""
    cli = Cli(tmp_path_factory.mktemp("keyed"))
    (cli.data / "snapshots").symlink_to(data / "snapshots")
    with running(cli) as server:
        accounts = open_accounts(Settings(data_dir=cli.data))
        keys = Keys(accounts.store, accounts.secret)
        yield Keyed(f"http://127.0.0.1:{server.port}", keys)
        accounts.store.close()
