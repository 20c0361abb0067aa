"""Rows of a file on their way: columns of cells, the lines they came from, and broken rows."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from shopscope.ingest.cells import Column

BATCH_ROWS = 65_536
Lines = npt.NDArray[np.int64]


class Bad(msgspec.Struct, frozen=True):
    """A row that was not taken: where it is, the cell that is to blame, and why."""

    line: int
    column: str
    value: str
    reason: str


class Batch(msgspec.Struct, frozen=True):
    """Some rows of a file. `bad` are those that could not even be cut into cells.

    `lines` counts from 1: the line a row starts at in CSV and JSON Lines, else its number.
    """

    columns: dict[str, Column]
    lines: Lines
    bad: Sequence[Bad] = ()

    @property
    def rows(self) -> int:
        """Rows of the file, broken ones included."""
        return len(self.lines) + len(self.bad)


class Tabular(Protocol):
    """A file with named columns."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns, trimmed."""

    def batches(self, wanted: Sequence[str]) -> Iterator[Batch]:
        """The rows with the wanted columns."""


def from_rows(rows: Sequence[dict[str, Any]], lines: Sequence[int], wanted: Sequence[str]) -> Batch:
    """A batch from decoded JSON objects; an absent key is an empty cell."""
    columns = {name: Column.of([row.get(name) for row in rows]) for name in wanted}
    return Batch(columns, np.array(lines, np.int64))
