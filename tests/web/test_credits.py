"""What a view costs: what the page says, what the key loses, what the API charges for its call."""

from collections.abc import Iterator

import pytest

from shopscope.accounts.keys import IssuedKey
from shopscope.snapshot.reader import Snapshot
from tests.api import kit as api
from tests.web import market
from tests.web.kit import Keyed, Node, browse, page, parse

CREDITS = 1_000
PERFUME = "601583"
ONE, TWO = market.product_id(1), market.product_id(2)
INSIGHT = f"/insight?id={PERFUME}&region=US&time_scope=30"
VIEWS: dict[str, dict[str, str | bool]] = {
    "/products?region=US&page_size=10": {"tag": "table"},
    "/products?region=US&page_size=20": {"tag": "table"},
    f"/product?product_id={ONE}&region=US": {"tag": "dl", "class_": "facts"},
    f"/compare?product_ids={ONE},{TWO}&region=US": {"tag": "table", "class_": "compared"},
    "/categories?region=US": {"id": "lines"},
    "/categories?region=US&category_id=601450": {"id": "lines"},
    "/categories?region=US&category_id=848648&days=7&measure=units": {"id": "lines"},
    "/insights?region=US&time_scope=30": {"id": "rows"},
    "/insights?region=all_regions&time_scope=30&search_keyword=brushes": {"id": "rows"},
    INSIGHT: {"tag": "section", "id": "posts"},
    f"{INSIGHT}&days=90": {"tag": "section", "id": "posts"},
    "/boards?board=rising&region=US&min_total_sale_30d_cnt=0": {"tag": "table"},
    "/boards?board=sold&region=US": {"tag": "table"},
}
"""Views by address, each with the element that is made of what is paid for."""
FREE = {
    "/insights?region=US&time_scope=30": ("choose-category",),
    "/products?region=US": ("spread", "categories", "as-code", "choose-columns"),
    f"/product?product_id={ONE}&region=US": ("trend", "ranks", "similar", "adverts"),
}
"""Parts that pages fetch by themselves."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return market.make(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def server(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    keyed = Keyed(snapshot, tmp_path_factory.mktemp("accounts"))
    yield keyed
    keyed.close()


def lost(server: Keyed, key: IssuedKey) -> int:
    return CREDITS - (server.left(key) or 0)


def charged(server: Keyed, call: str) -> int:
    """What the API charges somebody else for the calls."""
    other = server.key(credits=CREDITS)
    used = 0
    for url in call.split():
        answer = api.ask(server.app, url, authorization=f"Bearer {other.key}")
        assert answer.status_code == 200, answer.text
        used += int(answer.headers["x-credits-used"])
    assert lost(server, other) == used
    return used


def paid(html: Node, element: dict[str, str | bool]) -> str:
    """The calls behind what is paid for."""
    wanted = {**element}
    tag = wanted.pop("tag", None)
    return html.all(str(tag) if tag else None, data_api=True, **wanted)[0]["data-api"]


@pytest.mark.parametrize("url", VIEWS)
def test_a_view_costs_what_its_call_costs(server: Keyed, url: str) -> None:
    key = server.key(credits=CREDITS)
    html = page(server.app, url, cookie=server.sign_in(key))
    cost = charged(server, paid(html, VIEWS[url]))
    assert lost(server, key) == cost
    assert html.one(class_="spent").text.startswith(f"This page cost {cost} credit")
    assert html.one(class_="spent").text.endswith(f" {CREDITS - cost} left")


@pytest.mark.parametrize("url", FREE)
def test_what_a_page_fetches_by_itself_is_free_but_not_for_everyone(
    server: Keyed, url: str
) -> None:
    key = server.key(credits=CREDITS)
    asked = {"hx_request": "true", "hx_request_type": "partial"}
    for target in FREE[url]:
        wanted = {**asked, "hx_target": f"section#{target}"}
        part = browse(server.app, url, cookie=server.sign_in(key), **wanted)
        assert part.status_code == 200, target
        assert browse(server.app, url, **wanted).status_code == 401, target
    assert lost(server, key) == 0


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/categories?region=us", 400),
        ("/categories?region=US&days=8", 400),
        ("/insights?region=US&time_scope=8", 400),
        ("/insights?region=US&page=0", 400),
        ("/insight?id=1&region=US&time_scope=30", 404),
        (f"{INSIGHT}&days=8", 400),
        ("/boards?board=sold&region=US&page_num=0", 400),
        (f"/compare?product_ids={ONE}&region=us", 400),
    ],
)
def test_what_is_wrong_is_free(server: Keyed, url: str, status: int) -> None:
    key = server.key(credits=CREDITS)
    assert browse(server.app, url, cookie=server.sign_in(key)).status_code == status
    assert lost(server, key) == 0


@pytest.mark.parametrize("url", VIEWS)
def test_who_can_not_pay_sees_nothing(server: Keyed, url: str) -> None:
    poor = server.key(credits=0)
    answer = browse(server.app, url, cookie=server.sign_in(poor))
    assert answer.status_code == 402
    main = parse(answer.text).one("main")
    assert not [*main.all(data_api=True), *main.all("data"), *main.all("table")]
