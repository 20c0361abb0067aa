"""Rows that were not taken: a file of them, and a summary by reason."""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO

from shopscope.errors import BadInput
from shopscope.ingest.batch import Bad

HEADER = ("source", "line", "column", "value", "reason")
VALUE_LENGTH = 200
MAX_REASONS = 1000


class Rejects:
    """Collects the rejected rows of one load.

    They are written beside the final name while they come, and get it with `finish`; without it,
    nothing is left. `folder` None: only the summary is kept.
    """

    def __init__(self, folder: Path | None, source: Path, load_id: str, now: datetime) -> None:
        name = f"{now:%Y%m%dT%H%M%SZ}-{load_id[:8]}"
        self._path = None if folder is None else _free(folder, name)
        self._source = source
        self._file: IO[str] | None = None
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._draft.unlink(missing_ok=True)

    @property
    def count(self) -> int:
        """Rejected rows so far."""
        return self.reasons.total()

    def add(self, rows: Iterable[Bad]) -> None:
        """Keep some rejected rows."""
        for row in rows:
            reason = f"{row.column} {row.reason}".strip()
            if reason not in self.reasons and len(self.reasons) >= MAX_REASONS:
                reason = "other reasons, see the rejects file"
            self.reasons[reason] += 1
            if self._path is not None:
                self._write(row)

    def finish(self) -> Path | None:
        """Give the file its final name; None: nothing was rejected."""
        if self._file is None or self._path is None:
            return None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self._path)
        except OSError as error:
            raise _failed(self._path, error) from None
        self._file = None
        return self._path

    @property
    def _draft(self) -> Path:
        assert self._path is not None  # noqa: S101 - asked only where a file was begun
        return self._path.with_name(f".{self._path.name}.part")

    def _write(self, row: Bad) -> None:
        assert self._path is not None  # noqa: S101 - asked only with a folder
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._draft.open("w", encoding="utf-8", newline="")
                csv.writer(self._file).writerow(HEADER)
            value = row.value[:VALUE_LENGTH].encode(errors="replace").decode()
            csv.writer(self._file).writerow(
                (str(self._source), row.line, row.column, value, row.reason)
            )
        except OSError as error:
            raise _failed(self._path, error) from None


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken; the same file may be loaded twice in a second."""
    path, number = folder / f"{name}.csv", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.csv"
    return path


def _failed(path: Path, error: OSError) -> BadInput:
    return BadInput(f"Can't write the rejects file {path}: {error.strerror}")
