"""What a file is, judged by content, and what is said of one that can't be read."""

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shopscope.errors import BadInput
from shopscope.ingest.files import InputFile, expand

CSV = "currency,day,usd\nEUR,2026-01-01,1.1\n"


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    out: bytes = sink.getvalue().to_pybytes()
    return out


def read(path: Path) -> None:
    """What a load reads first: the format, then the text."""
    InputFile(path).format()
    list(InputFile(path).text())


def parquet(path: Path) -> bytes:
    pq.write_table(pa.table({"a": [1, 2]}), path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CSV, "csv"),
        ('{"a": 1}', "json"),
        ('{"a": 1}\n', "json"),
        ('{"a": 1}\n{"a": 2}\n', "jsonl"),
        ('\n {"a": 1}\n\n{"a": 2}', "jsonl"),
        ('[{"a": 1}]\n[{"a": 2}]\n', "jsonl"),
        ('{\n "a": 1\n}\n', "json"),
        ('[\n {"a": 1}\n]', "json"),
        ('[{"a": 1},\n{"a": 2}]', "json"),
    ],
)
@pytest.mark.parametrize("wrap", [bytes, gzip.compress, zstd])
def test_the_format_is_seen_whatever_the_name(
    tmp_path: Path, text: str, expected: str, wrap: type[bytes]
) -> None:
    path = tmp_path / "data"
    path.write_bytes(wrap(text.encode()))
    assert InputFile(path).format() == expected
    assert b"".join(InputFile(path).text()).decode() == text


def test_parquet_is_seen_also_when_it_is_compressed(tmp_path: Path) -> None:
    data = parquet(tmp_path / "x")
    for wrapped in (data, gzip.compress(data), zstd(data)):
        path = tmp_path / "data"
        path.write_bytes(wrapped)
        assert InputFile(path).format() == "parquet"
        with InputFile(path).binary() as file:
            assert pq.read_table(file).num_rows == 2


def test_a_single_line_may_be_json_lines_by_its_name(tmp_path: Path) -> None:
    for name in ("x.jsonl", "x.ndjson.gz"):
        (tmp_path / name).write_text('{"a": 1}\n')
        assert InputFile(tmp_path / name).format() == "jsonl"


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_text_comes_as_utf8(tmp_path: Path, encoding: str, chunk: int) -> None:
    path = tmp_path / "x.csv"
    text = "name,価格\nthé, 🎉 ốc\n" * 3
    path.write_bytes(text.encode(encoding))
    assert b"".join(InputFile(path).text(chunk)).decode() == text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b" \n\n ", "the file is empty"),
        (gzip.compress(b""), "the file is empty"),
        (b"a,b\n1,\xff\n", "byte 6 is not valid UTF-8; save the file as UTF-8"),
        ("a,é".encode()[:-1], "cut off at its end, byte 3, in the middle of a character"),
        ("a,b".encode("utf-16") + b"\xd8", "cut off at its end, byte 9"),
        (b"a\0b\1c\2" * 100, "this is a binary file"),
        (bytes(range(256)), "this is a binary file"),
        (b"PK\x03\x04abc", "this is a ZIP or Excel file; save the sheet as CSV"),
        (b"<!doctype html><p>", "this is a web page"),
        (gzip.compress(CSV.encode() * 99)[:-9], "the compressed data is cut off"),
        (zstd(os.urandom(9999))[:-9], "the compressed data is cut off"),
        (gzip.compress(CSV.encode()) + b"junk", "the compressed data is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_what_can_not_be_read_is_told(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)


def test_a_bad_byte_is_told_by_its_place_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes("é".encode() * 1000 + b"\xc3\x28")
    with pytest.raises(BadInput, match="byte 2000 is not valid UTF-8"):
        list(InputFile(path).text(chunk=333))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        InputFile(tmp_path / "none").sha256()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(CSV)
    path.chmod(0)
    with pytest.raises(BadInput, match="no permission to read the file"):
        InputFile(path).sha256()
    tmp_path.chmod(0)
    try:
        with pytest.raises(BadInput, match="can't read the folder: Permission denied"):
            expand(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_is_its_files_of_known_extensions(tmp_path: Path) -> None:
    wanted = ["a.csv", "b.JSON", "c.jsonl.gz", "deep/d.parquet", "e.tsv.zst"]
    for name in [*wanted, "README.md", ".hidden.csv", ".cache/x.csv", "notes.txt"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert expand(tmp_path) == [tmp_path / name for name in wanted]
    assert expand(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no file in this folder has a known extension"):
        expand(tmp_path / "empty")


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode() * 1000))
    seen: list[int] = []
    list(InputFile(path, seen.append).text(chunk=5000))
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size
