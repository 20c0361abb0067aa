"""`shopscope snapshots …`: what a person and a script get."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shopscope.cli.snapshots import app
from shopscope.errors import NotFound, SnapshotError
from shopscope.snapshot.publish import SnapshotStore
from tests.snapshot import rows

COMMANDS = ("list", "show", "publish", "rollback", "prune", "verify")


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    store = SnapshotStore(tmp_path / "snapshots")
    made = [
        rows.build(
            store.root,
            rows.region_rows(rows.table(day), as_of=datetime.date(2026, 5, day)),
            created_at=datetime.datetime(2026, 5, day, tzinfo=datetime.UTC),
            quality=[{"code": "gap"}],
            source={"lake": day},
        )
        for day in (1, 2, 3)
    ]
    store.publish(made[2])
    return made


def run(tmp_path: Path, *arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path)], color=False)
    if isinstance(result.exception, Exception):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


def as_json(tmp_path: Path, *arguments: str, status: int = 0) -> Any:
    return json.loads(run(tmp_path, *arguments, "--json", status=status))


def test_list(tmp_path: Path, ids: list[str]) -> None:
    listed = as_json(tmp_path, "list")
    assert [info["id"] for info in listed] == ids[::-1]
    assert listed[0]["current"] is True
    text = run(tmp_path, "list")
    assert all(snapshot_id in text for snapshot_id in ids)


def test_list_of_nothing(tmp_path: Path) -> None:
    assert "rollup" in run(tmp_path, "list")
    assert as_json(tmp_path, "list") == []


def test_show(tmp_path: Path, ids: list[str]) -> None:
    shown = as_json(tmp_path, "show")
    assert shown["id"] == ids[2]
    assert shown["quality"] == [{"code": "gap"}]
    assert shown["regions"] == {"US": {"as_of": "2026-05-03", "products": 3}}
    text = run(tmp_path, "show", ids[0])
    assert ids[0] in text
    assert "1 quality findings" in text
    with pytest.raises(NotFound):
        run(tmp_path, "show", "20260501-aaaaaaaaaaaa")


def test_show_without_a_published_snapshot(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="Nothing is published"):
        run(tmp_path, "show")


def test_publish_rollback_and_prune(tmp_path: Path, ids: list[str]) -> None:
    assert as_json(tmp_path, "rollback") == {"current": ids[1]}
    assert ids[2] in run(tmp_path, "publish", ids[2])
    assert as_json(tmp_path, "rollback", ids[0]) == {"current": ids[0]}
    assert as_json(tmp_path, "prune", "--keep", "1") == {"removed": [ids[1]]}
    assert "none" in run(tmp_path, "prune", "--keep", "1")
    run(tmp_path, "prune", "--keep", "0", status=2)


def test_verify(tmp_path: Path, ids: list[str]) -> None:
    assert "whole" in run(tmp_path, "verify")
    assert as_json(tmp_path, "verify", ids[0]) == {"id": ids[0], "problems": []}
    (tmp_path / "snapshots" / ids[2] / "categories.arrow").write_bytes(b"x")
    assert "categories.arrow" in as_json(tmp_path, "verify", status=1)["problems"][0]
    run(tmp_path, "verify", status=1)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert f"shopscope snapshots {command}" in result.output
    assert "--json" in result.output
    assert "--data-dir" in result.output
