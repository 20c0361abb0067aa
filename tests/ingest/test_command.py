"""The commands as a user runs them: output, JSON, exit status."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shopscope.cli.app import app
from shopscope.lake.tables import Lake

RATES = "currency,day,usd\nEUR,2026-01-01,1.1\nGBP,2026-01-01,1.3\n"
PROFILE = 'name = "mine"\nsource = "s"\n[tables.fx]\ncurrency = "c"\nday = "d"\nusd = "u"\n'


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        env = {"SHOPSCOPE_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}
        return CliRunner().invoke(app, words, env=env)

    return run


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(RATES)
    return path


def test_a_load_says_what_it_did(run: Any, rates: Path) -> None:
    result = run("load", rates)
    assert result.exit_code == 0
    assert "rates.csv: fx" in result.stdout
    assert "fx +2" in result.stdout
    again = run("load", rates)
    assert again.exit_code == 0
    assert "already loaded" in again.stdout


def test_json_for_scripts(run: Any, rates: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(RATES + "EUR,soon,1\nEUR,2026-01-02,x\nEUR,2026-01-03,\n")
    result = run("load", "--json", rates, bad, tmp_path / "none.csv")
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert {key: summary[key] for key in summary if key != "files"} == {
        "rows": 7,
        "loaded": 4,
        "rejected": 3,
        "duplicates": 0,
        "failed": 1,
        "dry_run": False,
    }
    first, second, third = summary["files"]
    assert first["tables"] == {"fx": {"rows": 2, "added": 2, "changed": 0}}
    assert second["reasons"] == {
        "day is not a date in the format iso": 1,
        "usd is not a number": 1,
        "usd is missing": 1,
    }
    assert Path(second["rejects_file"]).is_file()
    assert third["error"] == f"{tmp_path / 'none.csv'}: no such file"


def test_rejects_have_their_own_exit_status(run: Any, rates: Path) -> None:
    rates.write_text(RATES + "EUR,soon,1\n")
    result = run("load", rates)
    assert result.exit_code == 3
    assert "1 rows rejected" in result.stdout
    assert "day is not a date in the format iso" in result.stdout
    assert run("load", rates, "--again", "--max-rejects", "10%").exit_code == 1


def test_a_folder_and_a_dry_run(run: Any, rates: Path, tmp_path: Path) -> None:
    result = run("load", tmp_path, "--dry-run")
    assert result.exit_code == 0
    assert "Dry run: nothing was written." in result.stdout
    assert not (tmp_path / "data").exists()
    (tmp_path / "empty").mkdir()
    assert run("load", tmp_path / "empty").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--day", "soon"], "is not a date"),
        (["--locale", "english!"], "is not a locale"),
        (["--region", "USA"], "is not a market code"),
        (["--max-rejects", "many"], "expected a number or a percentage"),
        (["--profile", "fx", "--profile-file", "x"], "not both"),
    ],
)
def test_wrong_usage(run: Any, rates: Path, arguments: list[str], says: str) -> None:
    result = run("load", rates, *arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_a_failed_load_is_one_line_on_stderr_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    for words in (["load", str(path)], ["load", str(path), "--profile", "fy"]):
        done = subprocess.run(
            [sys.executable, "-c", "from shopscope.cli import main; main()", *words],
            env={"SHOPSCOPE_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_profiles_are_listed_shown_and_checked(run: Any, tmp_path: Path) -> None:
    listed = json.loads(run("profiles", "list", "--json").stdout)
    assert {"tabcut-products", "kalodata-ranks", "products", "fx"} <= {p["name"] for p in listed}
    assert "kalodata-ranks" in run("profiles", "list").stdout
    for profile in listed:
        assert run("profiles", "show", profile["name"]).exit_code == 0
    shown = run("profiles", "show", "tabcut-videos").stdout
    (tmp_path / "copy.toml").write_text(shown)
    assert run("profiles", "check", tmp_path / "copy.toml").exit_code == 0
    assert "usd" in run("profiles", "show", "fx").stdout


def test_a_profile_is_tried_on_data(run: Any, tmp_path: Path) -> None:
    profile, data = tmp_path / "mine.toml", tmp_path / "x.csv"
    profile.write_text(PROFILE)
    data.write_text("c,d,u\nEUR,2026-01-01,1.1\nGBP,soon,1.3\n")
    result = run("profiles", "check", profile, data)
    assert result.exit_code == 3
    assert "2026-01-01" in result.stdout
    assert "line 3, d: 'soon' is not a date" in result.stderr
    shown = json.loads(run("profiles", "check", profile, data, "--json").stdout)["preview"]
    assert shown["tables"] == {"fx": [{"currency": "EUR", "day": "2026-01-01", "usd": 1.1}]}
    assert shown["rejected"][0]["line"] == 3
    assert Lake(tmp_path / "data" / "lake").version == 0
    assert run("load", data, "--profile-file", profile).exit_code == 3


def test_a_wrong_profile_is_told(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(PROFILE.replace("usd =", "used ="))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from shopscope.cli import main; main()",
            "profiles",
            "check",
            profile,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {profile}: tables.fx.used: table fx has no column 'used'. Did you mean 'usd'?\n"
    )
