"""CSV: the cells that Python's reader finds, and the line of every row."""

import csv
import io
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopscope.errors import BadInput
from shopscope.ingest import csvfile, files
from shopscope.ingest.csvfile import CsvFile
from shopscope.ingest.files import InputFile

CELLS = st.text(st.sampled_from('ab1,;"\n\r é'), max_size=8)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files into chunks of a few bytes, so that every border is met."""
    text = InputFile.text
    monkeypatch.setattr(InputFile, "text", lambda self, chunk=7: text(self, chunk))


def read(
    path: Path, wanted: list[str] | None = None
) -> tuple[list[tuple[int, list[Any]]], list[Any]]:
    """The rows with their lines, and the broken ones."""
    file = CsvFile(InputFile(path))
    names = wanted or file.columns
    rows: list[tuple[int, list[Any]]] = []
    bad: list[Any] = []
    for batch in file.batches(names):
        cells = [batch.columns[name] for name in names] if len(batch.lines) else []
        rows += [(int(line), [c.at(i) for c in cells]) for i, line in enumerate(batch.lines)]
        bad += batch.bad
    return rows, bad


def written(rows: list[list[str]], delimiter: str, ends: str, quoting: Literal[0, 1]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerows(rows)
    return text.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_rows_and_lines_are_those_of_pythons_reader(
    tmp_path: Path,
    small_chunks: None,
    rows: list[list[str]],
    delimiter: str,
    ends: str,
    quoting: Literal[0, 1],
    cut: bool,
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # which leaves \r bare, and that is no CSV
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    text = written([["one", "two", "three"], *rows], delimiter, ends, quoting)
    if cut and not text.endswith(f'"{ends}'):
        text = text.removesuffix(ends)
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    # Lines end at \n only: \r in a cell is a character like any other.
    reader = csv.reader((line + "\n" for line in text.split("\n")), delimiter=delimiter)
    next(reader)
    expected, start = [], reader.line_num + 1
    for row in reader:
        if row:
            expected.append((start, row))
        start = reader.line_num + 1
    found, bad = read(path)
    assert found == expected
    assert not bad


def test_quoted_line_breaks_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\ny\nz"\n\n2,w\n3\n4,"v""\n"\n5,5,5\n')
    rows, bad = read(path)
    assert rows == [(2, ["1", "x\ny\nz"]), (6, ["2", "w"]), (8, ["4", 'v"\n'])]
    assert [(row.line, row.reason) for row in bad] == [
        (7, "the row has 1 cells, the header has 2"),
        (10, "the row has 3 cells, the header has 2"),
    ]


def test_odd_quotes_go_the_slow_way_with_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x\ny"\n2,5" pipe\n3,"q\nr"\n4\n5,z\n')
    rows, bad = read(path)
    assert rows == [(2, ["1", "x\ny"]), (4, ["2", '5" pipe']), (5, ["3", "q\nr"]), (8, ["5", "z"])]
    assert [row.line for row in bad] == [7]


def test_a_quote_that_closes_too_early_spoils_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x"y\n2,ok\n')
    rows, bad = read(path)
    assert rows == [(3, ["2", "ok"])]
    assert [(row.line, row.reason[:22]) for row in bad] == [(2, "is not a CSV row: ',' ")]


@pytest.mark.parametrize("text", ['a,b\n1,"x\n2,y\n', 'a,b\n1,5" pipe\n2,"x\n3,y\n'])
def test_a_quote_that_is_never_closed_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"line [23]: a cell opens a quote that is never closed"):
        read(path)


def test_a_record_without_end_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_chunks: None
) -> None:
    monkeypatch.setattr(csvfile, "MAX_RECORD", 50)
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"' + "x\n" * 100)
    with pytest.raises(BadInput, match="never closed"):
        read(path)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1;2,5;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"a,x";b\n1;2\n', ";"),
        ("sep=;\na,1;b\n1;2\n", ";"),
        ("a\n1\n", ","),
    ],
)
def test_the_delimiter_is_seen(tmp_path: Path, text: str, delimiter: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert CsvFile(InputFile(path)).delimiter == delimiter
    assert len(read(path)[0]) == 1


def test_lines_count_from_the_first_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("sep=;\na;b\n1;2\n")
    assert read(path)[0] == [(3, ["1", "2"])]
    path.write_text('"a\nx",b\n1,2\n')
    assert read(path)[0] == [(3, ["1", "2"])]
    path.write_bytes(b"a,b\r1,2\r3,4\r")
    assert read(path)[0] == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_columns_come_as_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(" a , b,c\n1,2,3\n")
    assert read(path, ["c", "a"])[0] == [(2, ["3", "1"])]


def test_a_large_file_comes_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 1000)
    text = InputFile.text
    monkeypatch.setattr(InputFile, "text", lambda self, chunk=1000: text(self, chunk))
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "".join(f'{i},"{i}\n"\n' for i in range(500)))
    batches = [batch for batch in CsvFile(InputFile(path)).batches(["a"]) if len(batch.lines)]
    assert len(batches) > 5
    lines = [int(line) for batch in batches for line in batch.lines]
    assert lines == list(range(2, 1002, 2))
