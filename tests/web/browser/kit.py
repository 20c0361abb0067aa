"""A real browser before a real server: every tab sees what a visitor sees, and what went wrong.

A `Tab` remembers what no page may have: errors on the console (so also what the content security
policy blocks), own requests that failed, and requests to any other origin but for pictures, which
are answered here. The fixture that opens tabs fails the test that leaves one with problems.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    Route,
    sync_playwright,
)

SCREENSHOTS = Path(__file__).resolve().parents[3] / ".screenshots"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
WIDE = (1280, 800)
PHONE = (390, 844)
SCRIPTS_MAX = 400_000
"""Compressed bytes of all scripts of a page."""
HTML_MAX = 150_000
"""Bytes of a page, as it is before compression."""
SHIFT_MAX = 0.001
"""Cumulative layout shift that counts as none; a visible jump of one line is ten times as much."""
TIMEOUT = 15_000
"""Milliseconds after which what a test waits for will not come."""

Scheme = Literal["light", "dark"]
Rules = Literal["all", "colours", "others"]

_COLOURS = ("color-contrast", "link-in-text-block")
_RULES: dict[Rules, dict[str, Any]] = {
    "all": {},
    "colours": {"runOnly": list(_COLOURS)},
    "others": {"rules": {name: {"enabled": False} for name in _COLOURS}},
}

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCH = """
    window.fetching = 0;
    const fetched = window.fetch;
    window.fetch = (...request) => {
        window.fetching++;
        return fetched(...request).finally(() => window.fetching--);
    };
    window.layoutShifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            const moved = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120));
            window.layoutShifts.push({ value: entry.value, moved });
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
_CALM = """async () => {
    for (let calm = 0; calm < 5; ) {
        await new Promise((resume) => setTimeout(resume, 30));
        calm = document.readyState === "complete" && !window.fetching ? calm + 1 : 0;
    }
    return true;
}"""
_STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let frames = 0; frames < 3; frames++) await frame();
    const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.allSettled(moving.map((one) => one.finished));
    await frame();
}"""
_KEYS = """() => {
    const inside = [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
    )].filter((mark) => !mark.disabled && mark.checkVisibility({ visibilityProperty: true })
        && !(mark.type === "radio" && !mark.checked));
    window.unreached = new Set(inside);
    window.unmarked = [];
    window.tabbed = { first: null, round: false };
    document.addEventListener("focusin", ({ target }) => {
        window.tabbed.round ||= target === window.tabbed.first;
        window.tabbed.first ??= target;
        const { outlineStyle, boxShadow } = getComputedStyle(target);
        const marked = outlineStyle !== "none" || boxShadow !== "none";
        // The ring of a slider is around its handle, which can't be asked.
        if (!marked && target.type !== "range") window.unmarked.push(target.outerHTML);
        window.unreached.delete(target);
    });
    return inside.length;
}"""
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def chromium() -> str:
    """Where the machine's Chromium is; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        with sync_playwright() as playwright:
            found = playwright.chromium.executable_path
        if not Path(found).exists():
            pytest.skip("no Chromium: `apt-get install chromium`, or `playwright install chromium`")
    return found


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A running browser. Playwright keeps an event loop in this thread for as long."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield browser
        browser.close()


class Tab:
    """One page in a browser of its own, with no cookies but its own."""

    def __init__(self, browser: Browser, base: str, *, pictures: bool = True, **context: Any):
        self.base = base
        self.problems: list[str] = []
        self.elsewhere: list[str] = []  # pictures that other servers were asked for
        self._pictures = pictures
        self._scripts = context["java_script_enabled"]
        self.context: BrowserContext = browser.new_context(base_url=base, **context)
        self.context.route(lambda url: not url.startswith(f"{base}/"), self._elsewhere)
        self.context.set_default_timeout(TIMEOUT)
        self.context.add_init_script(_WATCH)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.problems.append(f"threw {error.error}"))
        self.page: Page = self.context.new_page()

    def go(self, path: str, status: int = 200) -> Response:
        """Open an address of the server and wait until nothing more is fetched."""
        if status >= 400:
            with self.expecting(f"status of {status}", f"^{status} "):
                return self._go(path, status)
        return self._go(path, status)

    def _go(self, path: str, status: int) -> Response:
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        self.settle()
        return response

    def settle(self) -> None:
        """Wait until the page is there and nothing more is fetched."""
        self.page.wait_for_load_state()
        if self._scripts:
            self.page.wait_for_function(_CALM)

    def looks(self, scheme: Scheme) -> None:
        """Prefer light or dark, and wait until the page has taken the colours."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(_STILL)

    def travel(self, steps: int) -> None:
        """Go back (-1) or forward (1) in the history, to a page that is asked for again."""
        self.page.evaluate("(steps) => { window.left = true; history.go(steps); }", steps)
        self.page.wait_for_function("() => !window.left")
        self.settle()

    def find(self, selector: str, text: str | re.Pattern[str] | None = None) -> Locator:
        """What a CSS selector finds, of those with a text in them where one is named."""
        return self.page.locator(selector, has_text=text)

    @contextmanager
    def expecting(self, *patterns: str) -> Iterator[None]:
        """Problems of these kinds, each of which must come up, are wanted while inside."""
        before, self.problems = self.problems, []
        yield
        for pattern in patterns:
            met = [problem for problem in self.problems if re.search(pattern, problem)]
            assert met, f"nothing like {pattern!r} among {self.problems}"
        unmet = [p for p in self.problems if not any(re.search(one, p) for one in patterns)]
        self.problems = before + unmet

    # --- what a page must hold ------------------------------------------------------------------

    def check(self, name: str) -> None:
        """Everything that holds for every page, in light and in dark; pictures are kept by name."""
        self.no_layout_shift()
        self.within_budget()
        self.axe(f"{name}, light")
        self.screenshot(f"{name}-light")
        self.looks("dark")
        self.axe(f"{name}, dark", "colours")
        self.screenshot(f"{name}-dark")
        self.looks("light")
        self.fits_phone(name)

    def axe(self, name: str = "", rules: Rules = "all") -> None:
        """No violation of accessibility that axe calls serious or critical.

        Args:
            name: what is looked at.
            rules: with all but the theme as it was seen before, "colours" is what can differ; most
                of the time goes into them. "others" leaves them out.
        """
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE)
        options = {"resultTypes": ["violations"], **_RULES[rules]}
        found = self.page.evaluate("(options) => axe.run(options)", options)["violations"]
        told = [
            f"{flaw['id']}: {node['target']} {node['html'][:200]}\n  {node['failureSummary']}"
            for flaw in found
            if flaw["impact"] in ("serious", "critical")
            for node in flaw["nodes"]
        ]
        assert not told, f"{name or self.page.url}: {len(told)} flaws\n" + "\n".join(told[:12])

    def no_layout_shift(self) -> None:
        """Nothing has jumped since the page was opened, but what the visitor moved."""
        shifts = self.page.evaluate("window.layoutShifts")
        total = sum(shift["value"] for shift in shifts)
        assert total <= SHIFT_MAX, f"{self.page.url} shifts by {total:.4f}: {shifts}"

    def within_budget(self) -> None:
        """Scripts and HTML are no more than allowed."""
        scripts = self.script_bytes()
        assert sum(scripts.values()) < SCRIPTS_MAX, f"{self.page.url}: {scripts}"
        size = self.html_bytes()
        assert size < HTML_MAX, f"{self.page.url}: {size:,} bytes of HTML"

    def script_bytes(self) -> dict[str, int]:
        """Compressed bytes of each script that the page has fetched, by address."""
        entries: dict[str, int] = self.page.evaluate(
            """Object.fromEntries(performance.getEntriesByType("resource")
                .filter(({ name }) => new URL(name).pathname.endsWith(".js"))
                .map(({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize]))"""
        )
        return entries

    def html_bytes(self) -> int:
        """Bytes of the page's own HTML, before compression."""
        size: int = self.page.evaluate(
            'performance.getEntriesByType("navigation")[0].decodedBodySize'
        )
        return size

    def fits(self) -> None:
        """The page as a whole does not scroll sideways."""
        page, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert page <= window, f"{self.page.url} is {page} wide in a window of {window}"

    def fits_phone(self, name: str) -> None:
        """So it is on a phone too; a picture is kept. Afterwards the window is as it was."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.page.evaluate(_STILL)
        self.fits()
        self.axe(f"{name}, phone", "others")
        self.screenshot(f"{name}-phone")
        if before is not None:
            self.page.set_viewport_size(before)

    def screenshot(self, name: str, *, whole: bool = False) -> Path:
        """A picture of what is in sight, or of the whole page, under `.screenshots/`."""
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=whole)
        return path

    # --- what a visitor does --------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str, most: int = 60) -> Locator:
        """Reach an element by the Tab key alone; its focus must be visible."""
        wanted = self.find(selector).first
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("(element) => element === document.activeElement"):
                ring = wanted.evaluate(
                    "(e) => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow"
                )
                assert ring != "nonenone", f"{selector} has no visible focus"
                return wanted
        raise AssertionError(f"{selector} is not reached by {most} times Tab")

    def keys_reach_everything(self) -> None:
        """The Tab key goes round the page by all that can be used, and each shows its focus."""
        most = self.page.evaluate(_KEYS) * 3 + 20  # a day is three fields
        while most > 0 and not self.page.evaluate("window.tabbed.round"):
            self.press(*["Tab"] * 20)
            most -= 20
        for fault in ("unreached", "unmarked"):
            found = self.page.evaluate(f"[...{fault}].map((one) => one.outerHTML ?? one)")
            assert not found, f"{self.page.url}: {fault} by keys: {found[:5]}"

    # --- what went wrong ------------------------------------------------------------------------

    def _elsewhere(self, route: Route) -> None:
        request = route.request
        if request.url.startswith(("data:", "blob:")):
            route.continue_()
        elif request.resource_type == "image" and request.url.startswith("https:"):
            self.elsewhere.append(request.url)
            if self._pictures:
                route.fulfill(body=_PICTURE, content_type="image/svg+xml")
            else:
                route.fulfill(status=404)
        else:
            self.problems.append(f"asked {request.resource_type} {request.url}")
            route.abort()

    def _failed(self, request: Request) -> None:
        if self._own(request.url) and request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed {request.failure} {request.url}")

    def _answered(self, response: Response) -> None:
        if self._own(response.url) and response.status >= 400:
            self.problems.append(f"{response.status} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        picture = "Failed to load resource" in message.text and not self._own(where)
        if message.type == "error" and not picture:
            self.problems.append(f"console {message.text} {where}")

    def _own(self, url: str) -> bool:
        return url.startswith(f"{self.base}/")


class Tabs:
    """Opens tabs, and closes them all; none may have met a problem."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser = browser
        self._base = base
        self._open: list[Tab] = []

    def __call__(
        self,
        *,
        base: str | None = None,
        language: str = "en-US",
        scheme: Scheme = "light",
        size: tuple[int, int] = WIDE,
        scripts: bool = True,
        pictures: bool = True,
    ) -> Tab:
        """A fresh browser: no cookies, no history.

        Args:
            base: address of the server, else the one of the market.
            language: what the browser prefers.
            scheme: the colours it prefers.
            size: of its window; `PHONE` also touches instead of pointing.
            scripts: False: JavaScript is off.
            pictures: False: pictures of products do not load.
        """
        tab = Tab(
            self._browser,
            base or self._base,
            pictures=pictures,
            locale=language,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._open.append(tab)
        return tab

    def close(self) -> None:
        """Close all; fails where one has met a problem."""
        for tab in self._open:
            tab.context.close()
        problems = [problem for tab in self._open for problem in tab.problems]
        assert not problems, "\n".join(problems)
