"""Parquet in batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shopscope.ingest.batch import BATCH_ROWS, Batch
from shopscope.ingest.cells import Column
from shopscope.ingest.files import InputFile


class ParquetFile:
    """A Parquet file."""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        # Looked at and closed: a file that turns out to be loaded already is never read.
        with self._opened() as parquet:
            self._names: list[str] = parquet.schema_arrow.names
        self.columns = [name.strip() for name in self._names]

    def batches(self, wanted: Sequence[str]) -> Iterator[Batch]:
        """The rows with the wanted columns, in the types of the file."""
        names = [self._names[self.columns.index(name)] for name in wanted]
        first = 1
        with self._opened() as parquet:
            total = max(parquet.metadata.num_rows, 1)
            try:
                for batch in parquet.iter_batches(BATCH_ROWS, columns=names):
                    columns = {w: Column(batch[n]) for w, n in zip(wanted, names, strict=True)}
                    yield Batch(columns, np.arange(first, first + batch.num_rows))
                    first += batch.num_rows
                    self._file.done((first - 1) / total)
            except (pa.ArrowException, OSError) as error:
                raise self._file.error(f"the Parquet file is damaged: {error}") from None

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        with self._file.binary() as data:
            try:
                parquet = pq.ParquetFile(data)
            except (pa.ArrowException, OSError) as error:
                raise self._file.error(f"the Parquet file is damaged or cut off: {error}") from None
            yield parquet
