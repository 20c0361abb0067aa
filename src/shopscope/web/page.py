"""One request to a page: what it is given to work with, and how its template becomes an answer.

A page is one route function, one context, one template with named blocks. htmx asks for a part of a
page at the page's own address: the id of the element it will replace is the name of the block that
is sent, with `_` for `-`. So a part is never rendered by other code than the whole.
"""

import asyncio
import gzip
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shopscope.accounts.database import Accounts
from shopscope.accounts.gate import Admission, Gate
from shopscope.accounts.sessions import SECONDS, Sessions
from shopscope.accounts.shelf import Shelf
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import AccountsUnavailable, NotReady
from shopscope.contract.insights import ALL_REGIONS
from shopscope.errors import ShopscopeError, StoreUnavailable
from shopscope.products.export.process import Exports
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from shopscope.web.calls import Call
from shopscope.web.files import Files
from shopscope.web.forms import TOKEN, read_form, require_own_page
from shopscope.web.language import languages, preferred
from shopscope.web.numbers import Numbers
from shopscope.web.templating import environment_of

SESSION_COOKIE = "session"
LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("light", "dark")

_SECURITY = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
    "vary": "accept, accept-encoding, accept-language, cookie, hx-request, hx-target",
}
_COMPRESS_FROM = 1_000  # bytes

T = TypeVar("T")

log = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Whoever knows the snapshot to answer from, at this moment."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The open snapshot; None: nothing is published yet."""


class Site:
    """What all requests share: data, gate, settings, files, and the templates of each language."""

    def __init__(
        self,
        snapshots: Snapshots,
        settings: Settings,
        gate: Gate,
        accounts: Callable[[], Accounts],
    ) -> None:
        self.snapshots = snapshots
        self.settings = settings
        self.gate = gate
        self._accounts = accounts
        self.files = Files()
        self.exports = Exports()
        table = endpoints(settings.page_size_max)
        self.endpoints = {endpoint.operation_id: endpoint for endpoint in table}
        images = settings.product_images
        self.numbers = {code: Numbers(each.locale) for code, each in languages().items()}
        self.environments = {
            code: environment_of(each, self.numbers[code], self.files, product_images=images)
            for code, each in languages().items()
        }

    def accounts(self) -> Accounts:
        """Keys, and what is kept for each; in open mode they are opened when first asked for.

        Raises:
            AccountsUnavailable: they can't be opened.
        """
        try:
            return self._accounts()
        except ShopscopeError as error:
            log.warning("pages go without accounts: %s", error)
            raise AccountsUnavailable from error

    def sessions(self) -> Sessions | None:
        """The sessions of those who have signed in; None where nobody needs to."""
        return Sessions(self.accounts().secret) if self.gate.needs_key else None


class Spent(msgspec.Struct, frozen=True):
    """What the API call of a page cost; `left` None: without limit."""

    credits: int
    left: int | None


class _Booking(msgspec.Struct):
    """What the gate admitted the visitor to, and the credits of it that are charged by now."""

    admission: Admission
    endpoint: Endpoint
    credits: int


class Visit:
    """One request to a page, from the first look at it to the answer."""

    def __init__(self, site: Site, request: Request) -> None:
        self.site = site
        self.request = request
        self.language = preferred(
            request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )
        self.numbers = site.numbers[self.language.code]
        theme = request.cookies.get(THEME_COOKIE)
        self.theme = theme if theme in THEMES else ""
        self._cookie = request.cookies.get(SESSION_COOKIE, "")
        self.watched: frozenset[str] | None = None
        """Ids of the products of the market that are watched; None: the page has no buttons."""
        self._bookings: list[_Booking] = []
        self._began = time.perf_counter()
        self._snapshot = site.snapshots.snapshot

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the whole page is made from.

        Raises:
            NotReady: nothing is published yet.
        """
        if self._snapshot is None:
            raise NotReady
        return self._snapshot

    @property
    def regions(self) -> list[str]:
        """The markets that are served, in the order of the alphabet; none without a snapshot."""
        return sorted(self._snapshot.regions) if self._snapshot else []

    @property
    def region(self) -> str:
        """The market that is asked for, else the first with data; all together are none."""
        asked = self.request.query_params.get("region", "")
        if asked and asked != ALL_REGIONS:
            return asked
        return self.regions[0] if self.regions else "US"

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address that say something; of several values the last."""
        return {name: value for name, value in self.request.query_params.items() if value}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every parameter of the address in the order given."""
        return self.request.query_params.multi_items()

    @property
    def block(self) -> str | None:
        """The name of the block that htmx asks for; None: the whole page is wanted."""
        headers = self.request.headers
        if headers.get("hx-request") != "true" or headers.get("hx-request-type") == "full":
            return None
        return headers.get("hx-target", "").partition("#")[2].replace("-", "_") or None

    @property
    def address(self) -> str:
        """Path and query string of the page, to come back to it."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def base_url(self) -> str:
        """The address of this server as the visitor knows it, without a slash at the end."""
        return str(self.request.base_url).rstrip("/")

    def endpoint(self, operation_id: str) -> Endpoint:
        """A line of the endpoint table, with the page sizes that this server allows."""
        return self.site.endpoints[operation_id]

    @property
    def signed_in(self) -> bool:
        """Whether the browser has a session, good or not."""
        return bool(self._cookie) and self.site.gate.needs_key

    @property
    def key_id(self) -> str:
        """The key that the gate has admitted, after `pay` or `enter`."""
        return self._bookings[-1].admission.key_id or ""

    def form_token(self) -> str:
        """What a form that changes something brings back, to show that it is of this session."""
        sessions = self.site.sessions() if self.signed_in else None
        return sessions.form_token(self._cookie) if sessions else ""

    async def form(self, *, of_session: bool = True) -> dict[str, str]:
        """The fields of the posted form, of several values the last.

        Args:
            of_session: it must have been made in the session of the visitor.

        Raises:
            HTTPException: it is no form, too large, or not of a page that this visitor got here.
        """
        fields = await read_form(self.request)
        require_own_page(self.request, open_mode=not self.site.gate.needs_key)
        sessions = self.site.sessions() if self.signed_in and of_session else None
        if sessions and not sessions.is_form_token(self._cookie, fields.get(TOKEN, "")):
            raise HTTPException(403)
        return fields

    def keep(self, response: Response, name: str, value: str, seconds: int = SECONDS) -> None:
        """Have the browser keep a cookie, which no script can read and no other site sends."""
        secure = self.request.url.scheme == "https"
        response.set_cookie(name, value, seconds, secure=secure, httponly=True, samesite="lax")

    async def on_shelf(self, act: Callable[[Shelf], T]) -> T:
        """What `act` makes of what is kept for keys, such as watched products.

        Raises:
            AccountsUnavailable: the store can't be reached.
            BadInput: what `act` does not take.
        """
        shelf = Shelf(self.site.accounts().store)
        try:
            return await asyncio.to_thread(act, shelf)
        except StoreUnavailable as error:
            raise AccountsUnavailable from error

    async def pay(self, call: Call) -> None:
        """Have the gate admit the visitor to a call, and book what it costs.

        Raises:
            ApiError: the gate refuses.
        """
        await self._admit(call.endpoint, call.credits)

    async def enter(self, endpoint: Endpoint) -> None:
        """Have the gate admit the visitor to something that is free.

        Raises:
            ApiError: the gate refuses.
        """
        await self._admit(endpoint, 0)

    async def refund(self, credits: int) -> None:
        """Give back some of what was paid last: less was shown than was asked for."""
        last = self._bookings[-1]
        given = min(credits, last.credits)
        if given:
            await self.site.gate.release(msgspec.structs.replace(last.admission, credits=given))
            last.credits -= given

    async def close(self, code: int) -> None:
        """Have the gate keep what became of the visit; what failed is not charged."""
        seconds = time.perf_counter() - self._began
        for booking in self._bookings:
            if code >= HTTPStatus.BAD_REQUEST and booking.credits:
                rest = msgspec.structs.replace(booking.admission, credits=booking.credits)
                await self.site.gate.release(rest)
                booking.credits = 0
            self.site.gate.record(
                booking.admission, booking.endpoint, code, booking.credits, seconds
            )

    @property
    def spent(self) -> Spent | None:
        """What the page cost so far; None: nothing was asked of the gate."""
        if not self._bookings:
            return None
        last = self._bookings[-1]
        left = last.admission.left
        if left is not None:
            left += last.admission.credits - last.credits
        return Spent(sum(booking.credits for booking in self._bookings), left)

    async def _admit(self, endpoint: Endpoint, cost: int) -> None:
        gate, authorization = self.site.gate, self.request.headers.get("authorization")
        if authorization is None and gate.needs_key:
            sessions = self.site.sessions()
            digest = sessions.digest(self._cookie, int(time.time())) if sessions else None
            admission = await gate.admit_session(digest, endpoint, cost)
        else:
            admission = await gate.admit(authorization, endpoint, cost)
        self._bookings.append(_Booking(admission, endpoint, admission.credits))
        if admission.refusal is not None:
            raise admission.refusal


View = Callable[[Visit], Any]
"""A route function: `async def products(visit: Visit) -> Response`."""


def render(
    visit: Visit, template: str, page: Any, *, status: int = 200, styles: str = "'self'"
) -> Response:
    """The answer: the whole page, or the block of it that htmx asks for.

    Args:
        visit: the request.
        template: file in `templates/`.
        page: the context; the template knows it as `page`, and the visit as `visit`.
        status: of HTTP.
        styles: sources of style sheets, for a page with a part that brings its own.
    """
    environment = visit.site.environments[visit.language.code]
    found = environment.get_template(template)
    values = {"page": page, "visit": visit}
    block = visit.block
    if block in found.blocks:
        text = "".join(found.blocks[block](found.new_context(values)))
    else:
        text = found.render(values)
    return _answer(visit, text, status, styles)


def _answer(visit: Visit, text: str, status: int, styles: str) -> Response:
    """HTML as an answer, compressed where that is understood, under the security policy."""
    body = text.encode("utf-8", "replace")
    headers = {**_SECURITY, "content-security-policy": _policy(visit, styles)}
    if len(body) >= _COMPRESS_FROM and "gzip" in visit.request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers, media_type="text/html")


def _policy(visit: Visit, styles: str) -> str:
    """The content security policy: nothing but our own files, and images of products."""
    elsewhere = " https:" if visit.site.settings.product_images else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; connect-src 'self'; "
        f"img-src 'self' data:{elsewhere}; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
