"""Readers that take long: apart from the event loop, with the same answers and errors."""

import asyncio
import threading
import time
from typing import Any

import httpx2
import msgspec

from shopscope.accounts.gate import OpenGate
from shopscope.api.app import create_app
from shopscope.api.handlers import HANDLERS, Page
from shopscope.contract.errors import InvalidParameter
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import PAGE, Holder

RANKING = "/v1/tiktok/product/ranking/analytics?region=US&date=2026-04-26"


def asked(snapshot: Snapshot, read: Any, *urls: str) -> list[httpx2.Response]:
    """The answers in the order of their arrival, where `read` ranks products."""
    slow = msgspec.structs.replace(HANDLERS["ranking_products"], read=read)
    handlers = {**HANDLERS, "ranking_products": slow}
    app = create_app(Holder(snapshot), Settings(), OpenGate(), handlers=handlers)
    arrived: list[httpx2.Response] = []

    async def go() -> None:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:

            async def ask(url: str) -> None:
                arrived.append(await client.get(url))

            await asyncio.gather(*(ask(url) for url in urls))

    asyncio.run(go())
    return arrived


def test_others_do_not_wait(snapshot: Snapshot) -> None:
    threads = []

    def read(*_: object) -> Page:
        threads.append(threading.current_thread())
        time.sleep(0.5)
        return Page(b"[]", 0)

    answers = asked(snapshot, read, RANKING, PAGE)
    assert [response.status_code for response in answers] == [200, 200]
    assert [response.url.path.split("/")[4] for response in answers] == ["list", "ranking"]
    assert threads != [threading.main_thread()]


def test_errors_are_answered_as_ever(snapshot: Snapshot) -> None:
    def refuse(*_: object) -> Page:
        raise InvalidParameter("date", "x", "a day")

    def fail(*_: object) -> Page:
        raise RuntimeError

    (refused,) = asked(snapshot, refuse, RANKING)
    (failed,) = asked(snapshot, fail, RANKING)
    assert (refused.status_code, failed.status_code) == (400, 500)
    assert refused.json()["message"] == "Invalid parameter date: got 'x', expected a day"
