"""Rows that were not taken: a file of them, and a summary by reason."""

import contextlib
import csv
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from shopscope.errors import BadInput
from shopscope.ingest.batch import Bad

HEADER = ("source", "line", "column", "value", "reason")
VALUE_LENGTH = 200
MAX_REASONS = 1000
MEMORY = 4 << 20
"""Bytes of rejected rows that are held in memory before they go to disk."""


class Rejects:
    """Collects the rejected rows of one load.

    Until `finish` they are in a file without a name, of which nothing is left when the load ends
    in whatever way. `folder` None: only the summary is kept.
    """

    def __init__(self, folder: Path | None, source: Path, load_id: str, now: datetime) -> None:
        name = f"{now:%Y%m%dT%H%M%SZ}-{load_id[:8]}"
        self._path = None if folder is None else folder / f"{name}.csv"
        self._source = source
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> "Rejects":
        self._rows = tempfile.SpooledTemporaryFile(MEMORY, "w+", encoding="utf-8", newline="")
        self._writer = csv.writer(self._rows)
        self._writer.writerow(HEADER)
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

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
                value = row.value[:VALUE_LENGTH].encode(errors="replace").decode()
                self._writer.writerow((str(self._source), row.line, row.column, value, row.reason))

    def finish(self) -> Path | None:
        """Write the file, in one atomic step; None: nothing was rejected, or there is no folder.

        Raises:
            BadInput: the folder can't be written.
        """
        if self._path is None or not self.reasons:
            return None
        draft = self._path.with_name(f".{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._rows.seek(0)
            with draft.open("w", encoding="utf-8", newline="") as file:
                shutil.copyfileobj(self._rows, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise BadInput(f"Can't write the rejects file {self._path}: {error.strerror}") from None
        return self._path
