"""`python -m bench.write`: loading files, and rolling up histories of two lengths.

Seconds of the clock and of the processor: on a machine with other work compare the latter.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
from rich.console import Console
from rich.table import Table

from bench import facts
from shopscope.ingest.load import Limit, Options, load_file
from shopscope.ingest.request import Request
from shopscope.lake.tables import Lake
from shopscope.rollup.run import rollup
from shopscope.settings import Settings

FORMATS = {
    "csv": ("FORMAT csv, HEADER", "read_csv"),
    "parquet": ("FORMAT parquet", "read_parquet"),
    "ndjson": ("FORMAT json", "read_json"),
}
"""How DuckDB writes each, and its reader."""

_COLUMNS = (
    "region, product_id, day, currency, sale, sale_gmv, video_sale, video_sale_gmv, live_sale, "
    "live_sale_gmv, video, live, views, ifl, spu_avg_price, product_rating, review_count"
)


class Took(msgspec.Struct):
    """What a step took, in seconds, and the most memory that its process ever had."""

    wall: float
    cpu: float
    peak_bytes: int


def main() -> None:
    given = _arguments()
    table = Table("what", "clock", "processor", "memory", title=f"{given.products:,} products")
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-", dir=given.folder) as folder:
        rolled = {}
        for days in given.days:
            data_dir = Path(folder) / str(days)
            count = facts.fill(Lake(data_dir / "lake"), given.products, days, given.every)
            rolled[days] = _apart(roll_up, data_dir)
            _row(table, f"rollup, {days} days, {count:,} facts", rolled[days])
        data_dir = Path(folder) / str(given.days[0])
        for name in FORMATS:
            path = _export(data_dir, name, given.rows)
            read, loaded = _apart(read_file, path), _apart(load, path)
            _row(table, f"DuckDB reads {given.rows:,} rows of {name}", read)
            _row(table, f"load of them, {loaded.cpu / read.cpu:.1f} times the processor", loaded)
    shortest, longest = rolled[given.days[0]], rolled[given.days[-1]]
    table.add_row("rollup, longest against first", *_ratios(longest, shortest))
    Console().print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.write", description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--days", type=int, nargs="+", default=[90, 360], help="history, in days")
    parser.add_argument("--every", type=int, default=3, help="days between a product's facts")
    parser.add_argument("--rows", type=int, default=300_000, help="rows of the files to load")
    parser.add_argument("--folder", type=Path, help="where to put gigabytes for a while")
    return parser.parse_args()


def roll_up(data_dir: Path) -> None:
    """Roll up the lake below a folder."""
    rollup(Settings(data_dir=data_dir), now=datetime.now(UTC), progress=lambda _: None)


def read_file(path: Path) -> None:
    """Read a file into a table of DuckDB."""
    _, reader = FORMATS[path.suffix[1:]]
    with duckdb.connect() as db:
        db.execute(f"CREATE TABLE facts AS FROM {reader}('{path}')")


def load(path: Path) -> None:
    """Load a file into a lake of its own."""
    options = Options(Request(now=datetime.now(UTC)), Limit(rows=0))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        result = load_file(path, Lake(Path(folder) / "lake"), Path(folder) / "rejects", options)
    if result.error is not None:
        sys.exit(f"{path.name} was not loaded: {result.error}")


def _export(data_dir: Path, name: str, rows: int) -> Path:
    path = data_dir / f"facts.{name}"
    scan = Lake(data_dir / "lake").scan("product_daily")
    options, _ = FORMATS[name]
    with duckdb.connect() as db:
        query = f"SELECT {_COLUMNS} FROM {scan} LIMIT {rows}"
        db.execute(f"COPY ({query}) TO '{path}' ({options})")
    return path


def _apart(step: Callable[[Path], None], path: Path) -> Took:
    """What a step takes in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_timed, step, path).result()


def _timed(step: Callable[[Path], None], path: Path) -> Took:
    began, before = time.perf_counter(), time.process_time()
    step(path)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return Took(time.perf_counter() - began, time.process_time() - before, peak)


def _row(table: Table, name: str, took: Took) -> None:
    memory = f"{took.peak_bytes / 1e9:.2f} GB"
    table.add_row(name, f"{took.wall:.1f} s", f"{took.cpu:.1f} s", memory)


def _ratios(longest: Took, shortest: Took) -> tuple[str, str]:
    return f"{longest.wall / shortest.wall:.2f}", f"{longest.cpu / shortest.cpu:.2f}"


if __name__ == "__main__":
    main()
