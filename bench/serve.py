"""Whole servers under the same load on loopback: ours, the conventional one, a static answer."""

import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from bench import conventional, market, queries
from bench.app import SIZE, STATIC
from bench.gate import new_key
from bench.load import Load, load, together
from bench.postgres import NoPostgres, postgres
from shopscope.contract.endpoints import endpoints
from shopscope.contract.products import Equal, ProductListRequest
from shopscope.products.read import list_products
from shopscope.snapshot.reader import Snapshot

ROUNDS = 5
"""Runs of each kind by turns, so that what else the machine does befalls all of them."""

_ROUND_SECONDS, _QUICK_SECONDS = 20.0, 1.2
_CHECKED = 100  # requests whose answers are held against each other
_READY_WITHIN = 60.0
_STOP_WITHIN = 10.0

PATH = next(e.path for e in endpoints() if e.operation_id == "list_products")


class Served(msgspec.Struct):
    """Servers under load; `answer_bytes` is the mean of the lists, and the size of `static`.

    One worker each, but for `two_workers`. A `product_list` is asked with requests that are all
    different, `repeated` with those of a log in which popular ones come again, of which
    `different` is the part that comes for the first time. The `gated` servers ask for a key with
    credits and a rate. What is None was left out, `conventional` for the reason in `left_out`.
    """

    ready_seconds: float
    answer_bytes: int
    different: float
    static: Load
    product_list: Load
    repeated: Load
    gated: Load
    gated_repeated: Load
    two_workers: Load | None = None
    conventional: Load | None = None
    left_out: str | None = None


class _Target(msgspec.Struct):
    """A server and what it is asked, from beginning to end over all rounds."""

    port: int
    requests: Iterator[bytes]
    connections: int = 8


def serve(
    snapshot: Snapshot, data_dir: Path, seed: int, count: int, *, quick: bool = False
) -> Served:
    """Start the servers, hold their answers against each other, then put them under load.

    `count` requests of each kind. A `quick` run leaves out two workers and the conventional server,
    and ends a round after about a second.

    Raises:
        AssertionError: two servers gave different answers.
    """
    asked = list(dict.fromkeys(queries.log(snapshot, 2 * count, seed + 1)))
    different, others = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    repeated = queries.popular(others, count, seed)
    checked = queries.log(snapshot, _CHECKED, seed + 2)
    size = _mean_size(snapshot, checked)
    left_out = None
    with ExitStack() as stack:
        ready = _ready_seconds(data_dir)
        ports = _start_ours(stack, data_dir, size, workers=1 if quick else 2)
        if not quick:
            try:
                ports["conventional"] = _start_conventional(stack, snapshot, seed)
            except NoPostgres as reason:
                left_out = str(reason)
        key = new_key(data_dir)
        for name, port in ports.items():
            _check(port, key if "gated" in name else "", checked, snapshot, name)
        targets = {"static": _Target(ports["product_list"], _requests([STATIC]))}
        for name, port in ports.items():
            log = repeated if "repeated" in name else different
            paths = [f"{PATH}?{query(request)}" for request in log]
            requests = _requests(paths, key if "gated" in name else "")
            targets[name] = _Target(port, requests, 16 if name == "two_workers" else 8)
        loads = _rounds(targets, count, _QUICK_SECONDS if quick else _ROUND_SECONDS)
    return Served(
        ready_seconds=ready,
        answer_bytes=size,
        different=len(set(repeated)) / len(repeated),
        left_out=left_out,
        **loads,
    )


def _rounds(targets: Mapping[str, _Target], count: int, seconds: float) -> dict[str, Load]:
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    for _ in range(ROUNDS):
        for name, target in targets.items():
            end = time.perf_counter() + seconds
            share = count // ROUNDS
            loads[name].append(load(target.requests, target.port, target.connections, share, end))
    failed = {name: sum(one.failed for one in many) for name, many in loads.items()}
    if any(failed.values()):
        raise RuntimeError(f"requests failed: {failed}")
    return {name: together(many) for name, many in loads.items()}


def _requests(paths: list[str], key: str = "") -> Iterator[bytes]:
    head = "Host: 127.0.0.1\r\n" + (f"Authorization: Bearer {key}\r\n" if key else "")
    return itertools.cycle([f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths])


def _check(
    port: int, key: str, log: list[ProductListRequest], snapshot: Snapshot, name: str
) -> None:
    """Hold a server's answers against what is in the snapshot."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    for request in log:
        url = f"http://127.0.0.1:{port}{PATH}?{query(request)}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            found = msgspec.json.decode(answer.read())["data"], int(answer.headers["X-Total-Count"])
        page = list_products(snapshot, request)
        expected = [msgspec.json.decode(row) for row in page.rows], page.total
        assert found == expected, f"{name}, {url}: not what is in the snapshot"


def _mean_size(snapshot: Snapshot, log: list[ProductListRequest]) -> int:
    pages = [list_products(snapshot, request).rows for request in log]
    return round(statistics.mean(sum(len(row) + 1 for row in page) for page in pages)) + 90


def query(request: ProductListRequest) -> str:
    """The request as a client writes it."""
    given: dict[str, object] = {
        "region": request.region,
        "page_num": request.page_num,
        "page_size": request.page_size,
        "product_sort_field": request.sort_field,
        "sort_type": int(request.descending),
    }
    for predicate in request.predicates:
        if isinstance(predicate, Equal):
            given[predicate.column] = predicate.value
        else:
            given[f"min_{predicate.column}"] = predicate.low
            given[f"max_{predicate.column}"] = predicate.high
    return urlencode({name: value for name, value in given.items() if value is not None})


# --- servers ----------------------------------------------------------------


def _ready_seconds(data_dir: Path) -> float:
    """Start the server as a user does."""
    command = [str(Path(sys.executable).with_name("shopscope")), "serve", "--open"]
    with running(command, data_dir) as (_, ready):
        return ready


def _start_ours(stack: ExitStack, data_dir: Path, size: int, *, workers: int) -> dict[str, int]:
    """One server for each kind of load, so that none finds what another has left; their ports."""
    names = {"product_list": "true", "repeated": "true", "gated": "", "gated_repeated": ""}
    ports = {}
    for name, is_open in names.items():
        ports[name] = _ours(stack, data_dir, size, SHOPSCOPE_OPEN=is_open or "false")
    if workers > 1:
        options = {"SHOPSCOPE_OPEN": "true", "SHOPSCOPE_WORKERS": str(workers)}
        ports["two_workers"] = _ours(stack, data_dir, size, **options)
    return ports


def _ours(stack: ExitStack, data_dir: Path, size: int, **env: str) -> int:
    command = [sys.executable, "-m", "bench.app"]
    env = {**env, SIZE: str(size)}
    return stack.enter_context(running(command, data_dir, **env))[0]


def _start_conventional(stack: ExitStack, snapshot: Snapshot, seed: int) -> int:
    """The conventional server over the same products; its port."""
    url = stack.enter_context(postgres())
    products = sum(region.size for region in snapshot.regions.values())
    regions = market.regions(products, seed)
    conventional.load(url, (batch for region in regions for batch in region.rows))
    command = [sys.executable, "-m", "bench.conventional"]
    environment = {conventional.URL: url}
    return stack.enter_context(running(command, Path(), **environment))[0]


@contextmanager
def running(command: list[str], data_dir: Path, **env: str) -> Iterator[tuple[int, float]]:
    """Run a server until it is left; gives its port, and the seconds until it was ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"SHOPSCOPE_DATA_DIR": str(data_dir), "SHOPSCOPE_PORT": str(port)}
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **settings, **env}, stderr=subprocess.DEVNULL
    )
    try:
        while not _ready(port):
            if process.poll() is not None or time.perf_counter() - begin > _READY_WITHIN:
                raise RuntimeError(f"The server did not get ready: {' '.join(command)}")
            time.sleep(0.01)
        yield port, time.perf_counter() - begin
    finally:
        process.terminate()
        try:
            process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
