"""What a run has measured, as a table, as JSON, and as docs/performance.md."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from rich.console import Group
from rich.table import Table

from bench.build import Built
from bench.gate import Gated
from bench.search import AGAIN, INDEX, Searched
from bench.serve import Served
from bench.worker import Worker

OUT = Path(__file__).parent / "out"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

_PACKAGES = (
    "numpy", "pyarrow", "granian", "duckdb", "chdb-core", "polars", "fastapi", "sqlalchemy",
    "asyncpg",
)  # fmt: skip

Line = tuple[str, ...]


class Size(msgspec.Struct):
    """All that was measured of a market of one size; None: left out."""

    build: Built
    search: Searched
    serve: Served | None
    worker: Worker | None


class Report(msgspec.Struct):
    """One run."""

    at: datetime
    command: str
    machine: dict[str, str]
    seed: int
    gate: Gated
    sizes: list[Size]


class Section(msgspec.Struct):
    """A title, and lines under a head; all of it text."""

    title: str
    head: Line
    lines: Sequence[Line]
    notes: list[str]


def machine() -> dict[str, str]:
    """What a figure depends on."""
    return {
        "processors": str(os.cpu_count()),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "")


def sections(report: Report) -> Iterator[Section]:
    """The report, size by size."""
    for size in report.sizes:
        yield _searched(size)
        if size.serve is not None:
            yield _served(size, size.serve)
        yield _built(size, report.gate)


def _searched(size: Size) -> Section:
    found = size.search
    lines = []
    for name, engine in found.engines.items():
        ours = name in (INDEX, AGAIN)
        times = (
            ("", "") if ours else (f"{found.ratio(name):.0f}", f"{found.ratio(name, 'p99'):.0f}")
        )
        lines.append(
            (
                name,
                *(f"{value:.3g}" for value in (engine.p50, engine.p95, engine.p99)),
                *times,
                _megabytes(engine.own_bytes),
                _megabytes(engine.mapped_bytes),
                f"{engine.load_seconds:.1f}",
            )
        )
    notes = [
        "×: times as long as the index. "
        f"{found.requests:,} requests, the best of three times each; all answers are equal.",
        f"Slower on the index than on DuckDB: {found.slower_than_duckdb} of them; where it is "
        f"closest, DuckDB takes {found.closest_to_duckdb:.1f} times as long.",
        *(f"{name} is left out: {reason}." for name, reason in found.left_out.items()),
    ]
    head = (
        "engine", "p50 ms", "p95 ms", "p99 ms", "p50 ×", "p99 ×", "own MB", "mapped MB", "load s",
    )  # fmt: skip
    return Section(f"Search, {size.build.products:,} products", head, lines, notes)


def _served(size: Size, served: Served) -> Section:
    loads = {
        "product list": served.product_list,
        "popular requests again": served.repeated,
        "product list, by key": served.gated,
        "popular again, by key": served.gated_repeated,
        "product list, two workers": served.two_workers,
        "conventional server": served.conventional,
        "static answer": served.static,
    }
    lines = [
        (
            name,
            f"{load.per_second:,.0f}",
            f"{load.p50:.1f}",
            f"{load.p99:.1f}",
            f"{load.per_second / served.static.per_second:.1%}",
        )
        for name, load in loads.items()
        if load is not None
    ]
    head = ("server", "requests/s", "p50 ms", "p99 ms", "of static")
    notes = [
        f"One worker each but for two; answers of {served.answer_bytes / 1000:.0f} KB, all "
        f"requests different but for the popular, of which {served.different:.0%} come for the "
        f"first time."
    ]
    if served.conventional is not None:
        times = served.product_list.per_second / served.conventional.per_second
        notes.append(f"One worker answers {times:.0f} times as much as the conventional server.")
    if served.left_out is not None:
        notes.append(f"The conventional server is left out: {served.left_out}.")
    return Section(f"Server, {size.build.products:,} products", head, lines, notes)


def _built(size: Size, gate: Gated) -> Section:
    built = size.build
    lines = [
        ("snapshot built in", f"{built.seconds:.1f} s"),
        ("of it making up the rows", f"{built.generating_seconds:.1f} s"),
        ("peak memory, mapped files included", _megabytes(built.peak_bytes) + " MB"),
        ("on disk", _megabytes(built.snapshot_bytes) + " MB"),
        *_worker(size.worker),
        ("gate, a request", f"p50 {gate.p50:.0f} µs, p99 {gate.p99:.0f} µs"),
    ]
    return Section(f"Snapshot, {built.products:,} products", ("what", "measured"), lines, [])


def _worker(worker: Worker | None) -> list[Line]:
    if worker is None:
        return []
    return [
        ("server ready in", f"{worker.ready_seconds:.2f} s"),
        ("a worker's own memory", f"{_megabytes(worker.own_bytes)} MB"),
        ("mapped files it has touched", f"{_megabytes(worker.mapped_bytes)} MB"),
    ]


def _megabytes(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:,.0f}"


# --- shown ------------------------------------------------------------------


def shown(report: Report) -> Group:
    """The report for a terminal."""
    parts: list[Table | str] = []
    for section in sections(report):
        table = Table(*section.head, title=section.title)
        for line in section.lines:
            table.add_row(*line)
        parts += [table, *section.notes, ""]
    return Group(*parts)


def keep(report: Report) -> Path:
    """Write the report as JSON; returns where."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{report.at:%Y%m%d-%H%M%S}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return path


def write_page(report: Report) -> None:
    """Write the report as docs/performance.md; what stands above the first rule is kept."""
    text, _, _ = PAGE.read_text("utf-8").partition("\n---\n")
    parts = [text, "", "---", "", f"Written by `{report.command}` on {report.at:%Y-%m-%d}.", ""]
    parts.append(", ".join(f"{name} {value}" for name, value in report.machine.items()) + ".")
    for section in sections(report):
        parts += ["", f"## {section.title}", "", _row(section.head)]
        parts += ["|" + "---|" * len(section.head), *map(_row, section.lines), "", *section.notes]
    PAGE.write_text("\n".join(parts).replace("\n\n\n", "\n\n").strip() + "\n", "utf-8")


def _row(cells: Line) -> str:
    return "| " + " | ".join(cells) + " |"
