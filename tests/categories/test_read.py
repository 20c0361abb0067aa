"""Categories by level, parent and language."""

from pathlib import Path

import pyarrow as pa
import pytest

from shopscope.categories.read import list_categories
from shopscope.contract.categories import CategoryRequest, CategoryRow
from shopscope.snapshot.build import CATEGORY_SCHEMA
from shopscope.snapshot.reader import Snapshot
from tests.snapshot import rows

TREE = [
    ("0", 1, "0", "en-US", "Other"),
    ("602118", 1, "0", "en-US", "Pet Supplies"),
    ("602118", 1, "0", "zh-CN", "宠物用品"),
    ("1001992", 2, "602118", "en-US", "Farm Animal & Poultry Supplies"),
    ("1001992", 2, "602118", "id-ID", "Perlengkapan Ternak"),
    ("9001", 2, "602118", "vi-VN", "Thức ăn"),
    ("9001", 2, "602118", "ms-MY", "Makanan"),
    ("848648", 2, "601450", "en-US", "Makeup"),
    ("848648", 2, "0", "zh-CN", "美妆"),
    ("3001", 3, "1001992", "zh-CN", "鸡"),
]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    lines = [dict(zip(CATEGORY_SCHEMA.names, line, strict=True)) for line in TREE]
    table = pa.Table.from_pylist(lines[::-1], schema=CATEGORY_SCHEMA)
    return rows.opened(tmp_path, categories=table)


def test_the_children_of_one(snapshot: Snapshot) -> None:
    found = list_categories(snapshot, CategoryRequest(2, "id-ID", "602118"))
    assert found == [
        CategoryRow("1001992", "2", "Perlengkapan Ternak", "id-ID", "602118"),
        CategoryRow("9001", "2", "Makanan", "ms-MY", "602118"),
    ]


def test_a_whole_level_is_sorted_by_id_as_text(snapshot: Snapshot) -> None:
    found = list_categories(snapshot, CategoryRequest(2, "zh-CN"))
    assert [(row.category_id, row.language) for row in found] == [
        ("1001992", "en-US"),
        ("848648", "zh-CN"),
        ("9001", "ms-MY"),
    ]
    first = list_categories(snapshot, CategoryRequest(1, "en-US"))
    assert [row.category_id for row in first] == ["0", "602118"]
    assert list_categories(snapshot, CategoryRequest(1, "en-US", "0")) == first


def test_where_locales_disagree_on_the_place_english_is_right(snapshot: Snapshot) -> None:
    makeup = list_categories(snapshot, CategoryRequest(2, "zh-CN", "601450"))
    assert makeup == [CategoryRow("848648", "2", "美妆", "zh-CN", "601450")]


def test_a_name_in_no_language_asked_for(snapshot: Snapshot) -> None:
    found = list_categories(snapshot, CategoryRequest(3, "th-TH"))
    assert found == [CategoryRow("3001", "3", "鸡", "zh-CN", "1001992")]


def test_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    assert list_categories(snapshot, CategoryRequest(2, "en-US", "no such")) == []
    assert list_categories(snapshot, CategoryRequest(3, "en-US", "602118")) == []
    empty = rows.opened(tmp_path / "empty")
    assert list_categories(empty, CategoryRequest(1, "en-US")) == []
