"""One file, one load: counted, atomic, repeatable."""

import csv
import gzip
import itertools
import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopscope.errors import BadInput
from shopscope.ingest import load as loading
from shopscope.ingest.library import profile_in
from shopscope.ingest.load import Limit
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from tests.ingest.conftest import Loader, rows

HEAD = "region,product_id,day,sale,sale_gmv,currency\n"
LINES = [
    "US,1,2026-05-01,10,100.5,USD",
    "US,1,2026-05-02,12,120,USD",
    "US,2,2026-05-01,5,,",
    "GB,1,2026-05-01,7,70,GBP",
]


def save(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text(head + "".join(f"{line}\n" for line in lines))
    return path


def state(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    """Every table but the ledger."""
    return {name: rows(lake, name) for name in TABLES if name != "loads"}


def test_a_load_is_counted_and_entered_in_the_ledger(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    path = save(tmp_path / "x.csv", *LINES, "US,x,2026-05-01,1,1,USD", LINES[0])
    result = load(path)
    assert result.error is None
    assert (result.rows, result.loaded, result.rejected, result.duplicates) == (6, 5, 1, 1)
    assert (result.first_day, result.last_day) == (date(2026, 5, 1), date(2026, 5, 2))
    count = result.tables["product_daily"]
    assert (count.rows, count.added, count.changed) == (5, 4, 0)
    names = ("profile", "observed", "path", "rows", "loaded", "rejected", "duplicates")
    assert rows(lake, "loads", *names) == [("product_daily", "", str(path), 6, 5, 1, 1)]


def test_rejects_are_written_with_line_and_reason(tmp_path: Path, load: Loader) -> None:
    path = save(
        tmp_path / "x.csv", LINES[0], f"US,{'9' * 300},2026-05-01,1,1,USD", "US,2,2026-05-01"
    )
    result = load(path)
    assert result.rejects_file is not None
    written = Path(result.rejects_file)
    assert written.name.startswith("20260901T123000Z-")
    with written.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert found == [
        {
            "source": str(path),
            "line": "4",
            "column": "",
            "value": "US,2,2026-05-01",
            "reason": "the row has 3 cells, the header has 6",
        },
        {
            "source": str(path),
            "line": "3",
            "column": "product_id",
            "value": "9" * 200,
            "reason": "is not an id of up to 19 digits",
        },
    ]
    assert sum(result.reasons.values()) == result.rejected == 2
    assert [p.name for p in written.parent.iterdir()] == [written.name]


def test_the_same_file_again_is_skipped_unless_forced(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    path = save(tmp_path / "x.csv", *LINES)
    load(path)
    before, version = state(lake), lake.version
    copy = save(tmp_path / "copy.csv", *LINES)
    for again in (path, copy):
        result = load(again)
        assert result.skipped == "already loaded"
        assert (result.rows, result.tables, result.error) == (0, {}, None)
    assert lake.version == version
    forced = load(path, again=True)
    count = forced.tables["product_daily"]
    assert (forced.loaded, count.added, count.changed) == (4, 0, 0)
    assert state(lake) == before
    assert load(path, day=date(2026, 1, 1)).skipped is None


def test_a_changed_profile_makes_a_file_new(tmp_path: Path, load: Loader) -> None:
    text = 'name = "mine"\nsource = "s"\n[tables.fx]\ncurrency = "c"\nday = "d"\nusd = "u"\n'
    (tmp_path / "p.toml").write_text(text)
    path = save(tmp_path / "x.csv", "EUR,2026-01-01,1.1", head="c,d,u\n")
    assert load(path, profile=profile_in(tmp_path / "p.toml")).loaded == 1
    assert load(path, profile=profile_in(tmp_path / "p.toml")).skipped
    (tmp_path / "p.toml").write_text(text + "# better\n")
    assert load(path, profile=profile_in(tmp_path / "p.toml")).loaded == 1


CELLS = st.sampled_from(["", "1", "5", "7.5", "x"])
ROWS = st.lists(
    st.builds(
        "{},{},2026-05-0{},{},{},{}".format,
        st.sampled_from(["US", "GB"]),
        st.sampled_from("12"),
        st.sampled_from("12"),
        CELLS,
        CELLS,
        st.sampled_from(["", "USD"]),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_halves_repetition_and_order_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    load: Loader,
    lines: list[str],
    random: object,
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("order")
    once, parts = Lake(folder / "a" / "lake"), Lake(folder / "b" / "lake")
    load(save(folder / "all.csv", *lines), into=once)
    mixed = [*lines]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for number, some in enumerate((mixed[cut:], mixed[:cut], mixed[cut:])):
        load(save(folder / f"{number}.csv", *some), into=parts, again=True)
    assert state(once) == state(parts)


def test_every_format_gives_the_same_tables(tmp_path: Path, load: Loader) -> None:
    names = HEAD.strip().split(",")
    cells = [dict(zip(names, line.split(","), strict=True)) for line in LINES]
    paths = [
        save(tmp_path / "a.csv", *LINES),
        save(
            tmp_path / "b.csv",
            *(line.replace(",", ";") for line in LINES),
            head=HEAD.replace(",", ";"),
        ),
        tmp_path / "c.csv",
        tmp_path / "d.json",
        tmp_path / "e.jsonl",
        tmp_path / "f.csv.gz",
        tmp_path / "g.parquet",
    ]
    paths[2].write_bytes(paths[0].read_text().encode("utf-16"))
    paths[3].write_text(json.dumps(cells, indent=1))
    paths[4].write_text("\n".join(map(json.dumps, cells)))
    paths[5].write_bytes(gzip.compress(paths[0].read_bytes()))
    pq.write_table(pa.Table.from_pylist(cells), paths[6])
    states = []
    for number, path in enumerate(paths):
        lake = Lake(tmp_path / str(number) / "lake")
        result = load(path, into=lake)
        assert (result.error, result.loaded) == (None, 4)
        states.append(state(lake))
    assert all(one == states[0] for one in states)


def test_a_table_that_the_lake_wrote_can_be_loaded_back(
    tmp_path: Path, lake: Lake, load: Loader, shared_data: Path
) -> None:
    load(shared_data / "tabcut_us_gb" / "products_daily.csv")
    load(shared_data / "tabcut_us_gb" / "videos_daily.csv")
    load(shared_data / "categories" / "marketplace_vi-VN_L1_L2.json")
    other = Lake(tmp_path / "other" / "lake")
    for name in ("product", "product_daily", "post", "category_name"):
        pq.write_table(lake.read(name), tmp_path / f"{name}.parquet")
        assert load(tmp_path / f"{name}.parquet", into=other).profile == name
    assert state(other) == state(lake)


def test_a_dry_run_writes_nothing(tmp_path: Path, lake: Lake, load: Loader) -> None:
    path = save(tmp_path / "x.csv", *LINES, "US,x,,,,")
    result = load(path, dry_run=True)
    assert (result.rows, result.loaded, result.rejected, result.rejects_file) == (5, 4, 1, None)
    assert result.tables["product_daily"].rows == 4
    assert result.tables["product_daily"].added is None
    assert not lake.path.parent.exists()


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        ("2", None),
        ("1", "more than 1 rows were rejected, stopped there; nothing was loaded"),
        ("0", "more than 0 rows were rejected"),
        ("50%", None),
        ("49.9%", "2 of 4 rows were rejected, more than 49.9 %; nothing was loaded"),
    ],
)
def test_a_hopeless_load_is_stopped(
    tmp_path: Path, lake: Lake, load: Loader, limit: str, error: str | None
) -> None:
    path = save(tmp_path / "x.csv", LINES[0], "US,x,,,,", "US,y,,,,", LINES[1])
    result = load(path, limit=Limit.parse(limit))
    if error is None:
        assert (result.error, result.loaded) == (None, 2)
        return
    assert result.error is not None
    assert error in result.error
    assert "Most often" in result.error
    assert (result.loaded, lake.version) == (0, 0)
    assert result.rejects_file is not None
    assert Path(result.rejects_file).exists()


@pytest.mark.parametrize("text", ["x", "-1", "101%", "1.5", "", "nan%", "5%%"])
def test_a_limit_is_a_number_or_a_percentage(text: str) -> None:
    with pytest.raises(BadInput, match="expected a number or a percentage such as 2%"):
        Limit.parse(text)


def test_a_file_of_rejects_only_is_not_loaded(tmp_path: Path, lake: Lake, load: Loader) -> None:
    result = load(save(tmp_path / "x.csv", "US,x,,,,", "US,y,,,,"))
    assert result.error is not None
    assert "every row was rejected; nothing was loaded" in result.error
    assert (result.rows, result.loaded, result.rejected, lake.version) == (2, 0, 2, 0)


@pytest.mark.parametrize("data", ["", HEAD, "a,b\n1,2\n", f'{HEAD}US,1,2026-05-01,"'])
def test_a_broken_file_touches_nothing(tmp_path: Path, lake: Lake, load: Loader, data: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(data)
    result = load(path)
    assert result.error is not None
    assert result.error.startswith(f"{path}: ")
    assert not lake.path.parent.exists()


def test_a_lake_that_can_not_be_written_leaves_no_rejects_file(
    tmp_path: Path, load: Loader
) -> None:
    lake = Lake(tmp_path / "data" / "lake")
    lake.path.parent.mkdir()
    lake.path.write_text("in the way")
    result = load(save(tmp_path / "x.csv", *LINES, "US,x,,,,"), into=lake)
    assert result.error is not None
    assert str(lake.path) in result.error
    assert [p.name for p in lake.path.parent.rglob("*")] in (
        ["lake"],
        ["lake", "rejects"],
        ["rejects", "lake"],
    )


def test_a_rejects_folder_that_can_not_be_written_stops_the_load(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    lake.path.parent.mkdir()
    (lake.path.parent / "rejects").write_text("in the way")
    result = load(save(tmp_path / "x.csv", *LINES, "US,x,,,,"))
    assert result.error is not None
    assert "Can't write the rejects file" in result.error
    assert lake.version == 0


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from shopscope.ingest.load import Limit, Options, load_file
from shopscope.ingest import load
from shopscope.ingest.request import Request
from shopscope.lake.place import Folder
from shopscope.lake.tables import Lake, LakeWrite

load.STAGE_BYTES = 1000
path, root, when = sys.argv[1:]
add, commit = LakeWrite.add, LakeWrite.commit

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_add(self, table, rows):
    add(self, table, rows)
    if when == "staging":
        die()

def dying_commit(self):
    if when == "before":
        die()
    done = commit(self)
    if when == "after":
        die()
    return done

LakeWrite.add, LakeWrite.commit = dying_add, dying_commit
if when == "committing":
    Folder.write_head = die
request = Request(datetime(2026, 9, 1, tzinfo=UTC))
load_file(Path(path), Lake(Path(root) / "lake"), Path(root) / "rejects", Options(request, Limit()))
"""


@pytest.mark.parametrize("when", ["staging", "before", "committing", "after"])
def test_a_killed_load_has_happened_or_it_has_not(
    tmp_path: Path, lake: Lake, load: Loader, when: str
) -> None:
    first = save(tmp_path / "first.csv", *LINES)
    load(first)
    before = state(lake)
    many = [f"US,{number},2026-05-03,1,1,USD" for number in range(5000)]
    path = save(tmp_path / "x.csv", *many, "US,x,,,,")
    root = lake.path.parent
    command = [sys.executable, "-c", KILLED, str(path), str(root), when]
    done = subprocess.run(command, check=False, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    if when == "after":
        assert len(rows(lake, "product_daily")) == 5004
        return
    assert state(lake) == before
    assert len(rows(lake, "loads")) == 1
    result = load(path)
    assert (result.error, result.loaded) == (None, 5000)
    assert len(rows(lake, "product_daily")) == 5004


def test_an_error_in_the_middle_leaves_nothing(
    tmp_path: Path, lake: Lake, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "STAGE_BYTES", 1)
    load(save(tmp_path / "first.csv", *LINES))
    before = state(lake)
    path = tmp_path / "x.csv.gz"
    lines = "".join(f"US,{number},2026-05-03,1,1,USD\n" for number in range(400_000))
    path.write_bytes(gzip.compress((HEAD + lines).encode(), 1)[:-100])
    result = load(path)
    assert result.error is not None
    assert "the compressed data is cut off" in result.error
    assert result.loaded == 0
    assert state(lake) == before
    assert not list((lake.path / ".staging").glob("*"))


def test_duplicates_are_rows_whose_key_was_there_before(tmp_path: Path, load: Loader) -> None:
    pool = [*LINES, "US,1,2026-05-01,99,1,USD"]
    for number, picked in enumerate(itertools.product(pool, repeat=3)):
        if number % 10:
            continue
        keys = [line.split(",")[:3] for line in picked]
        expected = sum(key in keys[:i] for i, key in enumerate(keys))
        path = save(tmp_path / f"{number}.csv", *picked)
        assert load(path, dry_run=True).duplicates == expected
