"""The real files into the lake: every row is accounted for, and every rule is stated."""

from collections import Counter
from pathlib import Path

import pytest

from shopscope.lake.tables import Lake
from tests.acceptance import delivered, sources
from tests.acceptance.conftest import Road, Truth


def page(name: str) -> str:
    """A page of the documentation, as one line."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    return " ".join((docs / name).read_text("utf-8").split())


def test_the_commands_succeed(road: Road) -> None:
    for run in (*road.loads, road.rollup):
        assert run.status == 0, run
        assert "Traceback" not in run.err


@pytest.mark.parametrize("file", sources.FILES)
def test_loaded_and_rejected_are_the_rows_of_the_file(road: Road, truth: Truth, file: str) -> None:
    (told,) = (f for f in road.files if f["path"] == str(road.data / file))
    assert told["rows"] == truth.sources.rows[file]
    assert told["loaded"] + told["rejected"] == told["rows"]
    # There is nothing in these files that a person would call unreadable.
    assert (told["rejected"], told["reasons"], told["rejects_file"]) == (0, {}, None)
    assert (told["error"], told["skipped"]) == (None, None)


def test_what_a_user_writes_is_counted_too(road: Road, truth: Truth) -> None:
    told = {Path(f["path"]).name: f["loaded"] for f in road.files}
    assert told["fx.csv"] == len(sources.JPY) + 1
    assert told[delivered.FILE] == len(truth.rows[delivered.REGION])
    for run in road.loads:
        files = run.json["files"]
        for number in ("rows", "loaded", "rejected", "duplicates"):
            assert run.json[number] == sum(file[number] for file in files)


def test_duplicates_are_counted_and_the_rule_is_stated(road: Road) -> None:
    """Rows of one market, product and day (for videos: of one video, too) come once to the lake."""
    keys = {
        sources.PRODUCTS: ("region", "product_id", "report_date"),
        sources.VIDEOS: ("region", "video_id", "product_id", "report_date"),
    }
    told = {f["path"]: f["duplicates"] for f in road.files}
    for file, columns in keys.items():
        rows = sources.table(road.data / file)
        repeated = len(rows) - len({tuple(row[c] for c in columns) for row in rows})
        assert told.pop(str(road.data / file)) == repeated
        assert repeated == 161 or file != sources.PRODUCTS
    assert set(told.values()) == {0}
    assert "All are taken and counted; of each value the largest is kept" in page("profiles.md")


def test_rows_without_a_shop_are_taken_and_the_rule_is_stated(road: Road) -> None:
    """The export writes `nan` for a shop it does not know; the product's shop is then unknown."""
    rows = sources.table(road.data / sources.PRODUCTS)
    without = [row for row in rows if row["shop"] == "nan"]
    assert len(without) == 106
    (told,) = [f for f in road.files if f["path"] == str(road.data / sources.PRODUCTS)]
    assert told["blank"] == {"product.seller_name": 106}
    lake = Lake(road.cli.data / "lake")
    known = lake.read("product", ["region", "product_id", "seller_name"], "source = 'tabcut'")
    found = {(r["region"], str(r["product_id"]), r["seller_name"]) for r in known.to_pylist()}
    assert found == {
        (r["region"], r["product_id"], None if r["shop"] == "nan" else r["shop"].strip())
        for r in rows
    }
    daily = lake.read("product_daily", ["region", "product_id", "day"], "source = 'tabcut'")
    days = {(r["region"], str(r["product_id"]), str(r["day"])) for r in daily.to_pylist()}
    assert {(r["region"], r["product_id"], r["report_date"]) for r in without} <= days
    assert 'missing = ["nan"]' in road.cli.done("profiles", "show", "tabcut-products").out


def test_a_second_load_of_the_same_file_is_skipped(road: Road) -> None:
    lake = Lake(road.cli.data / "lake")
    before = lake.version
    (told,) = road.cli.done("load", road.data / sources.RANKS[0], "--json").json["files"]
    assert told["skipped"] == "already loaded"
    assert lake.version == before


def test_videos_come_with_their_counters(road: Road) -> None:
    """Of several values of one video and day the largest; rounded likes as they are shown."""
    views: Counter[tuple[str, ...]] = Counter()
    likes: Counter[tuple[str, ...]] = Counter()
    for row in sources.table(road.data / sources.VIDEOS):
        key = (row["region"], row["video_id"], row["product_id"] or "0", row["report_date"])
        views[key] = max(views[key], int(row["views"]))
        likes[key] = max(likes[key], sources.count(row["likes_shown"]))
    columns = ["region", "video_id", "product_id", "day", "views", "likes"]
    posts = Lake(road.cli.data / "lake").read("post", columns).to_pylist()
    assert len(posts) == len(views)
    for post in posts:
        key = (post["region"], post["video_id"], str(post["product_id"]), str(post["day"]))
        assert (post["views"], post["likes"]) == (views[key], likes[key])


def test_the_rollup_tells_what_it_made(road: Road, truth: Truth) -> None:
    told = road.rollup.json
    assert told["snapshot"] == road.cli.current
    assert told["unchanged"] is False
    for region, rows in truth.rows.items():
        ready = len(rows) if region == delivered.REGION else 0
        assert told["regions"][region] == {
            "as_of": truth.as_of[region].isoformat(),
            "products": len(rows),
            "computed": len(rows) - ready,
            "delivered": ready,
        }


def test_the_rollup_tells_what_does_not_add_up(road: Road, truth: Truth) -> None:
    """Gaps between two days of a product, and products without a category, are counted."""
    gaps: Counter[str] = Counter()
    for (region, _), facts in truth.sources.facts.items():
        days = {fact["day"] for fact in facts}
        gaps[region] += (max(days) - min(days)).days + 1 > len(days)
    findings = {(f["kind"], f["region"]): f["count"] for f in road.rollup.json["findings"]}
    assert findings["gap", "US"] == gaps["US"] > 0
    assert findings["category", "JP"] == len(truth.rows["JP"])
    assert not [region for kind, region in findings if kind in ("rate", "category_name")]


def test_a_second_rollup_changes_nothing(road: Road) -> None:
    told = road.cli.done("rollup", "--json").json
    assert told["unchanged"] is True
    assert told["snapshot"] == road.rollup.json["snapshot"]
