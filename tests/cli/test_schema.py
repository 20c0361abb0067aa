"""`shopscope schema`: every table is explained, and its example loads."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from shopscope.cli.app import app
from shopscope.cli.schema import MERGE_RULES, TableInfo, described
from shopscope.errors import NotFound
from shopscope.ingest.load import Limit, Options, load_file
from shopscope.ingest.request import Request
from shopscope.ingest.samples import example_row
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from tests.ingest.conftest import NOW

LOADED = [name for name, table in TABLES.items() if example_row(table) is not None]


def test_all_but_the_ledger_can_be_loaded() -> None:
    assert set(TABLES) - set(LOADED) == {"loads"}


@pytest.mark.parametrize("name", LOADED)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_example_loads_without_a_profile(tmp_path: Path, name: str, form: str) -> None:
    info = described(TABLES[name])
    assert info.csv is not None
    path = tmp_path / f"example.{form}"
    path.write_bytes(
        info.csv.encode() if form == "csv" else msgspec.json.encode(info.example) + b"\n"
    )
    if (name, form) == ("product_row", "jsonl"):
        pytest.skip("a saved answer has numbers, not texts")
    lake = Lake(tmp_path / "lake")
    options = Options(Request(NOW, region=None), Limit())
    result = load_file(path, lake, tmp_path / "rejects", options)
    assert (result.error, result.rows, result.rejected) == (None, 1, 0)
    assert list(result.tables) == [name]
    (row,) = lake.read(name).to_pylist()
    if name != "product_row":  # its columns beside `row` stand for what is in it
        assert all(row[column] is not None for column, text in (info.example or {}).items() if text)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_shown(name: str) -> None:
    result = CliRunner().invoke(app, ["schema", name])
    assert result.exit_code == 0
    for column in TABLES[name].columns:
        assert column.name in result.output
        assert column.title.split()[0] in result.output
    assert MERGE_RULES[TABLES[name].merge] in result.output
    as_json = CliRunner().invoke(app, ["schema", name, "--json"])
    info = msgspec.json.decode(as_json.output, type=TableInfo)
    assert info == described(TABLES[name])
    assert (info.csv or "").strip() in result.output


def test_without_a_table_they_are_listed() -> None:
    result = CliRunner().invoke(app, ["schema", "--json"])
    assert msgspec.json.decode(result.output) == {n: t.title for n, t in TABLES.items()}
    plain = CliRunner().invoke(app, ["schema"])
    assert all(name in plain.output for name in TABLES)


def test_units_are_told() -> None:
    units = {c.name: c.unit for c in described(TABLES["ad_daily"]).columns}
    assert units["cost"] == "US dollars"
    assert units["day"] == "yyyy-mm-dd"
    daily = {c.name: c.unit for c in described(TABLES["product_daily"]).columns}
    assert (daily["spu_avg_price"], daily["sale"]) == ("the row's currency", "whole number")
    assert daily["product_commission_rate"] == "percent"


def test_an_unknown_table_names_the_nearest() -> None:
    result = CliRunner().invoke(app, ["schema", "ads_daily"])
    assert isinstance(result.exception, NotFound)
    assert "Did you mean 'ad_daily'?" in str(result.exception)
