"""A lake in a temporary folder, and loads into it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest

from shopscope.ingest.load import FileResult, Limit, Options, load_file
from shopscope.ingest.profile import Profile
from shopscope.ingest.request import Request
from shopscope.lake.tables import Lake

NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)


class Loader(Protocol):
    """Loads one file into the test's lake; the keywords are those of the command line."""

    def __call__(
        self,
        path: Path,
        *,
        profile: Profile | None = None,
        day: date | None = None,
        region: str | None = None,
        locale: str | None = None,
        limit: Limit = ...,
        dry_run: bool = False,
        again: bool = False,
        into: Lake = ...,
    ) -> FileResult: ...


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data" / "lake")


@pytest.fixture
def load(lake: Lake) -> Loader:
    """What loads a file in a test."""

    def load(
        path: Path,
        *,
        profile: Profile | None = None,
        day: date | None = None,
        region: str | None = None,
        locale: str | None = None,
        limit: Limit = Limit(),  # noqa: B008 - a value that never changes
        dry_run: bool = False,
        again: bool = False,
        into: Lake = lake,
    ) -> FileResult:
        request = Request(NOW, profile, day, region, locale)
        options = Options(request, limit, dry_run, again)
        return load_file(path, into, into.path.parent / "rejects", options)

    return load


def rows(lake: Lake, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table as tuples of the named columns, sorted; all columns if none is named."""
    read: pa.Table = lake.read(table, columns or None)
    return sorted(zip(*(column.to_pylist() for column in read.columns), strict=True), key=repr)
