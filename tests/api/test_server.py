"""A real server on a loopback port: workers, switches, signals, and what HTTP itself refuses."""

import contextlib
import datetime
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shopscope.contract.errors import ServedElsewhere
from tests.api.kit import AS_OF, PAGE, QUESTIONS, STORED, build, decode
from tests.serving import COMMAND, Running, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("data")
    build(data / "snapshots")
    with running(data, workers=2) as server:
        yield server


def raw(server: Running, request: bytes) -> bytes:
    """What comes back for these bytes, up to the end of the connection or a pause."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(2)
        with contextlib.suppress(OSError):  # it may hang up before everything is sent
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(OSError):
            while part := connection.recv(65_536):
                answer += part
                if b"}" in part:
                    break
        return answer


@pytest.mark.parametrize("url", QUESTIONS)
def test_every_endpoint_answers(server: Running, url: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    response = server.get(url, plain)
    assert (response.status_code, decode(response).code) == (200, 0)
    head = httpx2.head(server.url + url, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize("url", STORED)
def test_a_compressed_answer_is_the_same(server: Running, url: str) -> None:
    plain, coded = (server.get(url, {"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert decode(coded).data == decode(plain).data
    assert int(coded.headers["content-length"]) <= len(plain.content)


@pytest.mark.parametrize("url", STORED)
def test_a_known_answer_is_not_sent_again(server: Running, url: str) -> None:
    again = server.get(url, {"If-None-Match": server.get(url).headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_figures_of_two_workers_are_summed(server: Running) -> None:
    def counted() -> float:
        families = text_string_to_metric_families(server.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        wanted = {"endpoint": "list_products", "code": "200"}
        return sum(
            s.value for s in samples if s.name.endswith("requests_total") and s.labels == wanted
        )

    before = counted()
    for _ in range(40):  # a connection each, so both workers get some
        server.get(PAGE)
    assert counted() == before + 40
    files = list(server.temporary.glob("shopscope-metrics-*/counter_*.db"))
    assert len(files) == 2


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v1/tiktok/product/list/analytics?%s" % (b"x" * 20_000), 414),
        (b"/v1/tiktok/product/list/analytics?%s" % (b"x" * 66_000), 414),
        (b"/v1/tiktok/product/list/analytics?%s" % (b"x" * 10_000_000), 431),
        (b"/v1/tiktok/product/list/analytics?\xff", 400),
        (b"/v1/tiktok/product/list/analytics?region=\x00", 400),
        (b"/v1/tiktok/product/list/analytics?region=%00", 400),
        (b"/v1/tiktok/product/list/analytics?region=%FF", 400),
        (b"/%FF%00", 404),
        (b"*", 404),
    ],
)
def test_what_is_refused(server: Running, target: bytes, status: int) -> None:
    answer = raw(server, b"GET %b HTTP/1.1\r\nHost: shop\r\n\r\n" % target)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    if body:  # what reaches the application has the envelope
        assert json.loads(body)["code"] == status
    assert server.alive()


def test_what_is_not_http_is_refused(server: Running) -> None:
    assert raw(server, b"\x16\x03\x01\x02\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"BREW / HTTP/1.1\r\nHost: shop\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert server.alive()


def test_clients_that_hang_up_hurt_nobody(server: Running) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"GET %b HTTP/1.1\r\nHost: shop\r\n\r\n" % PAGE.encode())
    assert server.alive()
    assert not any(line["level"] == "error" for line in server.log())


def test_the_log_is_json_and_tells_where_and_what(server: Running) -> None:
    (serving,) = (line for line in server.log() if line["message"] == "serving")
    assert serving["url"] == server.url
    assert serving["workers"] == 2
    assert serving["regions"]["US"] == {"as_of": AS_OF.isoformat(), "products": 25}
    assert serving["example"].startswith(f"curl '{server.url}/v1/")
    response = server.get(PAGE)
    wanted = response.headers["x-request-id"]
    until(lambda: any(line.get("request_id") == wanted for line in server.log()))


def test_a_switch_of_snapshots_drops_no_request(server: Running) -> None:
    seen: list[tuple[float, int, str]] = []
    stopping = threading.Event()

    def ask_on() -> None:
        with httpx2.Client() as client:
            while not stopping.is_set():
                response = client.get(server.url + PAGE)
                seen.append(
                    (time.monotonic(), response.status_code, response.headers["x-snapshot-id"])
                )

    old = server.get(PAGE).headers["x-snapshot-id"]
    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    new = build(server.data / "snapshots", AS_OF + datetime.timedelta(days=1))
    published = time.monotonic()
    time.sleep(1.5)
    stopping.set()
    for thread in threads:
        thread.join()
    assert {status for _, status, _ in seen} == {200}
    assert {snapshot for _, _, snapshot in seen} == {old, new}
    last_old = max(moment for moment, _, snapshot in seen if snapshot == old)
    assert last_old - published < 1
    assert len(seen) > 50


def test_without_a_snapshot_it_waits_for_one(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.get("/readyz").status_code == 503
        assert decode(server.get(PAGE)).code == 503
        (warning,) = (line for line in server.log() if line["level"] == "warning")
        assert "shopscope rollup" in warning["message"]
        build(tmp_path / "snapshots")
        until(lambda: server.get("/readyz").status_code == 200, 2)
        assert decode(server.get(PAGE)).code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(tmp_path: Path, number: int) -> None:
    with running(tmp_path, workers=2) as server, httpx2.Client() as idle:
        assert idle.get(server.url + "/healthz").status_code == 200
        started = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - started < 3
        assert not any(line["level"] == "error" for line in server.log())
        assert list(server.temporary.iterdir()) == []


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        os.kill(server.workers()[0], signal.SIGKILL)
        until(lambda: len(server.workers()) == 3)
        until(lambda: all(server.alive() for _ in range(10)))
        assert server.stop() == 0


def test_workers_go_with_the_process_that_started_them(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        server.process.kill()
        server.process.wait()

        def refused() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", server.port)) != 0

        until(refused, 5)


def test_a_taken_port_is_told(server: Running, tmp_path: Path) -> None:
    command = [*COMMAND, "--data-dir", str(tmp_path), "--port", str(server.port)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 1
    assert f"Can't listen on 127.0.0.1 port {server.port}: Address already in use" in run.stderr
    assert "--port" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "nowhere.invalid"], "Can't listen on nowhere.invalid"),
        (["--port", "0"], "--port"),
        (["--workers", "none"], "--workers"),
        (["--regions", "USA"], "'USA' is no market"),
        (["--log-level", "loud"], "--log-level"),
    ],
)
def test_a_wrong_option_is_told(tmp_path: Path, options: list[str], words: str) -> None:
    command = [*COMMAND, "--data-dir", str(tmp_path), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode in (1, 2)
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_a_region_alone_is_served(server: Running) -> None:
    with running(server.data, "--regions", "gb") as small:
        assert small.get("/readyz").json()["regions"].keys() == {"GB"}
        assert small.get(PAGE).status_code == ServedElsewhere.code
        assert small.get(PAGE.replace("US", "GB")).status_code == 200


def test_the_help_teaches() -> None:
    environment = {**os.environ, "COLUMNS": "200"}
    command = [*COMMAND, "--help"]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    for words in (
        "shopscope serve --host 0.0.0.0 --workers 4",
        "SHOPSCOPE_PORT",
        "8321",
        "/readyz",
    ):
        assert words in run.stdout
