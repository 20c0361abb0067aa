"""Build a snapshot of an invented market, in a process of its own so that its memory is known.

What the index holds of each product is kept beside it as Parquet, for the engines that it is
compared with: all of them read the very same products.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import market
from shopscope.settings import Settings
from shopscope.snapshot import names
from shopscope.snapshot.build import RegionRows, build_snapshot
from shopscope.snapshot.coding import INDEXED
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.render import ROW, SCHEMA

NAME = "product_name"
"""The column of folded names in the Parquet files; the others are called as in the index."""


class Built(msgspec.Struct):
    """What it took. The rows are made up in the same process, which is part of the time."""

    products: int
    seconds: float
    generating_seconds: float
    peak_bytes: int
    snapshot_bytes: int


def parquet(data_dir: Path) -> Path:
    """The folder of the index's columns, a file a region."""
    return data_dir / "parquet"


class _Making:
    """The rows of a market as they are made, kept as Parquet on their way to the snapshot."""

    def __init__(self, products: int, seed: int, folder: Path, *, short: bool) -> None:
        self.seconds = 0.0
        self._folder = folder
        self._short = short
        self._market = market.regions(products, seed)

    def regions(self) -> Iterator[RegionRows]:
        self._folder.mkdir()
        for region in self._market:
            yield msgspec.structs.replace(region, rows=self._rows(region))

    def _rows(self, region: RegionRows) -> Iterator[pa.RecordBatch]:
        batches = iter(region.rows)
        writer = None
        while True:
            begin = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                break
            kept = _indexed(batch)
            writer = writer or pq.ParquetWriter(
                self._folder / f"{region.region}.parquet", kept.schema
            )
            writer.write_batch(kept)
            self.seconds += time.perf_counter() - begin
            yield _shortened(batch) if self._short else batch
        if writer is not None:
            writer.close()


def _indexed(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = {
        "region": batch.column("region"),
        "product_id": batch.column("product_id").cast(pa.int64()),
        NAME: names.fold_all(batch.column("product_name")).cast(pa.string()),
        **{name: batch.column(name) for name in INDEXED},
    }
    return pa.RecordBatch.from_pydict(columns)


def _shortened(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same products with ready-made rows that say no more than the id."""
    rows = pc.binary_join_element_wise('{"product_id":"', batch.column("product_id"), '"}', "")
    place = SCHEMA.get_field_index(ROW)
    return batch.set_column(place, SCHEMA.field(ROW), rows)


def build(products: int, seed: int, data_dir: Path, *, short: bool) -> Built:
    """Build and publish a snapshot below `data_dir`."""
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    making = _Making(products, seed, parquet(data_dir), short=short)
    begin = time.perf_counter()
    snapshot_id = build_snapshot(
        store,
        making.regions(),
        market.categories(),
        [],
        {"bench": products, "seed": seed},
        datetime.now(UTC),
    )
    seconds = time.perf_counter() - begin
    store.publish(snapshot_id)
    return Built(products, seconds, making.seconds, _peak(), store.list()[0].bytes)


def _peak() -> int:
    """The most memory this process ever had, mapped files included, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--short-rows", action="store_true", help="rows of 30 bytes, not 2,600")
    given = parser.parse_args()
    built = build(given.products, given.seed, given.data_dir, short=given.short_rows)
    sys.stdout.buffer.write(msgspec.json.encode(built))


if __name__ == "__main__":
    main()
