"""The explorer as an ASGI application: which address is whose page, and what an error looks like.

It answers addresses of its own and files; for every other path it raises the 404 that the
application around it answers in the API's envelope, unless it is a browser that asks.
"""

import functools
import logging
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from shopscope.accounts.database import Accounts, open_accounts
from shopscope.accounts.gate import Gate
from shopscope.contract.errors import (
    ApiError,
    InternalError,
    KeyInvalid,
    KeyMissing,
    MethodNotAllowed,
    UnknownPath,
)
from shopscope.errors import BadInput
from shopscope.settings import Settings
from shopscope.web import (
    account,
    boards,
    categories,
    compare,
    insight,
    insights,
    key_admin,
    preferences,
    product,
    product_export,
    products,
    reference,
    saved_views,
    session,
    status,
    watch,
    watching,
)
from shopscope.web.page import Site, Snapshots, View, Visit
from shopscope.web.problem import show_problem, show_refusal

VIEWS: dict[str, View] = {
    "/products": products.products,
    "/products/export": product_export.export_products,
    "/product": product.product,
    "/compare": compare.compare,
    "/categories": categories.categories,
    "/boards": boards.boards,
    "/watch": watch.watch_list,
    "/account": account.account,
    "/account/keys": key_admin.keys,
    "/account/key": key_admin.key,
    "/status": status.status,
    "/insights": insights.insights,
    "/insight": insight.insight,
    "/sign-in": session.show_sign_in,
    "/docs": reference.reference,
    "/docs/{operation}.md": reference.endpoint_page,
    "/llms.txt": reference.llms,
    "/llms-full.txt": reference.llms_full,
}
"""Pages by path. A new view is a line here and a file of its own."""

ACTIONS: dict[str, View] = {
    "/watch": watching.press,
    "/account/keys": key_admin.create,
    "/account/key": key_admin.change,
    "/preferences": preferences.set_preferences,
    "/sign-in": session.sign_in,
    "/sign-out": session.sign_out,
    "/products/views": saved_views.save_view,
    "/products/views/drop": saved_views.drop_view,
}
"""What forms post to."""

log = logging.getLogger(__name__)


class Explorer:
    """Answers pages and their files.

    `start`: where a browser that asks for `/` is sent.
    """

    start = "/products"

    def __init__(
        self,
        snapshots: Snapshots,
        settings: Settings,
        gate: Gate,
        accounts: Callable[[], Accounts] | None = None,
    ) -> None:
        """`accounts`: opens those of the gate; by default those that the settings name."""
        opened = accounts or functools.cache(lambda: open_accounts(settings))
        self._site = Site(snapshots, settings, gate, opened)
        self._router = Router(
            [
                *(Route(path, self._page(view)) for path, view in VIEWS.items()),
                *(
                    Route(path, self._page(action), methods=["POST"])
                    for path, action in ACTIONS.items()
                ),
                Route("/static/{digest}/{name:path}", self._site.files.answer),
            ],
            redirect_slashes=False,
        )

    def warm(self) -> None:
        """Compress files and compile templates, which else befalls who asks for them first."""
        self._site.files.warm()
        for environment in self._site.environments.values():
            for name in environment.list_templates():
                environment.get_template(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises HTTPException for a program that asks for no page of ours."""
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            request = Request(scope, receive)
            if not wants_html(request):
                raise
            known: ApiError = UnknownPath(request.url.path)
            if error.status_code == MethodNotAllowed.code:
                known = MethodNotAllowed(request.method, ("GET",))
            await show_problem(Visit(self._site, request), known)(scope, receive, send)

    def _page(self, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            visit = Visit(self._site, request)
            try:
                response: Response = await view(visit)
            except (KeyMissing, KeyInvalid):
                response = session.ask_to_sign_in(visit)
            except ApiError as error:
                response = show_problem(visit, error)
            except BadInput as error:
                response = show_refusal(visit, 400, str(error))
            except HTTPException as error:
                response = show_refusal(visit, error.status_code, error.detail)
            except Exception:
                log.exception("page failed: %s", request.url.path)
                response = show_problem(visit, InternalError())
            await visit.close(response.status_code)
            return response

        return answer


def wants_html(request: Request) -> bool:
    """Whether it is a browser that asks, for a page."""
    return "text/html" in request.headers.get("accept", "")
