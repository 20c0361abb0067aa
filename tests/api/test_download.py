"""What a file costs, and what becomes of it when something goes wrong on the way."""

import asyncio
import datetime
import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from shopscope.accounts.gate import OpenGate
from shopscope.api import download
from shopscope.api.app import Api, create_app
from shopscope.api.handlers import HANDLERS
from shopscope.contract.exports import ProductExportRequest
from shopscope.products.export import process
from shopscope.products.export.formats import Asked
from shopscope.products.export.order import rows_in_order
from shopscope.settings import Settings
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import Holder, ask
from tests.api.till import Till, bearer
from tests.serving import Running, running, until
from tests.snapshot import rows

EXPORT = "/v1/tiktok/product/export"
US = f"{EXPORT}?region=US"
SIZE = 25
SECONDS = 60
"""A process may take long to begin, on a machine with much to do."""
LARGE = 9_000
"""Rows that are more than fits into all the buffers between a process and a client."""


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path)
    yield made
    made.close()


@pytest.fixture
def api(till: Till, snapshot: Snapshot) -> Api:
    return create_app(Holder(snapshot), Settings(), till.gate)


@pytest.mark.parametrize(
    ("method", "query", "price"),
    [
        ("GET", "", 3),
        ("GET", "&limit=20", 2),
        ("GET", "&limit=21&format=parquet", 3),
        ("GET", "&keyword=nobody", 1),
        ("HEAD", "", 1),
    ],
)
def test_a_file_costs_what_its_rows_cost(
    till: Till, api: Api, method: str, query: str, price: int
) -> None:
    key = till.key(credits=10, qps=0.001, burst=1)
    response = ask(api, US + query, method, **bearer(key))
    assert response.status_code == 200
    assert response.headers["x-credits-used"] == str(price)
    assert response.headers["x-credits-left"] == str(10 - price) == str(till.left(key))
    assert till.info(key).credits_used == price
    assert response.headers["ratelimit-remaining"] == "0"
    (used,) = till.used(key).values()
    assert (used.requests, used.errors, used.credits) == (1, 0, price)


def test_who_can_t_pay_for_all_rows_gets_none_and_keeps_the_credits(till: Till, api: Api) -> None:
    for credits in (0, 1, 2):
        poor = till.key(credits=credits)
        response = ask(api, US, **bearer(poor))
        assert (response.status_code, response.json()["message"]) == (
            402,
            "apiKey quota is not enough",
        )
        assert response.headers["x-credits-left"] == str(credits) == str(till.left(poor))
        assert till.info(poor).credits_used == 0
    rich = till.key()
    assert ask(api, US, **bearer(rich)).headers["x-credits-left"] == "unlimited"


def test_a_wrong_question_and_a_known_file_are_free(till: Till, api: Api) -> None:
    key = till.key(credits=3)
    known = ask(api, US, **bearer(key)).headers["etag"]
    assert till.left(key) == 0
    assert ask(api, US, If_None_Match=known, **bearer(key)).status_code == 304
    assert ask(api, f"{US}&format=xlsx", **bearer(key)).status_code == 400


def test_strangers_learn_nothing_and_no_row_is_counted(
    till: Till, snapshot: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("counted")

    broken = msgspec.structs.replace(HANDLERS["export_products"], read=never)
    handlers = {**HANDLERS, "export_products": broken}
    app = create_app(Holder(snapshot), Settings(), till.gate, handlers=handlers)
    for headers in ({}, bearer("sk_live_" + "A" * 51)):
        assert ask(app, f"{US}&format=xlsx", **headers).status_code == 401
        assert ask(app, US, **headers).status_code == 401
    assert not caplog.records
    assert ask(app, US, **bearer(till.key())).status_code == 500


class Asking:
    """One request below any client: what was sent back, and a client that may hang up."""

    def __init__(self, key: str = "", query: str = "region=US") -> None:
        self.sent: list[Any] = []
        self.gone = asyncio.Event()
        self.takes = 99
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": EXPORT,
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {key}".encode())],
        }

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) > self.takes:
            await asyncio.Event().wait()

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def whole(self) -> bool:
        """Whether the end was sent."""
        return bool(self.sent) and not self.sent[-1].get("more_body", "status" in self.sent[-1])


def stub(parts: list[bytes | Exception]) -> Any:
    async def made(*_: Any) -> AsyncGenerator[bytes, None]:
        for part in parts:
            if isinstance(part, Exception):
                raise part
            yield part

    return made


@pytest.mark.parametrize(
    ("parts", "status"), [([OSError("x")], 500), ([b"a", OSError("x")], 200), ([b"a", b"b"], 200)]
)
def test_what_breaks_off_has_no_end_and_costs_nothing(
    till: Till, api: Api, parts: list[Any], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.Exports, "parts", stub(parts))
    key = till.key(credits=10)
    failed = any(isinstance(part, Exception) for part in parts)

    async def go() -> Asking:
        asking = Asking(key.key)
        await api(asking.scope, asking.receive, asking.send)
        return asking

    asking = asyncio.run(go())
    assert asking.status == status
    assert asking.whole == (not failed or status == 500)
    assert till.left(key) == (10 if failed else 7)
    (used,) = till.used(key).values()
    assert (used.errors, used.credits) == ((1, 0) if failed else (0, 3))


def test_who_hangs_up_is_charged_from_the_first_byte_on(
    till: Till, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    ready: list[bool] = []

    async def slow(*_: Any) -> AsyncGenerator[bytes, None]:
        try:
            while not ready:
                await asyncio.sleep(0.01)
            yield b"a"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    monkeypatch.setattr(process.Exports, "parts", slow)
    early, late = till.key(credits=10), till.key(credits=10)

    async def go(key: str, begun: bool) -> None:
        asking = Asking(key)
        task = asyncio.create_task(api(asking.scope, asking.receive, asking.send))
        await asyncio.sleep(0.05)
        assert asking.sent == []
        if begun:
            ready.append(True)
            while len(asking.sent) < 2:
                await asyncio.sleep(0.01)
        asking.gone.set()
        await task
        assert not asking.whole

    asyncio.run(go(early.key, begun=False))
    asyncio.run(go(late.key, begun=True))
    assert (till.left(early), till.left(late)) == (10, 7)
    assert closed == [True, True]


def test_who_takes_nothing_is_given_up(
    till: Till, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "STALL_SECONDS", 0.05)
    monkeypatch.setattr(process.Exports, "parts", stub([b"a", b"b"]))
    key = till.key(credits=10)

    async def go() -> Asking:
        asking = Asking(key.key)
        asking.takes = 1
        await api(asking.scope, asking.receive, asking.send)
        return asking

    asking = asyncio.run(go())
    assert [message.get("body") for message in asking.sent[1:]] == [b"a"]
    assert not asking.whole


# --- the process ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server with many products."""
    data = tmp_path_factory.mktemp("data")
    publish(data)
    return data


def publish(data: Path, as_of: datetime.date = rows.AS_OF) -> str:
    store = SnapshotStore(data / "snapshots")
    table = rows.table(LARGE)
    made = rows.build(data / "snapshots", rows.region_rows(table, as_of=as_of))
    store.publish(made)
    return made


def test_a_process_that_fails_is_an_error_in_the_log(
    large: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copied = shutil.copytree(large, tmp_path / "copy") / "snapshots"
    snapshot = Snapshot.open(next(copied.glob("2026*")))
    app = create_app(Holder(snapshot), Settings(), OpenGate())
    shutil.rmtree(snapshot.regions["US"].folder)
    assert ask(app, US).status_code == 500
    assert "ended with status 1" in caplog.text
    assert "No such file" in caplog.text


def test_processes_take_turns_and_end_with_who_asked(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "AT_ONCE", 1)
    snapshot = Snapshot.open(next((large / "snapshots").glob("2026*")))
    request = ProductExportRequest(region="US", format="ndjson")
    numbers = rows_in_order(snapshot, request)
    begun: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def counted(*given: Any, **other: Any) -> Any:
        assert not [name for name in other["env"] if name.startswith("SHOPSCOPE_")]
        begun.append(await create(*given, **other))
        return begun[-1]

    monkeypatch.setenv("SHOPSCOPE_ACCOUNTS_URL", "postgresql://a:secret@b/c")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)

    async def go() -> None:
        exports, region = process.Exports(), snapshot.regions["US"]
        one = exports.parts(Asked.of(request), region, numbers)
        two = exports.parts(Asked.of(request), region, numbers)
        assert await anext(one)
        second = asyncio.create_task(anext(two))
        await asyncio.sleep(0.1)
        assert (len(begun), second.done()) == (1, False)
        await one.aclose()
        assert begun[0].returncode not in (None, 0)
        assert await second
        assert len(begun) == 2
        rest = [part async for part in two]
        assert begun[1].returncode == 0
        assert len(rest) > 2

    asyncio.run(go())


@pytest.fixture(scope="module")
def server(large: Path) -> Iterator[Running]:
    with running(large) as made:
        yield made


def processes(server: Running) -> int:
    """Processes of exports below a server."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = status.read_bytes().split(b"\0")
            group = int((status.parent / "stat").read_text().rpartition(")")[2].split()[2])
        except OSError:  # it has just ended
            continue
        found += process.__name__.encode() in words and group == server.process.pid
    return found


def test_a_new_snapshot_and_other_requests_do_not_disturb_it(server: Running, large: Path) -> None:
    expected = httpx2.get(f"{server.url}{US}", timeout=SECONDS).content
    with httpx2.stream("GET", f"{server.url}{US}", timeout=SECONDS) as answer:
        before = answer.headers["x-snapshot-id"]
        coming = answer.iter_raw()
        first = next(coming)
        newer = publish(large, rows.AS_OF + datetime.timedelta(1))
        shutil.rmtree(large / "snapshots" / before)
        until(lambda: server.get("/readyz").json()["snapshot"] == newer)
        assert server.get(f"{US}&limit=10").headers["x-snapshot-id"] == newer
        content = first + b"".join(coming)
    assert content == expected


@pytest.mark.skipif(not Path("/proc").exists(), reason="there is no /proc to see processes in")
def test_who_hangs_up_ends_the_work(server: Running) -> None:
    with httpx2.stream("GET", f"{server.url}{US}", timeout=SECONDS) as answer:
        coming = answer.iter_raw()
        next(coming)
        assert processes(server) == 1
    until(lambda: processes(server) == 0)
    until(lambda: '"code":499' in server.stderr().replace(" ", ""))


def test_a_server_that_stops_breaks_off(large: Path) -> None:
    with running(large) as server:
        with httpx2.stream("GET", f"{server.url}{US}", timeout=SECONDS) as answer:
            coming = answer.iter_raw()
            next(coming)
            server.process.terminate()
            server.process.wait(SECONDS)
            with pytest.raises(httpx2.RemoteProtocolError):
                b"".join(coming)
        until(lambda: processes(server) == 0)
