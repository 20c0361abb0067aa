"""Build a snapshot of an invented market, in a process of its own so that its memory is known."""

import argparse
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import market
from shopscope.settings import Settings
from shopscope.snapshot.build import build_snapshot
from shopscope.snapshot.publish import SnapshotStore


class Built(msgspec.Struct):
    """What it took. The rows are made up in the same process, which is part of the time."""

    products: int
    seconds: float
    generating_seconds: float
    peak_bytes: int
    snapshot_bytes: int


def build(products: int, seed: int, data_dir: Path) -> Built:
    """Build and publish a snapshot below `data_dir`."""
    begin = time.perf_counter()
    for region in market.regions(products, seed):
        for _ in region.rows:
            pass
    generating = time.perf_counter() - begin
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    begin = time.perf_counter()
    snapshot_id = build_snapshot(
        store,
        market.regions(products, seed),
        market.categories(),
        [],
        {"bench": products, "seed": seed},
        datetime.now(UTC),
    )
    seconds = time.perf_counter() - begin
    store.publish(snapshot_id)
    return Built(products, seconds, generating, _peak(), store.list()[0].bytes)


def _peak() -> int:
    """The most memory this process ever had, mapped files included, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    given = parser.parse_args()
    built = build(given.products, given.seed, given.data_dir)
    sys.stdout.buffer.write(msgspec.json.encode(built))


if __name__ == "__main__":
    main()
