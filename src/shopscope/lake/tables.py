"""The lake: Delta tables, read as of one commit and written by atomic loads.

A load touches several tables, and Delta commits one table at a time. So the lake has a head: a
file that names the version of every table that belongs to the newest finished load. Readers open
the tables at those versions; a load that dies halfway leaves the head as it was, and the next
load first takes back what the dead one left.
"""

import contextlib
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from shopscope.errors import LakeError
from shopscope.lake import merge
from shopscope.lake.place import Bucket, Folder, Place
from shopscope.lake.schema import TABLES, Table
from shopscope.settings import Settings

KEEP_HOURS = 24 * 7
"""How long replaced files are kept, so that a reader in the middle of a scan can finish."""


_ALONE = CommitProperties(max_commit_retries=0)
"""A commit to a table that somebody else has changed fails, and is not put on top of theirs."""


class Head(msgspec.Struct, frozen=True):
    """The newest finished load: how many there were, and each table's Delta version."""

    version: int = 0
    tables: dict[str, int] = {}


class Merged(msgspec.Struct, frozen=True):
    """What a load did to one table, in rows: given, new, and changed by a merge."""

    staged: int
    added: int
    changed: int


class Lake:
    """The tables of one place. Nothing is touched until it is used.

    `path` is the lake's folder; of a lake on object storage, a folder for copies of its files.
    """

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self.path = path
        self.place = place or Folder(path)

    @property
    def version(self) -> int:
        """Number of finished loads; 0: the lake is empty."""
        return self._head().version

    def files(self, table: str) -> list[str]:
        """The Parquet files of a table as of the newest finished load; none: an empty table.

        Partition columns are in the paths, as `name=value` folders.
        """
        return self.place.files(self.addresses(table))

    def addresses(self, table: str) -> list[str]:
        """Where the files of a table are, which `files` has on this machine."""
        version = self._head().tables.get(table)
        if version is None:
            return []
        with _reported(f"read table {table} of the lake in {self.place.name}"):
            return sorted(self.table(table, version).file_uris())

    def scan(self, table: str) -> str:
        """A table expression in DuckDB's SQL with the columns of the schema."""
        return merge.scan(TABLES[table], self.files(table))

    def read(
        self, table: str, columns: Sequence[str] | None = None, where: str | None = None
    ) -> pa.Table:
        """Rows of a table as of the newest finished load.

        `where` is a condition in SQL over the table's columns.
        """
        wanted = TABLES[table].schema.names if columns is None else list(columns)
        sql = f"SELECT {', '.join(wanted)} FROM {self.scan(table)} AS t"
        with (
            _reported(f"read table {table} of the lake in {self.place.name}"),
            duckdb.connect() as db,
        ):
            rows = db.sql(f"{sql} WHERE {where}" if where else sql).to_arrow_table()
        return rows.cast(pa.schema([TABLES[table].schema.field(name) for name in wanted]))

    def begin(self) -> "LakeWrite":
        """Start a load; use it as a context manager.

        Raises:
            LakeError: the folder can't be written, or another load holds the lock for too long.
        """
        return LakeWrite(self)

    def table(self, name: str, version: int | None = None) -> DeltaTable:
        """A table that is there, as of its newest version unless one is named."""
        return DeltaTable(self.place.table(name), version, storage_options=self.place.options)

    def _head(self) -> Head:
        return self._versioned_head()[0]

    def _versioned_head(self) -> tuple[Head, str | None]:
        """The head, and what `write_head` must be told of it."""
        try:
            found = self.place.read_head()
            if found is None:
                return Head(), None
            return msgspec.json.decode(found[0], type=Head), found[1]
        except (OSError, msgspec.DecodeError) as error:
            raise LakeError(f"The lake in {self.place.name} can't be read: {error}") from error


def open_lake(settings: Settings) -> Lake:
    """The lake that the settings name."""
    if settings.lake_url is None:
        return Lake(settings.lake_dir)
    work = settings.data_dir / "lake-copy"
    return Lake(work, Bucket(settings.lake_url, work))


class LakeWrite:
    """One load: rows are staged with `add`, and all tables change together with `commit`.

    Leaving the context without a commit leaves the lake as it was.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._staging = lake.path / ".staging" / uuid.uuid4().hex
        self._staged: dict[str, list[str]] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "LakeWrite":
        path = self._lake.path
        with _reported(f"write to the lake in {self._lake.place.name}"):
            path.mkdir(parents=True, exist_ok=True)
            with self._open:
                self._open.enter_context(self._lake.place.locked())
                shutil.rmtree(self._staging.parent, ignore_errors=True)
                self._take_back_unfinished()
                self._staging.mkdir(parents=True)
                self._open = self._open.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        self._open.close()

    def add(self, table: str, rows: pa.Table) -> None:
        """Stage rows of one table: any of its columns, in any order; the others are null.

        `month`, where the table has it, is made from `day`.
        """
        if rows.num_rows == 0:
            return
        files = self._staged.setdefault(table, [])
        file = self._staging / f"{table}-{len(files)}.parquet"
        with _reported(f"write to the lake in {self._lake.place.name}"):
            pq.write_table(merge.conform(TABLES[table], rows), file, compression="lz4")
        files.append(str(file))

    def commit(self) -> dict[str, Merged]:
        """Merge what was staged into the tables, all of it or nothing; counts per table."""
        place = self._lake.place
        with _reported(f"write to the lake in {place.name}"), self._database() as db:
            head, seen = self._lake._versioned_head()
            versions = dict(head.tables)
            done: dict[str, Merged] = {}
            for name, staged in self._staged.items():
                table = self._table(TABLES[name], versions.get(name))
                done[name] = self._merge(db, TABLES[name], table, staged)
                versions[name] = table.version()
            place.write_head(msgspec.json.encode(Head(head.version + 1, versions)), seen)
        self._staged.clear()
        return done

    def _table(self, table: Table, known: int | None) -> DeltaTable:
        """A table to be written to, as of the version that the head knows."""
        place = self._lake.place
        if known is not None:
            return self._lake.table(table.name, known)
        return DeltaTable.create(
            place.table(table.name),
            table.schema,
            partition_by=list(table.partition),
            storage_options=place.options,
        )

    def _merge(
        self, db: duckdb.DuckDBPyConnection, table: Table, delta: DeltaTable, staged: list[str]
    ) -> Merged:
        known = self._lake.addresses(table.name)
        plan = merge.plan(db, table, known, staged, self._lake.place.files)
        if plan.rewritten is not None:
            rows = merge.reader(db, table, plan.rewritten)
            write_deltalake(
                delta, rows, mode="overwrite", predicate=plan.predicate, commit_properties=_ALONE
            )
        if plan.appended is not None:
            rows = merge.reader(db, table, plan.appended)
            write_deltalake(delta, rows, mode="append", commit_properties=_ALONE)
        if plan.rewritten is not None:
            delta.vacuum(retention_hours=KEEP_HOURS, dry_run=False)
        return Merged(plan.staged, plan.added, plan.changed)

    @contextlib.contextmanager
    def _database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        spill = str(self._staging / "spill")
        with duckdb.connect(config={"temp_directory": spill}) as db:
            db.execute("SET preserve_insertion_order = false")
            yield db

    def _take_back_unfinished(self) -> None:
        """Undo what a load that died before it moved the head has written."""
        lake, place = self._lake, self._lake.place
        head, seen = lake._versioned_head()
        versions = dict(head.tables)
        for name in TABLES:
            if not DeltaTable.is_deltatable(place.table(name), place.options):
                continue
            if name not in versions:
                place.remove(name)
            elif (table := lake.table(name)).version() != versions[name]:
                table.restore(versions[name])
                versions[name] = table.version()
        if versions != head.tables:
            place.write_head(msgspec.json.encode(Head(head.version, versions)), seen)


@contextlib.contextmanager
def _reported(action: str) -> Iterator[None]:
    """Turn what files, Delta and DuckDB raise into one error that says what could not be done."""
    try:
        yield
    except (OSError, DeltaError, duckdb.Error, pa.ArrowException) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise LakeError(f"Can't {action}: {reason}") from error
