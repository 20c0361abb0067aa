"""The lake on disk: Delta tables, read as of one commit and written by atomic loads.

A load touches several tables, and Delta commits one table at a time. So the lake has a head: a
file that names the version of every table that belongs to the newest finished load. Readers open
the tables at those versions; a load that dies halfway leaves the head as it was, and the next
load first takes back what the dead one left.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from filelock import FileLock, Timeout

from shopscope.errors import LakeError
from shopscope.lake import merge
from shopscope.lake.schema import TABLES, Table

LOCK_SECONDS = 10.0
"""How long a load waits for another one to end."""

KEEP_HOURS = 24 * 7
"""How long replaced files are kept, so that a reader in the middle of a scan can finish."""


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
    """The tables under one folder. Nothing is touched until it is used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def version(self) -> int:
        """Number of finished loads; 0: the lake is empty."""
        return self._head().version

    def files(self, table: str) -> list[str]:
        """The Parquet files of a table as of the newest finished load; none: an empty table.

        Partition columns are in the paths, as `name=value` folders.
        """
        version = self._head().tables.get(table)
        if version is None:
            return []
        with _reported(f"read table {table} of the lake in {self.path}"):
            return sorted(DeltaTable(self.path / table, version=version).file_uris())

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
        with _reported(f"read table {table} of the lake in {self.path}"), duckdb.connect() as db:
            rows = db.sql(f"{sql} WHERE {where}" if where else sql).to_arrow_table()
        return rows.cast(pa.schema([TABLES[table].schema.field(name) for name in wanted]))

    def begin(self) -> "LakeWrite":
        """Start a load; use it as a context manager.

        Raises:
            LakeError: the folder can't be written, or another load holds the lock for too long.
        """
        return LakeWrite(self)

    def _head(self) -> Head:
        try:
            return msgspec.json.decode((self.path / "head.json").read_bytes(), type=Head)
        except FileNotFoundError:
            return Head()
        except (OSError, msgspec.DecodeError) as error:
            raise LakeError(f"The lake in {self.path} can't be read: {error}") from error

    def _set_head(self, head: Head) -> None:
        """Name the newest finished load, in one atomic step."""
        draft = self.path / f".head-{uuid.uuid4().hex}"
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(head))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / "head.json")
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class LakeWrite:
    """One load: rows are staged with `add`, and all tables change together with `commit`.

    Leaving the context without a commit leaves the lake as it was.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._staging = lake.path / ".staging" / uuid.uuid4().hex
        self._staged: dict[str, list[str]] = {}
        self._lock = FileLock(lake.path / ".lock", timeout=LOCK_SECONDS)

    def __enter__(self) -> "LakeWrite":
        path = self._lake.path
        with _reported(f"write to the lake in {path}"):
            path.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout:
                raise LakeError(
                    f"Another load is writing to the lake in {path}. Wait until it ends."
                ) from None
            try:
                shutil.rmtree(self._staging.parent, ignore_errors=True)
                self._take_back_unfinished()
                self._staging.mkdir(parents=True)
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        self._lock.release()

    def add(self, table: str, rows: pa.Table) -> None:
        """Stage rows of one table: any of its columns, in any order; the others are null.

        `month`, where the table has it, is made from `day`.
        """
        if rows.num_rows == 0:
            return
        files = self._staged.setdefault(table, [])
        file = self._staging / f"{table}-{len(files)}.parquet"
        with _reported(f"write to the lake in {self._lake.path}"):
            pq.write_table(merge.conform(TABLES[table], rows), file, compression="lz4")
        files.append(str(file))

    def commit(self) -> dict[str, Merged]:
        """Merge what was staged into the tables, all of it or nothing; counts per table."""
        head = self._lake._head()
        versions = dict(head.tables)
        done: dict[str, Merged] = {}
        with _reported(f"write to the lake in {self._lake.path}"), self._database() as db:
            for name, staged in self._staged.items():
                done[name] = self._merge(db, TABLES[name], staged)
                versions[name] = DeltaTable(self._lake.path / name).version()
            self._lake._set_head(Head(head.version + 1, versions))
        self._staged.clear()
        return done

    def _merge(self, db: duckdb.DuckDBPyConnection, table: Table, staged: list[str]) -> Merged:
        path = self._lake.path / table.name
        plan = merge.plan(db, table, self._lake.files(table.name), staged)
        if not DeltaTable.is_deltatable(str(path)):
            DeltaTable.create(path, table.schema, partition_by=list(table.partition))
        if plan.rewritten is not None:
            rows = merge.reader(db, table, plan.rewritten)
            write_deltalake(path, rows, mode="overwrite", predicate=plan.predicate)
            DeltaTable(path).vacuum(retention_hours=KEEP_HOURS, dry_run=False)
        if plan.appended is not None:
            write_deltalake(path, merge.reader(db, table, plan.appended), mode="append")
        return Merged(plan.staged, plan.added, plan.changed)

    @contextlib.contextmanager
    def _database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        spill = str(self._staging / "spill")
        with duckdb.connect(config={"temp_directory": spill}) as db:
            db.execute("SET preserve_insertion_order = false")
            yield db

    def _take_back_unfinished(self) -> None:
        """Undo what a load that died before it moved the head has written."""
        known: Mapping[str, int] = self._lake._head().tables
        for name in TABLES:
            path = self._lake.path / name
            if not DeltaTable.is_deltatable(str(path)):
                continue
            if name not in known:
                shutil.rmtree(path)
            elif (table := DeltaTable(path)).version() != known[name]:
                table.restore(known[name])
                head = self._lake._head()
                self._lake._set_head(
                    Head(head.version, {**head.tables, name: DeltaTable(path).version()})
                )


@contextlib.contextmanager
def _reported(action: str) -> Iterator[None]:
    """Turn what files, Delta and DuckDB raise into one error that says what could not be done."""
    try:
        yield
    except (OSError, DeltaError, duckdb.Error, pa.ArrowException) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise LakeError(f"Can't {action}: {reason}") from error
