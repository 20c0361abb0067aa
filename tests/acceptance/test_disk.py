"""A disk that is full, and one that can't be written: told, and everything is as it was."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance import sources, state
from tests.acceptance.command import Cli


@pytest.fixture(scope="module")
def small(base: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A data folder with tables and a snapshot in it, on a disk of its own."""
    with state.disk(tmp_path_factory.mktemp("disk"), "120m") as folder:
        shutil.copytree(base.data, folder / "data")
        yield Cli(folder / "data", TMPDIR=str(folder))


@pytest.fixture
def unwritable(base: Cli, tmp_path: Path) -> Iterator[Cli]:
    """The same without write permission; root, whom modes don't stop, gets a read-only disk."""
    with ExitStack() as stack:
        if os.geteuid() == 0:
            stack.enter_context(state.disk(tmp_path, "120m"))
        shutil.copytree(base.data, tmp_path / "data")
        stack.enter_context(state.read_only(tmp_path / "data"))
        yield Cli(tmp_path / "data")


def fill(cli: Cli, leave: int) -> Path:
    """Take all space of the disk but for so many bytes."""
    ballast = cli.data.parent / "ballast"
    with ballast.open("wb") as file:
        for _ in range((shutil.disk_usage(cli.data).free - leave) // 4096):
            file.write(bytes(4096))
    return ballast


@pytest.mark.parametrize("leave", [40_000, 1_600_000])
def test_a_full_disk_stops_a_load(small: Cli, shared_data: Path, leave: int) -> None:
    """While rows are staged, and while they are written to the tables."""
    before = state.tables(small.data)
    ballast = fill(small, leave)
    try:
        run = small("load", shared_data / sources.VIDEOS)
        assert state.tables(small.data) == before
    finally:
        ballast.unlink()
    assert run.status == 1
    assert "Traceback" not in run.err
    # Delta's writer may have a word on standard error before ours, which is the last.
    complaint = run.err.splitlines()[-1]
    assert complaint.startswith(f"error: Can't write to the lake in {small.data / 'lake'}: ")
    assert "No space left" in complaint
    assert state.rubbish(small.data) == []


def test_a_full_disk_stops_a_rollup(small: Cli) -> None:
    before = state.tables(small.data), state.whole_snapshot(small.data)
    ballast = fill(small, 12_000_000)
    try:
        complaint = small("rollup").complaint()
        assert (state.tables(small.data), state.whole_snapshot(small.data)) == before
    finally:
        ballast.unlink()
    assert "No space left" in complaint
    assert str(small.data) in complaint
    assert state.rubbish(small.data) == []


@pytest.mark.parametrize(
    "command",
    [
        "load",
        "rollup",
    ],
)
def test_a_folder_without_write_permission(
    unwritable: Cli, shared_data: Path, command: str
) -> None:
    before = state.files(unwritable.data)
    run = unwritable(command, *([shared_data / sources.RANKS[0]] if command == "load" else []))
    assert str(unwritable.data) in run.complaint()
    assert run.status == 1
    assert state.files(unwritable.data) == before


def test_with_room_again_a_load_goes_through(small: Cli, shared_data: Path) -> None:
    small.done("load", shared_data / sources.VIDEOS)
    videos = {
        (row["region"], row["video_id"], row["product_id"], row["report_date"])
        for row in sources.table(shared_data / sources.VIDEOS)
    }
    assert state.tables(small.data)["post"][0] == len(videos)
