"""The state of the data: what is served and kept, what does not add up, loads and rejects."""

import datetime
import gzip
import json
from pathlib import Path

import msgspec
import pytest

from shopscope.api.app import Api
from shopscope.settings import Settings
from shopscope.snapshot.fetch import RemoteState
from shopscope.snapshot.manifest import MANIFEST, QUALITY
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.report import LoadInfo
from shopscope.web.rejects import FILES_MAX, READ_MAX, read_rejects
from tests.api import kit as api
from tests.web.kit import Keyed, browse, make_app, page

FINDINGS = [
    {"kind": "gap", "region": "US", "count": 12, "what": "days without a fact", "example": "77"},
    {"kind": "gap", "region": "GB", "count": 30, "what": "days without a fact"},
    {"kind": "category", "region": "US", "count": 5, "what": "products without a category"},
    {"kind": "odd", "region": "US", "count": 1, "what": "<script>alert(1)</script>"},
    {"kind": "gap", "region": "JP", "count": 999, "what": "not served here"},
]
LOADED = LoadInfo(
    path="day-1.csv",
    profile="product_daily",
    loaded_at=datetime.datetime(2026, 4, 26, 9, tzinfo=datetime.UTC),
    rows=10,
    loaded=8,
    rejected=2,
    duplicates=1,
)


class Served:
    """A data folder with two snapshots, a report, a load and rejected rows."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder)
        self.store = SnapshotStore(self.settings.snapshots_dir)
        self.older = api.build(self.store.root, api.AS_OF - datetime.timedelta(1))
        self.id = api.build(self.store.root)
        self.path = self.store.path(self.id)
        (self.path / QUALITY).write_text(json.dumps(FINDINGS))
        manifest = json.loads((self.path / MANIFEST).read_text())
        manifest["source"] = {
            "regions": {
                "US": {"as_of": "2026-04-26", "products": 25, "computed": 20, "delivered": 5}
            },
            "loads": msgspec.to_builtins([LOADED]),
        }
        manifest["files"][QUALITY]["bytes"] = (self.path / QUALITY).stat().st_size
        (self.path / MANIFEST).write_text(json.dumps(manifest))
        rejects = self.settings.rejects_dir
        rejects.mkdir()
        (rejects / "20260426T090000Z-abcdef12.csv").write_text(
            "source,line,column,value,reason\n"
            '/some/where/day-1.csv,3,price,"<b>, x",is no number\n'
            "/some/where/day-1.csv,9,price,-,is no number\n"
            "/some/where/day-1.csv,11,region,XX1,is no market\n"
        )
        self.snapshot = Snapshot.open(self.path)
        self.app = make_app(self.snapshot, self.settings)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return Served(tmp_path_factory.mktemp("data"))


def test_markets_are_what_the_api_answers_from(served: Served) -> None:
    rows = page(served.app, "/status").one(id="markets").all("tr", data_row=True)
    assert [row["data-row"] for row in rows] == sorted(api.PRODUCTS)
    for row in rows:
        cell = row.one("td", data_api=True)
        answer = api.ask(served.app, cell["data-api"])
        assert answer.headers["x-total-count"] == cell.one(data_value=True)["data-value"]
        assert answer.headers["x-as-of"] == row.one(data_as_of=True)["data-as-of"]
    us = rows[1]
    assert [n["data-value"] for n in us.all(data_value=True)] == ["25", "20", "5"]


def test_snapshots_that_are_kept_say_which_is_served(served: Served) -> None:
    html = page(served.app, "/status").one(id="snapshots")
    rows = {row["data-row"]: row for row in html.all("tr", data_row=True)}
    assert list(rows) == [info.id for info in served.store.list()] == [served.id, served.older]
    assert "served" in rows[served.id].text
    assert "served" not in rows[served.older].text


def test_what_does_not_add_up_is_told_by_kind(served: Served) -> None:
    html = page(served.app, "/status")
    kinds = {
        node["data-kind"]: node.one("summary").one(data_value=True)["data-value"]
        for node in html.all("details", data_kind=True)
    }
    assert kinds == {"gap": "42", "category": "5", "odd": "1"}
    gaps = html.one("details", data_kind="gap")
    assert [n["data-value"] for n in gaps.one("table").all(data_value=True)] == ["30", "12"]
    assert gaps.one("table").one("a")["href"] == "/product?region=US&product_id=77"
    odd = html.one("details", data_kind="odd")
    assert "<script>alert(1)</script>" in odd.text
    assert not odd.all("script")


def test_admins_see_loads_and_rejected_rows(served: Served) -> None:
    html = page(served.app, "/status")
    (load,) = html.one(id="loads").one("tbody").all("tr")
    assert load.text.startswith("day-1.csvproduct_daily")
    assert [n["data-value"] for n in load.all(data_value=True)] == ["10", "8", "2", "1"]
    rejects = html.one("details", data_rejects=True)
    assert "day-1.csv" in rejects.one("summary").text
    assert [n["data-value"] for n in rejects.all(data_value=True)] == ["3", "2", "1"]
    assert "<b>, x" in rejects.text
    assert "/some/where" not in browse(served.app, "/status").text


def test_others_see_neither(served: Served, tmp_path: Path) -> None:
    keyed = Keyed(served.snapshot, tmp_path)
    app = make_app(served.snapshot, served.settings, keyed.gate, keyed.accounts)
    keyed.app = app
    html = page(app, "/status", cookie=keyed.sign_in(keyed.key()))
    assert html.all(id="markets")
    assert not html.all(id="loads")
    assert not html.all(data_rejects=True)
    assert page(app, "/status", cookie=keyed.sign_in(keyed.key(admin=True))).all(id="loads")
    assert browse(app, "/status").status_code == 401
    keyed.close()


def test_a_snapshot_that_tells_little(snapshot: Snapshot, tmp_path: Path) -> None:
    """Of one whose folder is gone there is no report; it is served on all the same."""
    html = page(make_app(snapshot, Settings(data_dir=tmp_path)), "/status")
    assert html.all(id="markets")
    assert "The report of this snapshot can" in html.one(class_="warn").text
    assert "tells of no loads" in html.text


def test_without_a_snapshot(empty_app: Api) -> None:
    assert browse(empty_app, "/status").status_code == 503


# --- files of rejected rows -------------------------------------------------------------------


def test_no_folder_no_files(tmp_path: Path) -> None:
    assert read_rejects(tmp_path / "none") == []


def test_only_the_newest_files_are_read(tmp_path: Path) -> None:
    for number in range(FILES_MAX + 3):
        name = f"20260426T0900{number:02}Z-abcdef12.csv"
        (tmp_path / name).write_text("source,line,column,value,reason\n/a/x.csv,1,c,v,r\n")
    found = read_rejects(tmp_path)
    assert len(found) == FILES_MAX
    assert found[0].at == datetime.datetime(2026, 4, 26, 9, 0, FILES_MAX + 2, tzinfo=datetime.UTC)


def test_of_a_large_file_the_beginning_is_read(tmp_path: Path) -> None:
    line = f"/a/x.csv,1,price,{'v' * 80},is no number\n"
    count = READ_MAX // len(line) + 500
    path = tmp_path / "20260426T090000Z-abcdef12.csv"
    path.write_text("source,line,column,value,reason\n" + line * count)
    (found,) = read_rejects(tmp_path)
    assert not found.whole
    assert 0 < found.rows < count
    assert [(r.column, r.what, r.count) for r in found.reasons] == [
        ("price", "is no number", found.rows)
    ]


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_bytes(gzip.compress(b"nothing") + b"\xff\xfe\n,,,\n")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    found = {one.name: one for one in read_rejects(tmp_path)}
    assert set(found) == {"notes.csv", "empty.csv"}
    assert found["empty.csv"].rows == 0
    assert found["notes.csv"].at is None


@pytest.mark.parametrize("problem", [None, "Can't read s3://<b>/current: away"])
def test_where_snapshots_come_from(tmp_path: Path, problem: str | None) -> None:
    url = "s3://shop/snapshots"
    served = Served(tmp_path)
    settings = msgspec.structs.replace(served.settings, snapshots_url=url)
    app = make_app(served.snapshot, settings)
    assert "not reached yet" in page(app, "/status").one(id="remote").text
    moment = datetime.datetime(2026, 4, 27, 8, 30, tzinfo=datetime.UTC)
    state = RemoteState(url=url, reached_at=moment, problem=problem)
    (settings.snapshots_dir / ".remote.json").write_bytes(msgspec.json.encode(state))
    shown = page(app, "/status").one(aria_labelledby="remote-title").text
    assert url in shown
    assert "8:30" in shown
    assert ("what is served stays" in shown) is (problem is not None)
    assert problem is None or problem in shown
    assert not page(served.app, "/status").all(id="remote")
