"""What a data folder holds, so that two moments can be compared; and a small disk of one's own."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake

State = dict[str, tuple[int, str]]


def tables(data: Path) -> State:
    """Each table's number of rows, and a hash of them in any order, but for load times."""
    lake = Lake(data / "lake")
    state: State = {}
    with duckdb.connect() as db:
        for table in TABLES:
            db.register("t", lake.read(table).select(_columns(table)))
            found = db.execute("SELECT count(*), sum(hash(t)::HUGEINT)::VARCHAR FROM t").fetchall()
            state[table] = found[0]
            db.unregister("t")
    return state


def _columns(table: str) -> list[str]:
    return [name for name in TABLES[table].schema.names if name != "loaded_at"]


def files(data: Path) -> dict[str, str]:
    """Every file in the folder with its content; locks are no content."""
    return {
        str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def whole_snapshot(data: Path) -> str:
    """Id of the snapshot that is served, after every byte was held against the manifest."""
    snapshots = data / "snapshots"
    current = (snapshots / "current").read_text().strip()
    manifest = json.loads((snapshots / current / "manifest.json").read_bytes())
    assert manifest["id"] == current
    for name, told in manifest["files"].items():
        content = (snapshots / current / name).read_bytes()
        assert len(content) == told["bytes"]
        assert hashlib.sha256(content).hexdigest() == told["sha256"]
    return current


def rubbish(data: Path) -> list[str]:
    """What a finished command should not leave: staged files, half snapshots, scratch folders."""
    lake, snapshots = data / "lake", data / "snapshots"
    left = (*lake.glob(".staging/**/*"), *lake.glob(".head-*"), *snapshots.glob(".*"))
    return sorted(str(path.relative_to(data)) for path in left if path.suffix != ".lock")


@contextlib.contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of this size, mounted in `folder`; skips the test where that is not permitted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk can be mounted by root only")
    options = ["-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def read_only(data: Path) -> Iterator[None]:
    """A folder without write permission: for root, to whom modes mean nothing, by the mount."""
    if os.geteuid() == 0:
        disk_of = str(data.parent)
        subprocess.run(["mount", "-o", "remount,ro", disk_of], check=True)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", disk_of], check=True)
        return
    folders = [data, *(path for path in data.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)
