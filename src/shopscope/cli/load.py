"""`shopscope load`: files into the lake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from shopscope.cli.common import (
    EXIT_FAILED,
    EXIT_REJECTS,
    AsJson,
    DataDir,
    LakeUrl,
    err,
    out,
    print_json,
    settings_with,
)
from shopscope.errors import BadInput, ShopscopeError
from shopscope.ingest.files import expand
from shopscope.ingest.library import profile_in, profile_named
from shopscope.ingest.load import FileResult, Limit, Options, load_file
from shopscope.ingest.numbers import Reject
from shopscope.ingest.parse import Form, parser
from shopscope.ingest.profile import Profile
from shopscope.ingest.request import Request
from shopscope.lake.tables import open_lake

SHOWN_REASONS = 5


class Summary(msgspec.Struct):
    """What `--json` prints: each file, and the totals."""

    files: list[FileResult]
    rows: int
    loaded: int
    rejected: int
    duplicates: int
    failed: int
    dry_run: bool


Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILES", help="Files, or folders whose files of known extensions are loaded."
    ),
]
ProfileName = Annotated[
    str | None, typer.Option(help="Read the files with this profile (`profiles list`).")
]
ProfileFile = Annotated[
    Path | None, typer.Option(help="Read the files with a profile of your own.")
]
Day = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Day the rows describe, yyyy-mm-dd, where they do not say it. Default: a date in the "
        "document, else in the file's name, else today.",
    ),
]
Locale = Annotated[
    str | None, typer.Option(help="Language of names where the rows do not say it: en-US.")
]
Region = Annotated[
    str | None, typer.Option(help="Market of the rows where they do not say it: US.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")
]
MaxRejects = Annotated[
    str | None,
    typer.Option(
        metavar="N|P%",
        help="Give a file up when more rows than this are rejected; nothing of it is loaded.",
    ),
]
Again = Annotated[bool, typer.Option("--again", help="Load a file also if it was loaded before.")]


def load(
    paths: Paths,
    profile: ProfileName = None,
    profile_file: ProfileFile = None,
    day: Day = None,
    locale: Locale = None,
    region: Region = None,
    dry_run: DryRun = False,
    max_rejects: MaxRejects = None,
    again: Again = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    lake_url: LakeUrl = None,
) -> None:
    """Load files into the lake: CSV, JSON, JSON Lines or Parquet, also gzip or zstd.

    What a file is, and which profile it fits, is seen from its content. Each file is loaded as a
    whole or not at all. A row that can't be taken is written to a rejects file with its line and
    the reason. Rows of one file with the same key are duplicates: they are taken, and the largest
    of each value is kept.

    Exit status: 0 all rows taken, 3 some rejected, 1 a file could not be loaded, 2 wrong usage.

    Example: `shopscope load exports/ --region US --max-rejects 2%`
    """
    options = Options(
        Request(
            now=datetime.now(UTC),
            profile=_chosen(profile, profile_file),
            day=_given(day, "day", "--day"),
            region=_given(region, "region", "--region"),
            locale=_given(locale, "locale", "--locale"),
        ),
        _limit(max_rejects),
        dry_run,
        again,
    )
    settings = settings_with(data_dir=data_dir, lake_url=lake_url)
    lake = open_lake(settings)
    files, results = _expanded(paths)
    with _bar(as_json) as bar:
        for path in files:
            with _task(bar, path) as advance:
                results.append(load_file(path, lake, settings.rejects_dir, options, advance))
    summary = _summary(results, dry_run)
    if as_json:
        print_json(summary)
    else:
        _show(summary)
    if summary.failed:
        raise typer.Exit(EXIT_FAILED)
    if summary.rejected:
        raise typer.Exit(EXIT_REJECTS)


def _chosen(name: str | None, file: Path | None) -> Profile | None:
    """The profile that the command line asks for."""
    if name and file:
        raise typer.BadParameter("give --profile or --profile-file, not both")
    if file is not None:
        return profile_in(file)
    return None if name is None else profile_named(name)


def _given(text: str | None, kind: str, option: str) -> Any:
    try:
        return None if text is None else parser(kind, Form())(text)
    except Reject as reject:
        raise typer.BadParameter(f"{text!r} {reject}", param_hint=option) from None


def _limit(text: str | None) -> Limit:
    try:
        return Limit() if text is None else Limit.parse(text)
    except BadInput as error:
        raise typer.BadParameter(str(error), param_hint="--max-rejects") from None


def _expanded(paths: list[Path]) -> tuple[list[Path], list[FileResult]]:
    """The files of the paths, and a failed result for each folder that gives none."""
    files: list[Path] = []
    failed = []
    for path in paths:
        try:
            files += expand(path)
        except ShopscopeError as error:
            failed.append(FileResult(path=str(path), error=str(error)))
    return list(dict.fromkeys(files)), failed


def _summary(results: list[FileResult], dry_run: bool) -> Summary:
    return Summary(
        files=results,
        rows=sum(result.rows for result in results),
        loaded=sum(result.loaded for result in results),
        rejected=sum(result.rejected for result in results),
        duplicates=sum(result.duplicates for result in results),
        failed=sum(result.error is not None for result in results),
        dry_run=dry_run,
    )


def _bar(silent: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=silent or not err.is_terminal,
    )


@contextmanager
def _task(bar: Progress, path: Path) -> Iterator[Callable[[int], None]]:
    """A line of the bar for one file; gives what is called with the bytes that are done."""
    size = path.stat().st_size if path.is_file() else 0
    task = bar.add_task(escape(path.name), total=size)
    try:
        yield lambda done: bar.update(task, completed=done)
    finally:
        bar.remove_task(task)


def _show(summary: Summary) -> None:
    table = Table("file: profile, new rows per table, days", box=SIMPLE_HEAD)
    for name in ("rows", "loaded", "rejected", "duplicates"):
        table.add_column(name, justify="right", no_wrap=True)
    for file in summary.files:
        name = f"{Path(file.path).name}: {file.profile or 'not recognized'}"
        lines = (name, file.skipped or ("failed" if file.error else _tables(file)), _days(file))
        numbers = (file.rows, file.loaded, file.rejected, file.duplicates)
        table.add_row(
            "\n".join(escape(line) for line in lines if line),
            *(f"{number:,}" if file.rows else "" for number in numbers),
        )
    out.print(table)
    if summary.duplicates:
        out.print(
            f"{summary.duplicates:,} duplicates: rows whose key was in the file before. They are "
            "taken; the largest of each value is kept."
        )
    for file in summary.files:
        _show_blanks(file)
        _show_rejects(file)
    if summary.dry_run:
        out.print("Dry run: nothing was written.")
    for file in summary.files:
        if file.error:
            err.print(f"[bold red]error:[/] {escape(file.error)}", soft_wrap=True)


def _show_blanks(file: FileResult) -> None:
    if file.blank:
        most = sorted(file.blank.items(), key=lambda item: -item[1])[:SHOWN_REASONS]
        shown = ", ".join(f"{name} {count:,}" for name, count in most)
        more = len(file.blank) - len(most)
        tail = f" and {more} more columns" if more else ""
        out.print(escape(f"{Path(file.path).name}: rows without a value: {shown}{tail}"))


def _show_rejects(file: FileResult) -> None:
    if not file.rejected:
        return
    where = f", all in {file.rejects_file}" if file.rejects_file else ""
    out.print(escape(f"{Path(file.path).name}: {file.rejected:,} rows rejected{where}"))
    for reason, count in list(file.reasons.items())[:SHOWN_REASONS]:
        out.print(escape(f"  {count:>8,}  {reason}"))
    if len(file.reasons) > SHOWN_REASONS:
        out.print(f"  and {len(file.reasons) - SHOWN_REASONS:,} more reasons")


def _tables(file: FileResult) -> str:
    parts = []
    for name, count in file.tables.items():
        if count.added is None:
            parts.append(f"{name} {count.rows:,} read")
        else:
            changed = f" ({count.changed:,} changed)" if count.changed else ""
            parts.append(f"{name} +{count.added:,}{changed}")
    return ", ".join(parts)


def _days(file: FileResult) -> str:
    if file.first_day == file.last_day:
        return "" if file.first_day is None else f"{file.first_day}"
    return f"{file.first_day} to {file.last_day}"
