"""A client that hangs up before its answer is ready is not charged; over real sockets."""

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shopscope.accounts.keys import IssuedKey
from shopscope.api.presence import WATCH_AFTER_SECONDS, Presence
from tests.api import odd as odd_servers
from tests.api.kit import STORED, build
from tests.api.odd import Odd, odd, reset
from tests.api.odd_server import SLOW_SECONDS
from tests.api.till import Till
from tests.serving import until

RANKING = "/v1/tiktok/product/ranking/analytics?region=US&date=2026-04-26"
INSIGHTS = "/v1/tiktok/insights/products?"
MIDWAY = SLOW_SECONDS / 2

_numbers = itertools.count()


def new(url: str) -> str:
    """A request that nobody has made before, so that its answer has to be made."""
    return f"{url}{'' if url.endswith('?') else '&'}number={next(_numbers)}"


def send(port: int, *requests: tuple[str, str, str]) -> socket.socket:
    """New requests over one connection, each a method, a URL and a key."""
    return odd_servers.send(port, *((method, new(url), key) for method, url, key in requests))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    build(folder / "snapshots")
    return folder


@pytest.fixture(scope="module")
def till(data: Path) -> Iterator[Till]:
    made = Till(data)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(till: Till, data: Path) -> Iterator[Odd]:
    with odd("slow", data) as running:
        yield running


def read(connection: socket.socket) -> int:
    """The status of an answer, read whole."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65_536)
        assert part, answer
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return int(head.split()[1])


def settled(server: Odd, key: IssuedKey, requests: int = 1) -> list[int]:
    """How the requests of a key ended, as the log has it."""
    ends: list[int] = []

    def ended() -> bool:
        ends[:] = [line["code"] for line in server.log() if line.get("key") == key.prefix]
        return len(ends) == requests

    until(ended)
    return ends


def half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(1) == b""  # the server hangs up too
    connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("leave", [socket.socket.close, reset, half_close])
def test_who_leaves_midway_is_not_charged(
    server: Odd, till: Till, leave: Callable[[socket.socket], None], method: str
) -> None:
    key = till.key(credits=10)
    connection = send(server.port, (method, INSIGHTS, key.key))
    time.sleep(MIDWAY)
    assert till.left(key) == 8  # booked, until it is seen
    leave(connection)
    assert settled(server, key) == [499]
    info = till.info(key)
    assert (info.credits_left, info.credits_used) == (10, 0)


def test_no_endpoint_charges_who_left(server: Odd, till: Till) -> None:
    key = till.key(credits=100)
    connections = [send(server.port, ("GET", url, key.key)) for url in STORED]
    time.sleep(MIDWAY)
    for connection in connections:
        connection.close()
    assert set(settled(server, key, len(STORED))) == {499}
    assert till.left(key) == 100
    until(lambda: len(till.used(key)) == len(STORED))
    assert {(u.requests, u.errors, u.credits) for u in till.used(key).values()} == {(1, 1, 0)}


def test_who_leaves_at_once_is_not_charged(server: Odd, till: Till) -> None:
    key = till.key(credits=10)
    send(server.port, ("GET", RANKING, key.key)).close()
    later = till.key(credits=10)
    with contextlib.closing(send(server.port, ("GET", INSIGHTS, later.key))) as connection:
        assert read(connection) == 200
    # The HTTP server may see the end before it hands the request on, and then nobody logs it.
    ends = [line["code"] for line in server.log() if line.get("key") == key.prefix]
    assert ends in ([499], [])
    assert till.left(key) == 10


def test_who_stays_is_charged(server: Odd, till: Till) -> None:
    key = till.key(credits=10)
    with contextlib.closing(send(server.port, ("GET", INSIGHTS, key.key))) as connection:
        assert read(connection) == 200
    assert settled(server, key) == [200]
    assert till.left(key) == 8


def test_on_a_connection_that_is_kept_only_what_was_answered_is_charged(
    server: Odd, till: Till
) -> None:
    key = till.key(credits=10)
    connection = send(server.port, ("GET", INSIGHTS, key.key))
    assert read(connection) == 200
    lines = (
        f"GET {new(RANKING)} HTTP/1.1",
        "Host: shop",
        f"Authorization: Bearer {key.key}",
        "",
        "",
    )
    connection.sendall("\r\n".join(lines).encode())
    time.sleep(MIDWAY)
    connection.close()
    assert settled(server, key, 2) == [200, 499]
    assert till.left(key) == 8


def test_who_leaves_after_the_answer_is_charged(server: Odd, till: Till) -> None:
    """Its bytes are in the system's buffers; whether they were read, nobody can tell."""
    key = till.key(credits=10)
    connection = send(server.port, ("GET", INSIGHTS, key.key))
    time.sleep(SLOW_SECONDS * 1.5)
    reset(connection)
    assert settled(server, key) == [200]
    assert till.left(key) == 8


def test_who_has_sent_more_is_taken_to_be_there(server: Odd, till: Till) -> None:
    """The HTTP server reads no further until the answer is out, so it sees no end."""
    key = till.key(credits=10)
    connection = send(server.port, ("GET", INSIGHTS, key.key), ("GET", RANKING, key.key))
    time.sleep(MIDWAY)
    connection.close()
    assert settled(server, key)[0] == 200
    assert till.left(key) in (7, 8)


class Client:
    """Of one request: what an HTTP server would tell of it, and how often it was asked."""

    def __init__(self, *body: bytes) -> None:
        self.asked = 0
        self.gone = asyncio.Event()
        self._body = list(body)

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self._body:
            return {"type": "http.request", "body": self._body.pop(0), "more_body": True}
        await self.gone.wait()
        return {"type": "http.disconnect"}


def test_what_is_quick_is_not_watched() -> None:
    async def go() -> None:
        client = Client(b"")
        presence = Presence(client.receive)
        presence.close()
        await asyncio.sleep(WATCH_AFTER_SECONDS * 3)
        assert (client.asked, presence.gone) == (0, False)

    asyncio.run(go())


@pytest.mark.parametrize("body", [(), (b"",), (b"a", b"b", b"c")])
def test_a_body_is_read_over(body: tuple[bytes, ...]) -> None:
    async def go() -> None:
        client = Client(*body)
        presence = Presence(client.receive)
        await asyncio.sleep(WATCH_AFTER_SECONDS * 3)
        assert (client.asked, presence.gone) == (len(body) + 1, False)
        client.gone.set()
        await asyncio.sleep(0.01)
        assert presence.gone
        presence.close()

    asyncio.run(go())


def test_a_connection_that_can_t_be_watched_is_taken_to_be_there() -> None:
    async def receive() -> dict[str, Any]:
        raise RuntimeError("no such thing")

    async def go() -> None:
        presence = Presence(receive)
        await asyncio.sleep(WATCH_AFTER_SECONDS * 3)
        assert not presence.gone
        presence.close()

    asyncio.run(go())
