"""One rollup: from the lake as it is to a published snapshot."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from shopscope import __version__
from shopscope.errors import BadInput, SnapshotError
from shopscope.lake.tables import Lake, open_lake
from shopscope.rollup.categories import CategoryTree
from shopscope.rollup.engines import Engine, connect
from shopscope.rollup.history import histories, in_order
from shopscope.rollup.insights import insight_tables
from shopscope.rollup.rows import Rows, product_rows
from shopscope.settings import Settings
from shopscope.snapshot.build import RegionRows, build_snapshot
from shopscope.snapshot.history import HISTORY_DAYS
from shopscope.snapshot.manifest import read_manifest
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.remote import open_store
from shopscope.snapshot.report import LOADS, Finding, LoadInfo, read_findings

Progress = Callable[[str], None]

_SCRATCH = ".rollup-"

LOADS_MAX = 100
"""How many loads a snapshot tells of."""


class RegionSummary(msgspec.Struct, frozen=True):
    """What a rollup made of one region."""

    as_of: date
    products: int
    computed: int
    delivered: int


class RollupResult(msgspec.Struct, frozen=True):
    """The snapshot that is served now; `unchanged`: it was there already."""

    snapshot: str
    unchanged: bool
    regions: dict[str, RegionSummary]
    findings: list[Finding]


def rollup(
    settings: Settings, *, now: datetime, as_of: date | None = None, progress: Progress
) -> RollupResult:
    """Compute every product's row, build a snapshot of them and publish it.

    Args:
        settings: where lake and snapshots are, and the trend's two numbers.
        now: the time that the snapshot is stamped with.
        as_of: the day at whose end everything is looked at; None: each region's newest day.
        progress: told what happens next.

    Raises:
        BadInput: the lake has nothing to roll up.
        EngineError: the cluster of `settings.engine` can't be reached, or gave up.
    """
    lake, store = open_lake(settings), open_store(settings)
    source = _source(lake, settings, as_of)
    if (found := _built_before(store, source)) is not None:
        return found
    if not lake.version:
        raise BadInput(_nothing_in(settings, None))
    with _scratch(settings.snapshots_dir) as scratch, connect(scratch, settings.engine) as engine:
        tree = CategoryTree(lake.read("category_name"))
        progress("Windows and rows")
        rows = product_rows(engine, lake, tree, settings, as_of)
        progress("Insights")
        insights = insight_tables(engine, lake, tree, rows.table, as_of)
        if not rows.as_of and not tree.places and insights is None:
            raise BadInput(_nothing_in(settings, as_of))
        summaries = _summaries(engine, rows)
        snapshot = build_snapshot(
            store,
            _regions(engine, rows, progress),
            tree.table(),
            [msgspec.to_builtins(finding) for finding in rows.findings],
            {**source, "regions": msgspec.to_builtins(summaries), LOADS: _loads(lake)},
            now,
            insights=insights,
        )
    progress("Publishing")
    store.publish(snapshot)
    return RollupResult(snapshot, False, summaries, rows.findings)


def _nothing_in(settings: Settings, as_of: date | None) -> str:
    until = f" on or before {as_of}" if as_of else ""
    place = settings.lake_url or settings.lake_dir
    return (
        f"The lake in {place} has no products and no categories{until}. "
        "Load files with `shopscope load` first."
    )


@contextmanager
def _scratch(snapshots: Path) -> Iterator[str]:
    """A folder for what exceeds memory; what a killed rollup left of its own is removed.

    Raises:
        SnapshotError: the folder of snapshots can't be written, or another rollup is at work.
    """
    lock = FileLock(snapshots / ".rollup.lock", timeout=0)
    try:
        snapshots.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        for left in snapshots.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = tempfile.mkdtemp(prefix=_SCRATCH, dir=snapshots)
    except Timeout:
        raise SnapshotError(
            f"Another rollup is at work in {snapshots}. Wait until it ends."
        ) from None
    except OSError as error:
        lock.release()
        raise SnapshotError(
            f"Snapshots can't be written to {snapshots}: {error.strerror}"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _summaries(engine: Engine, rows: Rows) -> dict[str, RegionSummary]:
    table = rows.table
    grouped = table.group_by("region").aggregate(
        products=table.count(), delivered=table.row.count()
    )
    return {
        row["region"]: RegionSummary(
            rows.as_of[row["region"]],
            row["products"],
            row["products"] - row["delivered"],
            row["delivered"],
        )
        for row in engine.fetch(grouped.order_by("region")).to_pylist()
    }


def _regions(engine: Engine, rows: Rows, progress: Progress) -> Iterator[RegionRows]:
    for region, day in rows.as_of.items():
        progress(f"Building {region}")
        of_region = rows.table.filter(rows.table.region == region).drop("key", "unplaced")
        facts = rows.facts.filter(rows.facts.region == region).drop("region")
        history = histories(engine.stream(in_order(facts)))
        yield RegionRows(region, day, engine.stream(of_region), history)


def _source(lake: Lake, settings: Settings, as_of: date | None) -> dict[str, Any]:
    """What a snapshot is made from: equal sources give equal snapshots."""
    return {
        "lake_url": settings.lake_url,
        "lake_version": lake.version,
        "as_of": as_of.isoformat() if as_of else None,
        "trend_ratio": settings.trend_ratio,
        "trend_units": settings.trend_units,
        "history_days": HISTORY_DAYS,
        "shopscope": __version__,
    }


def _loads(lake: Lake) -> list[Any]:
    """The newest loads, newest first: servers tell of them without opening the lake."""
    rows = lake.read("loads", LoadInfo.__struct_fields__)
    newest = rows.sort_by([("loaded_at", "descending"), ("path", "ascending")]).slice(0, LOADS_MAX)
    loads = []
    for row in newest.to_pylist():
        named = {"path": Path(row["path"]).name, "loaded_at": row["loaded_at"].replace(tzinfo=UTC)}
        loads.append(LoadInfo(**{**row, **named}))
    told: list[Any] = msgspec.to_builtins(loads)
    return told


def _built_before(store: SnapshotStore, source: dict[str, Any]) -> RollupResult | None:
    """The snapshot that is served, if it was made from the same source."""
    current = store.current_id()
    if current is None:
        return None
    folder = store.path(current)
    try:
        made_from = dict(read_manifest(folder).source)
    except SnapshotError:  # damaged, or of another format
        return None
    summaries = made_from.pop("regions", None)
    made_from.pop(LOADS, None)
    if made_from != source:
        return None
    findings = read_findings(folder)
    regions = msgspec.convert(summaries, dict[str, RegionSummary])
    return RollupResult(current, True, regions, findings)
