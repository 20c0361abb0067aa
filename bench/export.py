"""`python -m bench.export`: exports of a market of one region, and what they do to product lists.

Ways to make columns of rows are timed in this process, in processor time. Then the server that
people start is asked for whole files, and for product lists with and without an export beside them,
in turns, so that what else the machine does befalls both.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json
from rich.console import Console
from rich.table import Table as Shown

from bench import market
from bench.client import best
from bench.load import Load
from bench.load import load_apart as load_of
from bench.serve import running
from shopscope import Client
from shopscope.contract.exports import FORMATS
from shopscope.contract.products import FIELDS, SORT_FIELDS
from shopscope.products.export.formats import AT_ONCE
from shopscope.products.export.table import Table, schema_of
from shopscope.settings import Settings
from shopscope.snapshot.build import RegionRows, build_snapshot
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import RegionData, Snapshot

REGION = "US"
_TYPES = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64()}
_WIRE = pa.schema([(field.name, _TYPES[field.type]) for field in FIELDS])


class File(msgspec.Struct):
    """One format of the whole region."""

    seconds: float
    bytes: int


class Exported(msgspec.Struct):
    """One run: microseconds a row of each way, each format, lists alone and beside an export."""

    products: int
    ways: dict[str, float]
    files: dict[str, File]
    alone: Load
    beside: Load
    p99_ratio: float


def build(products: int, seed: int, data_dir: Path) -> Snapshot:
    """A published market whose products are all in one region."""
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    rows = RegionRows(REGION, market.AS_OF, market.batches(REGION, products, seed))
    source = {"bench": products, "seed": seed}
    now = datetime.now(UTC)
    made = build_snapshot(store, [rows], market.categories(), [], source, now)
    store.publish(made)
    return Snapshot.open(store.path(made))


def ways(region: RegionData, rows: int) -> dict[str, float]:
    """Microseconds a row, of each way to make columns of stored rows."""
    rng = np.random.default_rng(1)
    numbers = rng.permutation(region.size)[:rows].astype(np.uint32)
    parts = [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]
    table = Table(REGION, region, schema_of(extra_fields=False))
    to_dict = msgspec.json.Decoder(dict[str, Any])

    def by_dicts() -> None:
        for part in parts:
            listed = [to_dict.decode(region.row(number)) for number in part.tolist()]
            for field in _WIRE:
                pa.array([row[field.name] for row in listed], field.type)

    def by_arrow() -> None:
        parse = pa_json.ParseOptions(explicit_schema=_WIRE, unexpected_field_behavior="ignore")
        for part in parts:
            text = b"\n".join(region.row(number) for number in part.tolist())
            read = pa_json.ReadOptions(use_threads=False, block_size=len(text) + 1)
            pa_json.read_json(pa.BufferReader(text), read, parse)

    def by_index() -> None:
        for part in parts:
            table.batch(part)

    acts: dict[str, Callable[[], object]] = {
        "dicts of rows": by_dicts,
        "pyarrow.json": by_arrow,
        "index and texts (the export's)": by_index,
    }
    return best(acts, len(numbers), 3)


def files(port: int, folder: Path) -> dict[str, File]:
    """Each format once, as the client writes it."""
    found = {}
    with Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
        for name in FORMATS:
            path = folder / f"all.{name}"
            begin = time.perf_counter()
            client.products.export(path, region=REGION)
            found[name] = File(time.perf_counter() - begin, path.stat().st_size)
            path.unlink()
    return found


@contextmanager
def exporting(port: int, path: Path) -> Iterator[None]:
    """Have one Parquet export after the other made while inside."""
    stop = threading.Event()

    def work() -> None:
        with Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
            while not stop.is_set():
                client.products.export(path, region=REGION)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def lists(port: int, folder: Path, rounds: int, seconds: float) -> tuple[Load, Load, float]:
    """Product lists without and with an export beside them, and the median ratio of their p99."""
    address = "/v1/tiktok/product/list/analytics"
    paths = folder / "paths"
    paths.write_text(
        "".join(
            f"{address}?region={REGION}&page_size=10&page_num={number % 997 + 1}"
            f"&min_total_sale_cnt={number}&product_sort_field={number % len(SORT_FIELDS) + 1}\n"
            for number in range(20_000)
        )
    )
    pairs = []
    for _ in range(rounds):
        alone = load_of(port, paths, 10**6, seconds=seconds)
        with exporting(port, folder / "beside.parquet"):
            time.sleep(2)  # until the process is at work
            pairs.append((alone, load_of(port, paths, 10**6, seconds=seconds)))
    pairs.sort(key=lambda pair: pair[1].p99 / pair[0].p99)
    alone, beside = pairs[len(pairs) // 2]
    return alone, beside, median(two.p99 / one.p99 for one, two in pairs)


def measure(products: int, seed: int, rows: int, rounds: int, seconds: float) -> Exported:
    """Build a market and measure all of it."""
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-") as name:
        folder = Path(name)
        snapshot = build(products, seed, folder)
        found = ways(snapshot.regions[REGION], rows)
        command = [str(Path(sys.executable).with_name("shopscope")), "serve", "--open"]
        with running(command, folder) as (port, _):
            made = files(port, folder)
            alone, beside, ratio = lists(port, folder, rounds, seconds)
    return Exported(products, found, made, alone, beside, ratio)


def show(found: Exported) -> None:
    """The figures as tables."""
    console = Console()
    ways_made = Shown("way to make columns", "µs a row", title="Processor time")
    for name, micros in found.ways.items():
        ways_made.add_row(name, f"{micros:.1f}")
    files_made = Shown("format", "s", "MB", title=f"{found.products:,} rows through the client")
    for name, file in found.files.items():
        files_made.add_row(name, f"{file.seconds:.1f}", f"{file.bytes / 1e6:.0f}")
    listed = Shown("product lists", "p50 ms", "p99 ms", "requests/s", title="Beside an export")
    for name, load in (("alone", found.alone), ("beside a Parquet export", found.beside)):
        listed.add_row(name, f"{load.p50:.2f}", f"{load.p99:.2f}", f"{load.per_second:.0f}")
    console.print(ways_made, files_made, listed)
    console.print(f"p99 beside an export: {found.p99_ratio:.2f} times that without (median)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=20_000, help="for the ways to make columns")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each load")
    given = parser.parse_args()
    found = measure(given.products, given.seed, given.rows, given.rounds, given.seconds)
    show(found)
    sys.stdout.write(f"{msgspec.json.encode(found).decode()}\n")


if __name__ == "__main__":
    main()
