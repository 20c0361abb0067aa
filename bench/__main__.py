"""`python -m bench`: invented markets, searched and served side by side with what else there is."""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from bench.build import Built
from bench.gate import measure
from bench.report import Report, Size, keep, machine, shown, write_page
from bench.search import ENGINES, ON_DISK, Searched, search
from bench.serve import Served, serve
from bench.worker import Worker, worker
from shopscope.settings import Settings
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot

console = Console(stderr=True)


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-", dir=given.folder) as folder:
        gate = measure(_subfolder(folder, "gate"))
        sizes = [_first(given, _subfolder(folder, "first"))]
    for products in given.also:
        with tempfile.TemporaryDirectory(prefix="shopscope-bench-", dir=given.folder) as folder:
            sizes.append(_further(given, products, Path(folder)))
    command = f"python -m bench --products {given.products} --seed {given.seed}"
    command += "".join(f" --also {products}" for products in given.also)
    report = Report(datetime.now(UTC), command, machine(), given.seed, gate, sizes)
    Console().print(shown(report))
    console.print(f"Kept as {keep(report)}")
    if given.write:
        write_page(report)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument(
        "--also",
        type=int,
        action="append",
        default=[],
        help="a further size, where search is measured with the engines that keep their data on "
        "disk, and the memory of a worker",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--searches", type=int, default=1_000, help="requests to all engines")
    parser.add_argument("--requests", type=int, default=10_000, help="HTTP requests of each kind")
    parser.add_argument("--no-http", dest="http", action="store_false", help="leave servers out")
    parser.add_argument("--folder", type=Path, help="where to put gigabytes for a while")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    return parser.parse_args()


def _subfolder(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def _first(given: argparse.Namespace, data_dir: Path) -> Size:
    """Everything there is to measure."""
    built = build(given.products, given.seed, data_dir)
    searched = _searched(given, data_dir, tuple(ENGINES))
    if not given.http:
        return Size(built, searched, None, None)
    served = serving(data_dir, given.seed, given.requests)
    return Size(built, searched, served, _worker(given, data_dir))


def _further(given: argparse.Namespace, products: int, data_dir: Path) -> Size:
    """Search and one worker: rows of a whole answer would take 26 GB for 10 million products."""
    built = build(products, given.seed, data_dir, "--short-rows")
    searched = _searched(given, data_dir, ON_DISK)
    return Size(built, searched, None, _worker(given, data_dir) if given.http else None)


def _worker(given: argparse.Namespace, data_dir: Path) -> Worker:
    console.print("Looking at one worker…")
    return worker(_opened(data_dir), data_dir, given.seed, given.searches)


def _searched(given: argparse.Namespace, data_dir: Path, names: tuple[str, ...]) -> Searched:
    console.print("Searching, side by side:")
    return search(data_dir, given.seed, given.searches, names, console.print)


def build(products: int, seed: int, data_dir: Path, *options: str) -> Built:
    """Build a snapshot of an invented market in `data_dir`."""
    console.print(f"Building a snapshot of {products:,} invented products…")
    command = [sys.executable, "-m", "bench.build", "--data-dir", str(data_dir), *options]
    command += ["--products", str(products), "--seed", str(seed)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Built)


def serving(data_dir: Path, seed: int, requests: int, *, quick: bool = False) -> Served:
    """Serve what was built."""
    console.print("Serving it…")
    return serve(_opened(data_dir), data_dir, seed, requests, quick=quick)


def _opened(data_dir: Path) -> Snapshot:
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    return Snapshot.open(store.path(store.current_id() or ""))


if __name__ == "__main__":
    main()
