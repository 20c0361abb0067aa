"""What people do wrong on the command line: told in one message, and nothing is half-written."""

import csv
import gzip
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance import sources, state
from tests.acceptance.command import Cli


@pytest.fixture(scope="module")
def cli(base: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A data folder with tables and a snapshot in it."""
    data = tmp_path_factory.mktemp("bad") / "data"
    shutil.copytree(base.data, data)
    return Cli(data)


@pytest.fixture
def untouched(cli: Cli) -> Iterator[None]:
    """Afterwards every file is what it was, and no other is there."""
    before = state.files(cli.data)
    yield
    assert state.files(cli.data) == before


def _truncated(exports: Path, folder: Path) -> Path:
    packed = gzip.compress((exports / sources.PRODUCTS).read_bytes()[:500_000])
    file = folder / "products.csv.gz"
    file.write_bytes(packed[: len(packed) // 2])
    return file


def _without_a_column(exports: Path, folder: Path) -> Path:
    rows = sources.table(exports / sources.PRODUCTS)[:50]
    file = folder / "products.csv"
    columns = [name for name in rows[0] if name != "sold_total_shown"]
    with file.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return file


def _binary(exports: Path, folder: Path) -> Path:
    file = folder / "products.csv"
    file.write_bytes(random.Random(1).randbytes(20_000))
    return file


def _empty(exports: Path, folder: Path) -> Path:
    file = folder / "products.csv"
    file.touch()
    return file


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_truncated, "cut off"),
        (_without_a_column, "lacks the column 'sold_total_shown'"),
        (_binary, "binary file"),
        (_empty, "empty"),
    ],
)
def test_a_file_that_is_no_good(
    cli: Cli,
    shared_data: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], Path],
    words: str,
) -> None:
    file = make(shared_data, tmp_path)
    run = cli("load", file)
    complaint = run.complaint()
    assert run.status == 1
    assert file.name in complaint
    assert words in complaint


@pytest.mark.usefixtures("untouched")
def test_many_files_that_are_no_good(cli: Cli, tmp_path: Path) -> None:
    """Each is told by its name and reason; no one hides another."""
    contents = {
        "cut.json": b'[{"category_id": "1", "category_name": "x", "par',
        "cut.parquet": b"PAR1" + bytes(100),
        "header.csv": b"currency,day,usd\n",
        "hollow.csv.gz": gzip.compress(b""),
        "latin.csv": "currency,day,usd\nEUR,2026-04-01,1.1é\n".encode("latin-1"),
        "list.json": b"[]",
        "nothing-good.csv": b"currency,day,usd\nEUR,someday,1.1\n",
        "sentence.txt": b"These are not the rows you are looking for.\n",
        "noise.json": b"{" + random.Random(2).randbytes(2_000),
        "zip.csv": b"PK\x03\x04" + random.Random(3).randbytes(2_000),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    missing = tmp_path / "missing.csv"
    run = cli("load", *(tmp_path / name for name in contents), missing)
    assert run.status == 1
    assert "Traceback" not in run.err
    told = [line.removeprefix("error: ") for line in run.err.splitlines()]
    for name in (*contents, missing.name):
        assert sum(line.startswith((f"{name}: ", f"{tmp_path / name}: ")) for line in told) == 1, (
            name,
            run.err,
        )
    assert len(told) == len(contents) + 1
    for path in (cli.data / "rejects").glob("*"):  # what was wrong with nothing-good.csv
        path.unlink()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["load", "{fx}", "--profile", "nobody"], 1, "nobody"),
        (["rollup", "--as-of", "nonsense"], 2, "nonsense"),
    ],
)
def test_a_word_that_is_no_good(
    cli: Cli, tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    fx = tmp_path / "fx.csv"
    fx.write_text(sources.fx_csv())
    run = cli(*(word.format(fx=fx) for word in words))
    assert run.status == status
    assert told in run.complaint()


@pytest.mark.parametrize("words", [["rollup"], ["snapshots", "rollback"]])
def test_nothing_is_there_yet(tmp_path: Path, words: list[str]) -> None:
    run = Cli(tmp_path / "data")(*words)
    assert run.status == 1
    assert str(tmp_path) in run.complaint()
    assert state.files(tmp_path) == {}


def test_a_port_that_is_taken(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = cli("serve", "--port", port)
    assert run.status == 1
    assert port in run.complaint()


@pytest.mark.parametrize("command", ["load", "rollup"])
def test_a_data_folder_that_can_not_be(tmp_path: Path, command: str) -> None:
    """Below a file there can be no folder."""
    (tmp_path / "file").write_text("of somebody")
    fx = tmp_path / "fx.csv"
    fx.write_text(sources.fx_csv())
    run = Cli(tmp_path / "file" / "data")(command, *([fx] if command == "load" else []))
    assert run.status == 1
    assert str(tmp_path / "file") in run.complaint()
    assert (tmp_path / "file").read_text() == "of somebody"
