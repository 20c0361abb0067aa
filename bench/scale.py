"""What a product weighs in a snapshot, what that is for a billion, and how fast a node fetches it.

python -m bench.scale --products 100000

The market is invented and has the days behind each product. It is published in a folder and its
largest market fetched from there: every byte is read, held against its checksum and brought to the
disk, so a network can only be slower.
"""

import argparse
import collections
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.explorer import build
from shopscope.settings import Settings
from shopscope.snapshot.manifest import Manifest, read_manifest, region_folder
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.remote import RemoteSnapshots

BILLION = 1_000_000_000

PARTS: dict[str, tuple[str, ...]] = {
    "index": ("columns", "orders", "values", "grams", "cuts"),
    "ready rows": ("rows",),
    "days": ("history", "growth"),
}
"""Files of a market by what they are for."""


def weights(manifest: Manifest) -> dict[str, float]:
    """Bytes a product, by part."""
    bytes_of: collections.Counter[str] = collections.Counter()
    for name, info in manifest.files.items():
        stem = Path(name).stem
        part = next((part for part, stems in PARTS.items() if stem in stems), "other")
        bytes_of[part] += info.bytes
    return {part: size / manifest.counts["products"] for part, size in bytes_of.items()}


def fetch(store: SnapshotStore, manifest: Manifest, folder: Path) -> str:
    """Publish in a folder, fetch the largest market from there, and tell of both."""
    remote = RemoteSnapshots(f"file://{folder}/shared")
    begin = time.perf_counter()
    remote.push(store.path(manifest.id))
    pushed = time.perf_counter()
    region = max(manifest.regions, key=lambda name: manifest.regions[name].products)
    node = SnapshotStore(folder / "node")
    remote.fetch(manifest.id, node, [region])
    fetched = time.perf_counter()
    whole = sum(info.bytes for info in manifest.files.values())
    part = sum(info.bytes for info in read_manifest(node.path(manifest.id)).files.values())
    own = sum(
        info.bytes
        for name, info in manifest.files.items()
        if name.startswith(f"{region_folder(region)}/")
    )
    return (
        f"pushed {whole / 1e6:,.0f} MB at {whole / 1e6 / (pushed - begin):,.0f} MB/s, "
        f"fetched {part / 1e6:,.0f} MB ({own / 1e6:,.0f} MB of {region}) "
        f"at {part / 1e6 / (fetched - pushed):,.0f} MB/s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    out = Console(width=100)
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-") as name:
        folder = Path(name)
        build(given.products, given.seed, folder)
        store = SnapshotStore(Settings(data_dir=folder).snapshots_dir)
        manifest = read_manifest(store.path(str(store.current_id())))
        table = Table("part", "bytes a product", "GB for a billion", box=None)
        for part, weight in sorted(weights(manifest).items(), key=lambda pair: -pair[1]):
            table.add_row(part, f"{weight:,.0f}", f"{weight * BILLION / 1e9:,.0f}")
        out.print(table)
        out.print(fetch(store, manifest, folder))


if __name__ == "__main__":
    main()
