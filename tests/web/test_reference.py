"""The reference: all of the endpoint table, for people, without scripts, and for assistants."""

import re
from pathlib import Path

import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.contract import samples
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import ERRORS
from shopscope.contract.markdown import price
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.snapshot.reader import Snapshot
from tests.api import kit
from tests.api.till import Till
from tests.web.kit import Node, browse, make_app, page

TABLE = endpoints()
HOST = "shop.example:8400"
BASE = f"http://{HOST}"


@pytest.fixture(scope="module")
def docs(app: Api) -> Node:
    return page(app, "/docs", host=HOST)


def sections(docs: Node) -> dict[str, Node]:
    """What the page says of each endpoint, by its place in the viewer."""
    return {node["slot"]: node for node in docs.all("section", class_="reference-entry")}


def test_every_endpoint_is_listed_with_its_price(docs: Node) -> None:
    rows = docs.one("section", slot="overview").all("tr")
    told = [
        (row.one("a").text, row.one("code").text, row.one(data_value=True)["data-value"])
        for row in rows
        if row.all("a")
    ]
    assert told == [(e.summary, e.path, str(e.credits)) for e in TABLE]


def test_every_endpoint_has_all_the_table_says(docs: Node) -> None:
    found = sections(docs)
    assert list(found) == [f"get-{e.path}" for e in TABLE]
    for endpoint, section in zip(TABLE, found.values(), strict=True):
        assert section.one("h2").text == endpoint.summary
        assert endpoint.description in section.text
        rows = [row for row in section.all("tr") if not row.all("th", scope="col")]
        told = [[cell.text for cell in row.children if isinstance(cell, Node)] for row in rows]
        assert told == [
            [
                p.name,
                "required" if p.required else "" if p.default is None else str(p.default),
                p.expectation,
                p.meaning,
            ]
            for p in endpoint.parameters
        ]


def test_links_of_the_list_lead_to_the_endpoints(docs: Node) -> None:
    anchors = {f"#{section['id']}" for section in sections(docs).values()}
    links = [a["href"] for a in docs.one("section", slot="overview").all("a")]
    assert {link for link in links if link.startswith("#")} == anchors


def test_code_and_prompt_are_those_of_the_contract(docs: Node) -> None:
    for endpoint, section in zip(TABLE, sections(docs).values(), strict=True):
        code = [
            (node["data-tab"], "".join(map(str, node.one("code").children)))
            for node in section.all("section", data_tab=True)
        ]
        assert code == [
            ("curl", samples.curl(endpoint, BASE)),
            ("Python", samples.python(endpoint, BASE)),
            ("JavaScript", samples.javascript(endpoint, BASE)),
        ]
        (copied,) = section.all("div", class_="reference-ai")
        prompt = "".join(map(str, copied.one("code").children))
        assert prompt == samples.prompt(endpoint, BASE)
        assert copied.one("button", data_copy=True).text == "Copy for AI"


def test_only_the_page_of_the_viewer_admits_styles_of_its_own(app: Api) -> None:
    def policy(path: str) -> dict[str, str]:
        text = browse(app, path).headers["content-security-policy"]
        return dict(part.strip().split(" ", 1) for part in text.split(";"))

    strict, relaxed = policy("/nothing"), policy("/docs")
    assert strict["style-src"] == "'self'"
    assert relaxed == {**strict, "style-src": "'self' 'unsafe-inline'"}
    assert relaxed["script-src"] == relaxed["connect-src"] == "'self'"


def test_it_is_there_before_any_data(empty_app: Api) -> None:
    assert len(sections(page(empty_app, "/docs"))) == len(TABLE)


def test_it_needs_no_key_and_costs_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    till = Till(tmp_path)
    app = make_app(snapshot, gate=till.gate)
    key = till.key(credits=5)
    for path in ("/docs", "/llms.txt", "/llms-full.txt", "/docs/list_products.md"):
        assert browse(app, path).status_code == 200
        assert browse(app, path, authorization=f"Bearer {key.key}").status_code == 200
    assert till.left(key) == 5
    till.close()


def test_it_is_in_the_visitors_language(app: Api) -> None:
    chinese = page(app, "/docs", accept_language="zh")
    assert chinese.one("h1").text == "API 参考"
    assert chinese.one("html")["lang"] == "zh"


# --- for assistants -------------------------------------------------------------------------------


def text(app: Api, path: str, kind: str = "text/plain") -> str:
    answer = kit.ask(app, path, host=HOST)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    return answer.text


def test_llms_txt_keeps_the_convention(app: Api) -> None:
    """A title, a quote that sums up, then lists of links under headings, and nothing else."""
    lines = text(app, "/llms.txt").splitlines()
    assert lines[0] == "# Shopscope"
    assert lines[2].startswith("> ")
    headings = [line for line in lines if line.startswith("#")]
    assert headings == ["# Shopscope", "## Endpoints", "## Optional"]
    listed = [line for line in lines[lines.index("## Endpoints") + 1 :] if line]
    for line in listed:
        assert line == "## Optional" or re.fullmatch(r"- \[[^\]]+\]\([^)]+\): .+", line)


def test_llms_txt_leads_to_every_endpoint(app: Api) -> None:
    links = re.findall(r"\((http[^)]+)\): (.+)", text(app, "/llms.txt"))
    pages = [f"{BASE}/docs/{e.operation_id}.md" for e in TABLE]
    others = [f"{BASE}/{name}" for name in ("llms-full.txt", "openapi.json", "docs")]
    assert [link for link, _ in links] == pages + others
    for link, _ in links:
        assert kit.ask(app, link.removeprefix(BASE), host=HOST).status_code == 200, link
    for (_, said), endpoint in zip(links, TABLE, strict=False):
        assert said == f"{endpoint.description} {price(endpoint)}."


@pytest.mark.parametrize("endpoint", TABLE, ids=lambda e: e.operation_id)
def test_an_endpoint_has_a_page_of_its_own(app: Api, endpoint: Endpoint) -> None:
    said = text(app, f"/docs/{endpoint.operation_id}.md", "text/markdown")
    assert said.startswith(f"# {endpoint.summary}\n\n`{endpoint.method} {endpoint.path}`")
    assert samples.curl(endpoint, BASE) in said
    assert samples.python(endpoint, BASE) in said
    assert all(f"| `{p.name}` |" in said for p in endpoint.parameters)
    example = re.findall(r"```json\n(.*?)```", said, re.DOTALL)[-1]
    assert msgspec.json.decode(example) == msgspec.to_builtins(endpoint.example)


def test_everything_is_on_one_page(app: Api) -> None:
    whole = text(app, "/llms-full.txt")
    for endpoint in TABLE:
        single = text(app, f"/docs/{endpoint.operation_id}.md", "text/markdown")
        assert f"#{single}" in whole
    for field in (*FIELDS, *EXTRA_FIELDS):
        assert f"| `{field.name}` | {field.type} | {field.title} |" in whole
    assert all(error.cause in whole for error in ERRORS)


def test_an_unknown_endpoint_has_no_page(app: Api) -> None:
    assert kit.ask(app, "/docs/buy_products.md").status_code == 404
    assert "no such page" in browse(app, "/docs/buy_products.md").text
