"""`shopscope snapshots`: which there are, which is served, going back, making room."""

from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from shopscope.cli.common import (
    EXIT_FAILED,
    AsJson,
    DataDir,
    err,
    group,
    out,
    print_json,
    settings_with,
)
from shopscope.errors import SnapshotError
from shopscope.snapshot.manifest import QUALITY, check_sizes, read_manifest, verify
from shopscope.snapshot.publish import SnapshotInfo, SnapshotStore
from shopscope.snapshot.remote import open_store

app = group(
    help="List snapshots, publish or roll back, remove old ones.",
    epilog="With the setting `snapshots_url`, publish, rollback and prune act at that address too. "
    "Example: `shopscope snapshots rollback` serves what was served before.",
)

SnapshotId = Annotated[str, typer.Argument(metavar="ID", help="Id as `list` shows it.")]
OptionalId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="Id as `list` shows it. Default: the one that is served."),
]


@app.command("list")
def list_snapshots(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the snapshots, newest first; `*` marks the one that is served.

    Example: `shopscope snapshots list --json`
    """
    infos = _store(data_dir).list()
    if as_json:
        print_json(infos)
    elif not infos:
        out.print("No snapshots yet: `shopscope rollup` makes one.")
    else:
        out.print(_table(infos))


@app.command()
def show(snapshot_id: OptionalId = None, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show what a snapshot holds: regions, source, files, what its quality check found.

    Example: `shopscope snapshots show --json`
    """
    store = _store(data_dir)
    folder = store.path(_or_current(store, snapshot_id))
    manifest = read_manifest(folder)
    check_sizes(folder, manifest, (QUALITY,))
    quality = msgspec.json.decode((folder / QUALITY).read_bytes())
    if as_json:
        print_json({**msgspec.to_builtins(manifest), "quality": quality})
        return
    out.print(f"[bold]{manifest.id}[/]  made {manifest.created_at:%Y-%m-%d %H:%M %Z}")
    if manifest.only is not None:
        out.print(f"a copy with the files of {', '.join(manifest.only) or 'no region'} only")
    regions = Table("region", "as of", "products")
    for region, info in sorted(manifest.regions.items()):
        regions.add_row(region, str(info.as_of), f"{info.products:,}")
    out.print(regions)
    source = ", ".join(f"{name} {value}" for name, value in manifest.source.items())
    out.print(escape(f"source: {source or 'not told'}"), soft_wrap=True)
    size = sum(file.bytes for file in manifest.files.values())
    out.print(f"{len(manifest.files)} files, {size / 2**20:,.1f} MiB in {folder}", soft_wrap=True)
    out.print(f"{len(quality)} quality findings: `--json` shows them" if quality else "no findings")


@app.command()
def publish(snapshot_id: SnapshotId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Serve this snapshot from now on; running servers switch within a second.

    Example: `shopscope snapshots publish 20260630-0123456789ab`
    """
    _store(data_dir).publish(snapshot_id)
    _now_served(snapshot_id, as_json)


@app.command()
def rollback(
    snapshot_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Default: the one made before the one served."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Serve an older snapshot; running servers switch within a second.

    Example: `shopscope snapshots rollback`
    """
    _now_served(_store(data_dir).rollback(snapshot_id), as_json)


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = 3,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove old snapshots and what killed builds left. The one that is served always stays.

    Example: `shopscope snapshots prune --keep 5`
    """
    removed = _store(data_dir).prune(keep)
    if as_json:
        print_json({"removed": removed})
    else:
        out.print(f"Removed {len(removed)}: {', '.join(removed)}" if removed else "Removed none.")


@app.command("verify")
def verify_snapshot(
    snapshot_id: OptionalId = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Read every byte of a snapshot and hold it against the checksums; exit status 1 if damaged.

    Example: `shopscope snapshots verify`
    """
    store = _store(data_dir)
    chosen = _or_current(store, snapshot_id)
    problems = verify(store.path(chosen))
    if as_json:
        print_json({"id": chosen, "problems": problems})
    else:
        for problem in problems:
            err.print(f"[bold red]damaged:[/] {escape(problem)}", soft_wrap=True)
        if not problems:
            out.print(f"{chosen} is whole.")
    if problems:
        raise typer.Exit(EXIT_FAILED)


def _store(data_dir: Any) -> SnapshotStore:
    return open_store(settings_with(data_dir=data_dir))


def _or_current(store: SnapshotStore, snapshot_id: str | None) -> str:
    chosen = snapshot_id or store.current_id()
    if chosen is None:
        raise SnapshotError(
            f"Nothing is published in {store.root}: name a snapshot, or run `shopscope rollup`."
        )
    return chosen


def _now_served(snapshot_id: str, as_json: bool) -> None:
    if as_json:
        print_json({"current": snapshot_id})
    else:
        out.print(f"Serving {snapshot_id} from now on.")


def _table(infos: list[SnapshotInfo]) -> Table:
    table = Table("", Column("id", no_wrap=True), "made", "as of", "regions", "products", "MiB")
    for column in table.columns[4:]:
        column.justify = "right"
    for info in infos:
        days = sorted(set(info.as_of.values()))
        table.add_row(
            "*" if info.current else "",
            info.id,
            f"{info.created_at:%Y-%m-%d %H:%M}",
            " to ".join(str(day) for day in dict.fromkeys((days[0], days[-1]))) if days else "",
            str(len(info.as_of)),
            f"{info.products:,}",
            f"{info.bytes / 2**20:,.1f}",
        )
    return table
