"""The category tree as it is answered, against the four files put together by plain loops."""

from datetime import date
from pathlib import Path

import pytest

from tests.acceptance import tree
from tests.acceptance.command import Client
from tests.acceptance.conftest import Road, Truth
from tests.acceptance.seeds import example
from tests.acceptance.sources import CATEGORY_FILES

PETS = "602118"


@pytest.mark.parametrize("language", tree.LANGUAGES)
@pytest.mark.parametrize("level", tree.LEVELS)
def test_every_level_in_every_language(
    client: Client, truth: Truth, level: int, language: str
) -> None:
    served = client.categories(tree.LEVELS[level], language=language)
    assert served == truth.tree.rows(level, language)
    assert len(served) > 30
    fields = ["category_id", "category_level", "category_name", "language", "parent_id"]
    assert all(list(row) == fields for row in served)
    assert all(row["category_name"] == row["category_name"].strip() != "" for row in served)


@pytest.mark.parametrize("language", tree.LANGUAGES)
@pytest.mark.parametrize("level", tree.LEVELS)
def test_the_children_of_every_parent(
    client: Client, truth: Truth, level: int, language: str
) -> None:
    parents = {row["parent_id"] for row in truth.tree.rows(level, language)}
    for parent in sorted(parents):
        served = client.categories(tree.LEVELS[level], language=language, parent_id=parent)
        assert served == truth.tree.rows(level, language, parent), parent


def test_the_example_of_upstream(client: Client, seeds: Path) -> None:
    (row,) = example(seeds, "000_8143148009131ba1.txt")
    served = client.categories("secondary", language="en-US", parent_id=PETS)
    (same,) = (r for r in served if r["category_id"] == row["category_id"] == "1001992")
    assert list(same.items()) == list(row.items())
    assert same["category_name"] == "Farm Animal & Poultry Supplies"


@pytest.mark.parametrize("language", ["zh-CN", "id-ID"])
def test_names_are_those_of_the_language(client: Client, road: Road, language: str) -> None:
    rows = tree.read(road.data)
    names = {n.id: n.name for n in rows if n.locale == language and n.parent == PETS}
    english = {n.id: n.name for n in rows if n.locale == "en-US" and n.parent == PETS}
    assert "1001992" in names
    for row in client.categories("secondary", language=language, parent_id=PETS):
        known = names.get(row["category_id"])
        assert row["category_name"] == (known or english[row["category_id"]])
        assert row["language"] == (language if known else "en-US")
    assert names["1001992"] != english["1001992"]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_language_without_names_is_english_and_says_so(client: Client, level: int) -> None:
    """There is no Thai file: no row says that it is Thai."""
    served = client.categories(tree.LEVELS[level], language="th-TH")
    english = client.categories(tree.LEVELS[level], language="en-US")
    assert served == english
    assert sum(row["language"] == "en-US" for row in served) > 30


def test_a_level_without_names_in_a_language(client: Client) -> None:
    """The Vietnamese file has no third level."""
    assert {r["language"] for r in client.categories("tertiary", language="vi-VN")} == {
        "en-US",
        "id-ID",  # the platform's own test categories, which nobody has translated
    }
    assert {r["language"] for r in client.categories("primary", language="vi-VN")} > {"vi-VN"}


def test_names_are_trimmed(client: Client, road: Road) -> None:
    raw = {
        row["category_id"]: row["category_name"]
        for row in tree.rows_of(road.data / CATEGORY_FILES[0])
    }
    dirty = {category for category, name in raw.items() if name != name.strip()}
    assert raw["601583"] == "Perfume\t"
    served = client.categories("tertiary", language="en-US")
    names = {row["category_id"]: row["category_name"] for row in served}
    assert names["601583"] == "Perfume"
    assert all(names[category] == raw[category].strip() for category in dirty)


def test_a_moved_category_is_where_it_is_now(client: Client, road: Road) -> None:
    """Some parents changed between May and August; also a name from May moves with its row."""
    places: dict[str, dict[date, str]] = {}
    for naming in tree.read(road.data):
        if naming.locale == "en-US":
            places.setdefault(naming.id, {})[naming.day] = naming.parent
    moved = {c: by_day for c, by_day in places.items() if len(set(by_day.values())) > 1}
    assert len(moved) == 6
    for language in ("en-US", "zh-CN"):
        served = client.categories("tertiary", language=language)
        parents = {row["category_id"]: row["parent_id"] for row in served}
        for category, by_day in moved.items():
            assert parents[category] == by_day[max(by_day)] != by_day[min(by_day)]
            below = client.categories("tertiary", language=language, parent_id=by_day[min(by_day)])
            assert category not in {row["category_id"] for row in below}


@pytest.mark.parametrize("parent", ["1", "999999999999", "601583", "x", "-1"])
def test_an_unknown_parent_has_no_children(client: Client, parent: str) -> None:
    for level in tree.LEVELS.values():
        assert client.categories(level, language="en-US", parent_id=parent) == []


def test_the_category_other_is_a_row(client: Client) -> None:
    served = client.categories("primary", language="en-US", parent_id="0")
    assert served[0]["category_id"] == "0"
    assert served[0]["category_name"] == "Other"
    assert served == client.categories("primary", language="en-US")
