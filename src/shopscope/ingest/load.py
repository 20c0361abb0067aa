"""One file, one load: recognized, read, checked, and committed to the lake in one step."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from shopscope.errors import BadInput, ShopscopeError
from shopscope.ingest.apply import Made, Piece
from shopscope.ingest.dates import day_in_name
from shopscope.ingest.duplicates import Duplicates
from shopscope.ingest.files import InputFile, Progress
from shopscope.ingest.profile import Profile
from shopscope.ingest.readings import Reading
from shopscope.ingest.recognize import recognize
from shopscope.ingest.rejects import Rejects
from shopscope.ingest.request import Request
from shopscope.lake.schema import LOADS
from shopscope.lake.tables import Lake, LakeWrite, Merged

STAGE_BYTES = 64 << 20
"""Rows of a table are gathered up to this size before they are handed to the lake."""


class Limit(msgspec.Struct, frozen=True):
    """How many rejected rows a load bears: a number, or a percentage of the rows."""

    rows: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """The limit that `500` or `2%` says; raises BadInput."""
        number = text.strip().removesuffix("%").strip()
        try:
            if text.strip().endswith("%") and 0 <= float(number) <= 100:
                return cls(percent=float(number))
            if number.isascii() and number.isdecimal() and "%" not in text:
                return cls(rows=int(number))
        except ValueError:
            pass
        raise BadInput(f"--max-rejects: got {text!r}, expected a number or a percentage such as 2%")


class Options(msgspec.Struct, frozen=True):
    """What the user said about a load."""

    request: Request
    limit: Limit
    dry_run: bool = False
    again: bool = False


class TableCount(msgspec.Struct, frozen=True):
    """Rows of one table: made from the file; then new ones, and those a merge changed.

    `added` and `changed` are None in a dry run.
    """

    rows: int
    added: int | None = None
    changed: int | None = None


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file: `rows` = `loaded` + `rejected`, unless there is an `error`.

    `first_day` and `last_day` are those that the rows describe. `blank` counts the rows without a
    value in a column that other rows of the file have, by table and column.
    """

    path: str
    profile: str | None = None
    rows: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    blank: dict[str, int] = {}
    first_day: date | None = None
    last_day: date | None = None
    tables: dict[str, TableCount] = {}
    rejects_file: str | None = None
    reasons: dict[str, int] = {}
    skipped: str | None = None
    error: str | None = None


def load_file(
    path: Path,
    lake: Lake,
    rejects_dir: Path,
    options: Options,
    progress: Progress | None = None,
) -> FileResult:
    """Load one file. An error a person can act on is in the result; nothing is loaded then."""
    load = _Load(path, lake, rejects_dir, options, progress)
    try:
        return load.run()
    except ShopscopeError as error:
        return load.result(error=str(error))


class _Load:
    """The state of one load."""

    def __init__(
        self,
        path: Path,
        lake: Lake,
        rejects_dir: Path,
        options: Options,
        progress: Progress | None,
    ) -> None:
        self._path = path
        self._lake = lake
        self._options = options
        self._file = InputFile(path, progress)
        self._quiet = InputFile(path)
        self._id = uuid.uuid4().hex
        folder = None if options.dry_run else rejects_dir
        self._rejects = Rejects(folder, path, self._id, options.request.now)
        self._duplicates = Duplicates()
        self._blank: Counter[str] = Counter()
        self._made: Counter[str] = Counter()
        self._profile: str | None = None
        self._tables: dict[str, TableCount] = {}
        self._rejects_file: Path | None = None
        self._rows = 0
        self._days: tuple[date | None, date | None] = (None, None)

    def run(self) -> FileResult:
        digest = self._quiet.sha256()
        reading = recognize(self._file, self._options.request)
        self._profile = label(reading.name, self._options.request)
        if not self._options.again and self._known(digest):
            return self.result(skipped="already loaded")
        dry = self._options.dry_run
        with self._rejects, _Stage(None if dry else self._lake) as stage:
            self._read(reading, stage)
            if not dry:
                self._commit(stage, digest)
        return self.result()

    def result(self, *, skipped: str | None = None, error: str | None = None) -> FileResult:
        rejected = self._rejects.count
        return FileResult(
            path=str(self._path),
            profile=self._profile,
            rows=self._rows,
            loaded=0 if error else self._rows - rejected,
            rejected=rejected,
            duplicates=0 if error else self._duplicates.count(),
            blank={} if error else self._partly_blank(),
            first_day=None if error else self._days[0],
            last_day=None if error else self._days[1],
            tables={} if error else self._tables,
            rejects_file=None if self._rejects_file is None else str(self._rejects_file),
            reasons=dict(self._rejects.reasons.most_common()),
            skipped=skipped,
            error=error,
        )

    def _partly_blank(self) -> dict[str, int]:
        made = self._made
        return {
            name: count
            for name, count in self._blank.items()
            if 0 < count < made[name.partition(".")[0]]
        }

    def _known(self, digest: str) -> bool:
        """Whether the ledger has this file, read in the same way."""
        if self._lake.version == 0:
            return False
        rows = self._lake.read(
            LOADS.name, ["profile", "observed"], f"file_sha256 = '{digest}'"
        ).to_pylist()
        return {"profile": self._profile, "observed": self._observed} in rows

    @property
    def _observed(self) -> str:
        """The day that was said of the file, by the user or by its name."""
        day = self._options.request.day or day_in_name(self._path.name)
        return "" if day is None else day.isoformat()

    def _read(self, reading: Reading, stage: "_Stage") -> None:
        for piece in reading.pieces():
            self._take(piece, stage)
            limit = self._options.limit.rows
            if limit is not None and self._rejects.count > limit:
                raise self._hopeless(f"more than {limit} rows were rejected, stopped there")
        self._tables = {name: TableCount(rows) for name, rows in stage.counts.items()}
        rejected = self._rejects.count
        if not self._rows:
            raise self._file.error("no rows in it")
        percent = self._options.limit.percent
        if percent is not None and rejected * 100 > percent * self._rows:
            raise self._hopeless(
                f"{rejected} of {self._rows} rows were rejected, more than {percent:g} %"
            )
        if rejected == self._rows:
            raise self._hopeless(
                "every row was rejected" if rejected > 1 else "its row was rejected"
            )

    def _take(self, piece: Piece, stage: "_Stage") -> None:
        for made in piece.made:
            self._duplicates.add(made.table, made.rows, made.origin + self._rows)
            self._made[made.table] += made.rows.num_rows
            for name in made.rows.column_names:
                self._blank[f"{made.table}.{name}"] += made.rows[name].null_count
            stage.add(made)
            self._days = _span(self._days, made)
        self._rejects.add(piece.bad)
        self._rows += piece.rows

    def _hopeless(self, what: str) -> BadInput:
        """The error that stops the load; the rejects file is kept, it tells what to mend."""
        self._rejects_file = self._rejects.finish()
        reason, count = self._rejects.reasons.most_common(1)[0]
        return self._file.error(f"{what}; nothing was loaded. Most often ({count}): {reason}")

    def _commit(self, stage: "_Stage", digest: str) -> None:
        now = self._options.request.now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        rejected = self._rejects.count
        ledger = {
            "file_sha256": digest,
            "profile": self._profile,
            "observed": self._observed,
            "path": str(self._path.absolute()),
            "loaded_at": now,
            "rows": self._rows,
            "loaded": self._rows - rejected,
            "rejected": rejected,
            "duplicates": self._duplicates.count(),
        }
        with self._kept_rejects():
            merged = stage.commit(pa.Table.from_pylist([ledger], schema=LOADS.schema))
        for name, count in self._tables.items():
            self._tables[name] = TableCount(count.rows, merged[name].added, merged[name].changed)

    @contextmanager
    def _kept_rejects(self) -> Iterator[None]:
        """The rejects file stands if what is done inside succeeds."""
        self._rejects_file = self._rejects.finish()
        try:
            yield
        except BaseException:
            if self._rejects_file is not None:
                self._rejects_file.unlink(missing_ok=True)
                self._rejects_file = None
            raise


class _Stage:
    """Rows on their way to the lake, gathered so that it is not handed many small tables.

    The lake is asked for only when there is something to hand over: a file that turns out to be
    broken has not touched it, and a small one holds the lake's lock only while it is committed.
    """

    def __init__(self, lake: Lake | None) -> None:
        self._lake = lake
        self._open = ExitStack()
        self._write: LakeWrite | None = None
        self._waiting: dict[str, list[pa.Table]] = {}
        self.counts: dict[str, int] = {}

    def __enter__(self) -> "_Stage":
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def add(self, made: Made) -> None:
        self.counts[made.table] = self.counts.get(made.table, 0) + made.rows.num_rows
        if self._lake is None:
            return
        waiting = self._waiting.setdefault(made.table, [])
        waiting.append(made.rows)
        if sum(table.nbytes for table in waiting) >= STAGE_BYTES:
            self._hand_over(made.table)

    def commit(self, ledger: pa.Table) -> dict[str, Merged]:
        for table in self._waiting:
            self._hand_over(table)
        write = self._begun()
        write.add(LOADS.name, ledger)
        return write.commit()

    def _hand_over(self, table: str) -> None:
        waiting, self._waiting[table] = self._waiting[table], []
        if waiting:
            self._begun().add(table, pa.concat_tables(waiting, promote_options="default"))

    def _begun(self) -> LakeWrite:
        if self._write is None:
            assert self._lake is not None  # noqa: S101 - a dry run hands nothing over
            self._write = self._open.enter_context(self._lake.begin())
        return self._write


def _span(known: tuple[date | None, date | None], made: Made) -> tuple[date | None, date | None]:
    """The first and last day that rows describe, together with those known already."""
    name = next((n for n in ("day", "valid_from") if n in made.rows.column_names), None)
    if name is None:
        return known
    span = pc.min_max(made.rows[name]).as_py()
    days = [day for day in (*known, span["min"], span["max"]) if day is not None]
    return min(days, default=None), max(days, default=None)


def label(name: str, request: Request) -> str:
    """The name a load has in the ledger: the profile, and what changes what it makes of a file."""
    parts = [name]
    profile: Profile | None = request.profile
    if profile is not None and profile.version:
        parts[0] += f"@{profile.version}"
    parts += [f"{key}={value}" for key in ("region", "locale") if (value := getattr(request, key))]
    return " ".join(parts)
