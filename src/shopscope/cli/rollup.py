"""`shopscope rollup`: from the lake to a published snapshot."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from shopscope.cli.common import (
    AsJson,
    DataDir,
    LakeUrl,
    SnapshotsUrl,
    err,
    out,
    print_json,
    setting_option,
    settings_with,
)
from shopscope.rollup.run import RollupResult
from shopscope.rollup.run import rollup as run_rollup


def rollup(
    data_dir: DataDir = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Look at everything as it was at the end of this day.",
            show_default="each market's newest day",
        ),
    ] = None,
    engine: Annotated[str | None, setting_option("engine", metavar="URL")] = None,
    lake_url: LakeUrl = None,
    snapshots_url: SnapshotsUrl = None,
    trend_ratio: Annotated[float | None, setting_option("trend_ratio")] = None,
    trend_units: Annotated[int | None, setting_option("trend_units")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute every product's totals and windows, and publish them as a snapshot.

    Running servers switch to the new snapshot by themselves; with the setting `snapshots_url`,
    those of other machines that follow this address too. What does not add up in the data is
    listed and kept with the snapshot. If nothing changed since the last rollup, nothing is done.

    Example: `shopscope rollup`, or `shopscope rollup --as-of 2026-04-26`
    """
    settings = settings_with(
        data_dir=data_dir,
        engine=engine,
        lake_url=lake_url,
        snapshots_url=snapshots_url,
        trend_ratio=trend_ratio,
        trend_units=trend_units,
    )
    with err.status("Reading the lake") as status:
        result = run_rollup(
            settings,
            now=datetime.now(UTC),
            as_of=as_of.date() if as_of else None,
            progress=lambda step: status.update(escape(step)),
        )
    if as_json:
        print_json(result)
    else:
        _show(result)


def _show(result: RollupResult) -> None:
    if result.regions:
        table = Table("Market", "As of", "Products", "computed", "delivered", box=None)
        for column in table.columns[2:]:
            column.justify = "right"
        for region, summary in result.regions.items():
            numbers = (summary.products, summary.computed, summary.delivered)
            table.add_row(region, str(summary.as_of), *(f"{n:,}" for n in numbers))
        out.print(table)
    if result.findings:
        table = Table(
            "Market", "Count", "What does not add up", "Example", box=None, title="Quality"
        )
        table.columns[1].justify = "right"
        for finding in result.findings:
            table.add_row(
                finding.region, f"{finding.count:,}", escape(finding.what), finding.example
            )
        out.print(table)
    what = "is served already: nothing changed" if result.unchanged else "is published"
    out.print(f"Snapshot {result.snapshot} {what}. Serve it with `shopscope serve`.")
