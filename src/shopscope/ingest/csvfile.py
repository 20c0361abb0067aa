"""CSV in batches, with the exact line of every row, also where quoted cells hold line breaks.

Arrow's reader is fast but does not tell lines. So the text is cut into records here: a line break
outside quotes ends a record, and with regular quoting the number of quotes before it tells which.
Where quotes stand in odd places, such as `5" pipe` in a cell without quotes, the rest of the file
goes through Python's reader, which is slower and knows its line.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from shopscope.ingest.batch import BATCH_ROWS, Bad, Batch
from shopscope.ingest.cells import Column
from shopscope.ingest.files import InputFile

DELIMITERS = ",;\t|"
MAX_RECORD = 64 << 20
MAX_HEADER = 1 << 20
# A first line `sep=;`, as spreadsheets write it.
_TOLD = re.compile(rb"[sS][eE][pP]=([,;\t|])\r?\n")
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34

Positions = npt.NDArray[np.int64]


class CsvFile:
    """A CSV file: its delimiter and columns by its first record, its rows on demand."""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        chunks = file.text()
        head = next(chunks, b"")
        while b"\n" not in head and len(head) < MAX_HEADER and (more := next(chunks, b"")):
            head += more
        told = _TOLD.match(head)
        self._told = told is not None
        start = told.end() if told else 0
        first = head[start:][:MAX_HEADER]
        self.delimiter = told[1].decode() if told else _sniff(first)
        self._old_lines = b"\r" in first and b"\n" not in first
        text = io.StringIO(first.decode(errors="ignore"), newline="")
        reader = csv.reader(text, delimiter=self.delimiter)
        try:
            self.columns = [name.strip() for name in next(reader)]
        except (csv.Error, StopIteration) as error:
            raise file.error(f"the first line is no CSV header: {error}") from None
        self._header_lines = reader.line_num
        self._header_bytes = start + _length_of(first, self._header_lines)

    def batches(self, wanted: Sequence[str]) -> Iterator[Batch]:
        """The rows with the wanted columns, as text."""
        chunks = self._after_header()
        line = self._header_lines + (2 if self._told else 1)
        kept, ended = b"", self._old_lines
        while not ended:
            chunk = next(chunks, b"")
            ended = not chunk
            kept += chunk
            if ended and kept and not kept.endswith(b"\n"):
                kept += b"\n"
            taken = self._quickly(kept, line, wanted)
            if taken is None:
                break
            batch, used, lines = taken
            yield batch
            kept, line = kept[used:], line + lines
            if len(kept) > MAX_RECORD or (ended and kept):
                raise self._unclosed(line)
        else:
            if not self._old_lines:
                return
        yield from self._slowly(kept, chunks, line, wanted)

    def _unclosed(self, line: int) -> Exception:
        return self._file.error(f"line {line}: a cell opens a quote that is never closed")

    def _after_header(self) -> Iterator[bytes]:
        skip = self._header_bytes
        for chunk in self._file.text():
            rest = chunk[skip:]
            skip = max(0, skip - len(chunk))
            if rest:
                yield rest

    def _quickly(
        self, text: bytes, line: int, wanted: Sequence[str]
    ) -> tuple[Batch, int, int] | None:
        """A batch of the whole records of `text`, its bytes and lines; None: odd quotes."""
        data = np.frombuffer(text, np.uint8)
        breaks = np.flatnonzero(data == _NEWLINE)
        quotes = np.flatnonzero(data == _QUOTE)
        if not _regular(data, quotes, ord(self.delimiter)):
            return None
        ends = breaks[np.searchsorted(quotes, breaks) & 1 == 0]
        if not len(ends):
            return Batch({}, ends), 0, 0
        starts = np.concatenate(([0], ends[:-1] + 1))
        lines = line + np.searchsorted(breaks, starts)
        length = ends - starts
        blank = (length == 0) | ((length == 1) & (data[starts] == _RETURN))
        used = int(ends[-1]) + 1
        batch = self._parsed(memoryview(text)[:used], lines[~blank], wanted)
        return None if batch is None else (batch, used, int(np.searchsorted(breaks, used)))

    def _parsed(self, text: memoryview, lines: Positions, wanted: Sequence[str]) -> Batch | None:
        """The records parsed by Arrow; None: it counts other records than we do."""
        if not len(lines):
            return Batch({}, lines)
        broken: list[pa.csv.InvalidRow] = []

        def skip(row: pa.csv.InvalidRow) -> str:
            broken.append(row)
            return "skip"

        names = [str(i) for i in range(len(self.columns))]
        picked = [names[self.columns.index(name)] for name in wanted]
        table = pa.csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            read_options=pa.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(text) + 1
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pa.csv.ConvertOptions(
                include_columns=picked,
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
        if table.num_rows + len(broken) != len(lines):
            return None
        at = np.array([row.number - 1 for row in broken], np.int64)
        bad = [
            self._ragged(int(lines[row.number - 1]), row.text, row.actual_columns) for row in broken
        ]
        arrays = [column.combine_chunks() for column in table.columns]
        columns = dict(zip(wanted, map(Column, arrays), strict=True))
        return Batch(columns, np.delete(lines, at), bad)

    def _slowly(
        self, text: bytes, chunks: Iterator[bytes], line: int, wanted: Sequence[str]
    ) -> Iterator[Batch]:
        """The rest of the file through Python's reader."""
        mark = b"\r" if self._old_lines else b"\n"
        reader = csv.reader(_lines_of(text, chunks, mark), delimiter=self.delimiter, strict=True)
        at = [self.columns.index(name) for name in wanted]
        rows: list[list[str]] = []
        lines: list[int] = []
        bad: list[Bad] = []
        before, ended = 0, False
        while not ended:
            start = line + before
            try:
                row = next(reader)
                if len(row) == len(self.columns):
                    rows.append(row)
                    lines.append(start)
                elif row:
                    bad.append(self._ragged(start, (self.delimiter).join(row), len(row)))
            except StopIteration:
                ended = True
            except csv.Error as error:
                if "end of data" in str(error):
                    raise self._unclosed(start) from None
                bad.append(Bad(start, "", "", f"is not a CSV row: {error}"))
            before = reader.line_num
            if ended or len(rows) + len(bad) == BATCH_ROWS:
                cells = [[row[i] for row in rows] for i in at]
                columns = {n: Column.of(c) for n, c in zip(wanted, cells, strict=True)}
                yield Batch(columns, np.array(lines, np.int64), bad)
                rows, lines, bad = [], [], []

    def _ragged(self, line: int, text: str, cells: int) -> Bad:
        return Bad(line, "", text, f"the row has {cells} cells, the header has {len(self.columns)}")


def _sniff(head: bytes) -> str:
    """The delimiter that the header has most often, outside quotes."""
    line = head.decode(errors="ignore").lstrip()
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    return max(counts, key=lambda delimiter: counts[delimiter])


def _length_of(text: bytes, lines: int) -> int:
    """The bytes of the first lines of a text."""
    pattern = b"\n" if b"\n" in text else b"\r"
    at = 0
    for _ in range(lines):
        found = text.find(pattern, at)
        if found < 0:
            return len(text)
        at = found + 1
    return at


def _regular(data: npt.NDArray[np.uint8], quotes: Positions, delimiter: int) -> bool:
    """Whether every quote opens a cell, closes one, or is doubled inside one."""
    opens, closes = quotes[0::2], quotes[1::2]
    before = data[opens[opens > 0] - 1]
    after = data[closes[closes < len(data) - 1] + 1]
    allowed = np.array([delimiter, _NEWLINE, _QUOTE], np.uint8)
    ends = np.array([delimiter, _NEWLINE, _RETURN, _QUOTE], np.uint8)
    return bool(np.isin(before, allowed).all() and np.isin(after, ends).all())


def _lines_of(text: bytes, chunks: Iterator[bytes], mark: bytes) -> Iterator[str]:
    """Lines with their ends, as Python's reader wants them."""
    kept = b""
    for chunk in itertools.chain([text], chunks):
        lines = (kept + chunk).split(mark)
        kept = lines.pop()
        for line in lines:
            yield (line + mark).decode()
    if kept:
        yield kept.decode()
