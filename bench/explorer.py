"""`python -m bench.explorer`: the explorer's pages over HTTP, as a browser asks for them, in turn.

The market is invented (`bench.market`, with the days of `bench.days`), the server is the one that
people start, on a machine that does nothing else. A filter change is what htmx asks for then: the
table, its count, and all that stands around it.
"""

import argparse
import http.client
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from bench import days, market, queries
from bench.serve import running
from shopscope.contract.history import DAY, MONTH, WEEK
from shopscope.contract.products import Equal, ProductListRequest
from shopscope.settings import Settings
from shopscope.snapshot.build import build_snapshot
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.web.product_query import ROWS

PERIODS = {"day": DAY, "week": WEEK, "month": MONTH}


class Asked(msgspec.Struct):
    """How long answers took, in milliseconds, and the most HTML that one of them had."""

    requests: int
    p50: float
    p95: float
    bytes_max: int


class Explored(msgspec.Struct):
    """One run: what was asked by its name."""

    products: int
    seed: int
    ready_seconds: float
    asked: dict[str, Asked]


class _Browser:
    """One connection that asks for pages, and keeps how long each took by what it is called."""

    def __init__(self, port: int) -> None:
        self._server = http.client.HTTPConnection("127.0.0.1", port)
        self._taken: dict[str, list[tuple[float, int]]] = {}

    def get(self, name: str, address: str, part: str = "") -> str:
        """The page at an address, or the part of it with this id."""
        headers = {"Accept": "text/html"}
        if part:
            headers |= {"HX-Request": "true", "HX-Target": f"div#{part}"}
        begin = time.perf_counter()
        self._server.request("GET", address, headers=headers)
        answer = self._server.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - begin) * 1e3
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{address}: {answer.status}")
        self._taken.setdefault(name, []).append((taken, len(body)))
        return body.decode()

    def asked(self) -> dict[str, Asked]:
        """What was asked so far."""
        found = {}
        for name, taken in self._taken.items():
            p50, p95 = np.percentile([ms for ms, _ in taken], [50, 95]).tolist()
            found[name] = Asked(len(taken), p50, p95, max(size for _, size in taken))
        return found


def build(products: int, seed: int, data_dir: Path) -> None:
    """Build and publish a snapshot with the days behind its products."""
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    rows, made_at = days.regions(products, seed), datetime.now(UTC)
    store.publish(build_snapshot(store, rows, market.categories(), [], {}, made_at))


def explore(data_dir: Path, products: int, seed: int, count: int) -> Explored:
    """Serve what is published below `data_dir`, and look at its pages."""
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    snapshot = Snapshot.open(store.path(store.current_id() or ""))
    log = queries.log(snapshot, count, seed)
    command = [str(Path(sys.executable).with_name("shopscope")), "serve", "--open"]
    with running(command, data_dir) as (port, ready):
        browser = _Browser(port)
        browser.get("first page of a worker", "/products?region=US")
        _products(browser, [_filtered(request) for request in log])
        _boards(browser, count)
        for region in snapshot.regions:
            browser.get("categories", f"/categories?region={region}")
        _product_pages(browser, snapshot, count)
        return Explored(products, seed, ready, browser.asked())


def _products(browser: _Browser, addresses: list[str]) -> None:
    for address in addresses:
        browser.get("filter change", address, "results")
        browser.get("histograms and categories", address, "spread")
    for address in addresses:
        browser.get("products", address)
    for rows in ROWS:
        browser.get(f"products, {rows} rows", f"/products?region=US&page_size={rows}")


def _filtered(request: ProductListRequest) -> str:
    """The address of a selection, on its first page as after a filter has changed."""
    address = f"/products?region={request.region}&product_sort_field={request.sort_field}"
    for predicate in request.predicates:
        if isinstance(predicate, Equal):
            address += f"&{predicate.column}={quote(str(predicate.value))}"
            continue
        for side, bound in (("min", predicate.low), ("max", predicate.high)):
            address += "" if bound is None else f"&{side}_{predicate.column}={bound}"
    return address


def _boards(browser: _Browser, count: int) -> None:
    regions = list(market.REGIONS)
    for place in range(count // 2):
        region = regions[place % len(regions)]
        for board in ("rising", "falling", "new"):
            browser.get(f"board, {board}", f"/boards?board={board}&region={region}")
    for name, kind in PERIODS.items():
        for region, first in zip(regions, _firsts(kind), strict=False):
            address = f"/boards?board=sold&region={region}&rank_type={kind}&date={first}"
            browser.get(f"board, most sold, {name}", address)
            browser.get(f"board, most sold, {name}, again", address)


def _firsts(kind: int) -> Iterator[str]:
    """First days of periods, newest first, and over again."""
    known = [market.AS_OF - timedelta(age) for age in range(days.DAYS - 1)]
    begun = [
        day
        for day in known
        if kind == DAY or (day.weekday() == 0 if kind == WEEK else day.day == 1)
    ]
    while True:
        yield from (day.isoformat() for day in begun)


def _product_pages(browser: _Browser, snapshot: Snapshot, count: int) -> None:
    for region, data in snapshot.regions.items():
        chosen = np.linspace(0, data.size - 1, max(count // len(snapshot.regions), 2)).astype(int)
        for place, product_id in enumerate(data.product_ids[chosen].tolist()):
            address = f"/product?product_id={product_id}&region={region}"
            browser.get("product", address)
            visit = "first in a market" if place == 0 else "again"
            browser.get(f"rank history, {visit}", address, "ranks")


def _table(report: Explored) -> Table:
    table = Table("page", "asked", "p50 ms", "p95 ms", "HTML kB")
    table.title = f"{report.products:,} products, ready in {report.ready_seconds:.1f} s"
    for name, asked in report.asked.items():
        size = f"{asked.bytes_max / 1e3:.0f}"
        table.add_row(name, f"{asked.requests}", f"{asked.p50:.0f}", f"{asked.p95:.0f}", size)
    return table


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m bench.explorer", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=150, help="requests of the usual kinds")
    parser.add_argument("--folder", type=Path, help="where to put gigabytes for a while")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    given = parser.parse_args(None if arguments is None else list(arguments))
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-", dir=given.folder) as folder:
        build(given.products, given.seed, Path(folder))
        report = explore(Path(folder), given.products, given.seed, given.pages)
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    else:
        Console().print(_table(report))


if __name__ == "__main__":
    main()
