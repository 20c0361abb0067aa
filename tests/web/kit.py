"""The explorer over a small snapshot, and its pages as something a test can look into."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from shopscope.accounts.database import Accounts, open_accounts
from shopscope.accounts.gate import Gate, KeyGate, OpenGate
from shopscope.accounts.keys import IssuedKey, Keys, Limits
from shopscope.api.app import Api, create_app
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from shopscope.web.app import Explorer
from tests.api import kit

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})


def make_app(
    snapshot: Snapshot | None,
    settings: Settings | None = None,
    gate: Gate | None = None,
    accounts: Accounts | None = None,
) -> Api:
    """The application as the server wires it."""
    holder, settings, gate = kit.Holder(snapshot), settings or Settings(), gate or OpenGate()
    opened = None if accounts is None else lambda: accounts
    return create_app(holder, settings, gate, explorer=Explorer(holder, settings, gate, opened))


class Keyed:
    """The explorer of a server that asks for keys, over a database of its own in `folder`."""

    def __init__(self, snapshot: Snapshot | None, folder: Path) -> None:
        self.settings = Settings(data_dir=folder)
        self.accounts = open_accounts(self.settings)
        self.keys = Keys(self.accounts.store, self.accounts.secret)
        self.gate = KeyGate(self.accounts, lambda: time.time_ns() // 1000)
        self.app = make_app(snapshot, self.settings, self.gate, self.accounts)

    def key(self, **limits: Any) -> IssuedKey:
        """A new key with these limits."""
        return self.keys.create("invented", Limits(**limits), self.now)

    @property
    def now(self) -> datetime:
        """The moment."""
        return datetime.now(UTC)

    def left(self, key: IssuedKey) -> int | None:
        """The credits that a key has left."""
        return self.keys.get(key.id, self.now).credits_left

    def sign_in(self, key: IssuedKey) -> str:
        """The Cookie header of a session with a key."""
        answer = post(self.app, "/sign-in", {"key": key.key, "back": "/products"})
        assert answer.status_code == 303, answer.text
        return answer.headers["set-cookie"].partition(";")[0]

    def close(self) -> None:
        """Close the database."""
        self.gate.close()
        self.accounts.store.close()


class Node:
    """An element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None") -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        """The value of an attribute."""
        return self.attributes.get(name)

    def all(self, tag: str | None = None, **attributes: str | bool) -> list["Node"]:
        """The elements below with this tag and these attributes.

        Names have `_` for `-`; `class_` is one of the classes; True: whatever the value is.
        """
        return [node for node in self.below() if node.fits(tag, attributes)]

    def one(self, tag: str | None = None, **attributes: str | bool) -> "Node":
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def fits(self, tag: str | None, wanted: dict[str, str | bool]) -> bool:
        """Whether it is such an element."""
        if tag not in (None, self.tag):
            return False
        for name, value in wanted.items():
            own = self.attributes.get(name.rstrip("_").replace("_", "-"))
            if name == "class_":
                if value not in (own or "").split():
                    return False
            elif own is None if value is True else own != value:
                return False
        return True

    def below(self) -> Iterator["Node"]:
        """Every element below, in the order of the document."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.below()

    @property
    def text(self) -> str:
        """All text below, runs of blanks as one."""
        return re.sub(r"\s+", " ", "".join(self._texts())).strip()

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, Node):
                yield from child._texts()
            else:
                yield child


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag} {names}>"
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.children.append(Node(tag, {n: v or "" for n, v in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def parse(html: str) -> Node:
    """The page as a tree; its tags must be balanced."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser.at is parser.root, f"<{parser.at.tag}> is not closed"
    for table in parser.root.all("table", data_cards=True):
        _name_cells(table)
    return parser.root


def _name_cells(table: Node) -> None:
    """Say of every cell which field it is of, where the head of its column says it for all."""
    heads = [head.get("data-column") for head in table.one("thead").all("th")]
    for row in table.one("tbody").all("tr"):
        cells = [node for node in row.children if isinstance(node, Node)]
        for field, cell in zip(heads, cells, strict=True):
            if field is not None:
                cell.attributes.setdefault("data-field", field)


def browse(app: Api, url: str, **headers: str) -> httpx2.Response:
    """A page as a browser asks for it; header names have `_` for `-`."""
    return kit.ask(app, url, **{"accept": "text/html", "accept_language": "en", **headers})


def post(app: Api, url: str, form: dict[str, str], **headers: str) -> httpx2.Response:
    """A form as a browser sends it from a page of the same server; redirects are not followed.

    A header that is empty is not sent.
    """
    usual = {"accept": "text/html", "sec_fetch_site": "same-origin", "host": "127.0.0.1"}
    named = {name.replace("_", "-"): v for name, v in {**usual, **headers}.items() if v}

    async def go() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(url, data=form, headers=named)

    return asyncio.run(go())


def page(app: Api, url: str, **headers: str) -> Node:
    """A page that is there."""
    response = browse(app, url, **headers)
    assert response.status_code == 200, response.text
    return parse(response.text)


def part(app: Api, url: str, target: str, **headers: str) -> Node:
    """The part of a page that htmx asks for, to replace the element with the id `target`."""
    asked = {"hx_request": "true", "hx_request_type": "partial", "hx_target": f"div#{target}"}
    return page(app, url, **asked, **headers)


def answers(app: Api, urls: str) -> list[Any]:
    """The rows of the API's answers to one or more calls, as a page names them in `data-api`."""
    found: list[Any] = []
    for url in urls.split():
        data = msgspec.json.decode(kit.ask(app, url).content)["data"]
        found += data if isinstance(data, list) else [data]
    return found


def shown(node: Node) -> dict[str, list[str]]:
    """The raw values of a row, by the field each is of (`data-field` of the cell)."""
    return {
        cell["data-field"]: [v["data-value"] for v in cell.all(data_value=True)]
        for cell in node.all(data_field=True)
    }
