"""The server under load on loopback: ready when, and how many product lists a second."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from bench import queries
from bench.app import SIZE, STATIC
from bench.load import Load
from shopscope.contract.endpoints import endpoints
from shopscope.contract.products import Equal, ProductListRequest
from shopscope.products.read import list_products
from shopscope.snapshot.reader import Snapshot

_READY_WITHIN = 60.0
_STOP_WITHIN = 10.0


class Served(msgspec.Struct):
    """The same worker process under two loads; `answer_bytes` is the mean of the lists."""

    ready_seconds: float
    answer_bytes: int
    product_list: Load
    static: Load


def serve(snapshot: Snapshot, data_dir: Path, seed: int, count: int) -> Served:
    """Start the server as a user does; then, with the static route, put it under load."""
    with _running([str(Path(sys.executable).with_name("shopscope")), "serve"], data_dir) as (
        _,
        ready,
    ):
        pass
    paths = data_dir / "paths"
    path = next(e.path for e in endpoints() if e.operation_id == "list_products")
    log = queries.log(snapshot, count, seed + 1)
    paths.write_text("".join(f"{path}?{_query(request)}\n" for request in log))
    size = _mean_size(snapshot, log)
    app = [sys.executable, "-m", "bench.app"]
    with _running(app, data_dir, **{SIZE: str(size)}) as (port, _):
        lists = _load(port, paths, count)
        paths.write_text(f"{STATIC}\n")
        static = _load(port, paths, count)
    if lists.failed or static.failed:
        raise RuntimeError(f"{lists.failed + static.failed} requests failed")
    return Served(ready, lists.bytes // lists.requests, lists, static)


def _mean_size(snapshot: Snapshot, log: list[ProductListRequest]) -> int:
    pages = [list_products(snapshot, request).rows for request in log[:500]]
    return sum(len(row) + 1 for page in pages for row in page) // len(pages) + 90


def _query(request: ProductListRequest) -> str:
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


@contextmanager
def _running(command: list[str], data_dir: Path, **env: str) -> Iterator[tuple[int, float]]:
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


def _load(port: int, paths: Path, count: int) -> Load:
    command = [sys.executable, "-m", "bench.load", "--port", str(port), "--paths", str(paths)]
    done = subprocess.run([*command, "--count", str(count)], check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Load)
