"""Saved answers in every wrapping, and Partner API categories."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.contract.products import EXAMPLE
from shopscope.ingest.library import profile_named
from shopscope.lake.tables import Lake
from tests.ingest.conftest import NOW, Loader, rows

PRODUCT = msgspec.structs.asdict(EXAMPLE)
CATEGORY = {
    "category_id": "7",
    "category_level": "2",
    "category_name": "Invented things\t",
    "language": "en-US",
    "parent_id": "5",
}
PARTNER = [
    {"id": "5", "parent_id": "0", "local_name": "Satu", "is_leaf": False},
    {"id": "7", "parent_id": "5", "local_name": "Dua", "is_leaf": False},
    {"id": "9", "parent_id": "7", "name": "Tiga", "is_leaf": True},
]


def envelope(data: Any, **more: Any) -> dict[str, Any]:
    return {"code": 0, "message": "success", "data": data, "requestId": "x", **more}


def save(tmp_path: Path, name: str, *documents: Any) -> Path:
    path = tmp_path / name
    path.write_bytes(b"\n".join(map(msgspec.json.encode, documents)))
    return path


PAGES = [[{**PRODUCT, "product_id": str(10 * page + i)} for i in range(2)] for page in range(3)]


@pytest.mark.parametrize(
    "documents",
    [
        [envelope(PAGES[0] + PAGES[1] + PAGES[2])],
        [[envelope(page) for page in PAGES]],
        [envelope(page) for page in [*PAGES, []]],
        [PAGES[0] + PAGES[1] + PAGES[2]],
        [{"pages": {"1": PAGES[0], "2": [PAGES[1], {"deep": PAGES[2]}]}}],
        [row for page in PAGES for row in page],
        [envelope({"list": page, "pagination": {"page": 1}}) for page in PAGES],
    ],
    ids=["one", "list", "lines", "bare", "deep", "rows", "wrapped"],
)
def test_product_rows_are_found_in_every_wrapping(
    tmp_path: Path, lake: Lake, load: Loader, documents: list[Any]
) -> None:
    result = load(save(tmp_path, "x.json", *documents))
    assert (result.error, result.profile) == (None, "products")
    assert (result.rows, result.loaded, result.rejected) == (6, 6, 0)
    assert [key for (key,) in rows(lake, "product_row", "product_id")] == [0, 1, 10, 11, 20, 21]
    stored = msgspec.json.decode(rows(lake, "product_row", "row")[0][0])
    assert stored == {**PRODUCT, "product_id": stored["product_id"]}


def test_the_day_of_an_answer(tmp_path: Path, lake: Lake, load: Loader) -> None:
    load(save(tmp_path, "a.json", envelope(PAGES[0])))
    load(save(tmp_path, "b_2026-03.json", envelope(PAGES[0])))
    load(save(tmp_path, "c_2026-03.json", envelope(PAGES[0], fetched_at="2026-04-05T01:02:03Z")))
    load(save(tmp_path, "d.json", envelope(PAGES[0], date="2026-04-06")), day=date(2026, 4, 7))
    assert sorted({day for (day,) in rows(lake, "product_row", "day")}) == [
        date(2026, 3, 1),
        date(2026, 4, 5),
        date(2026, 4, 7),
        NOW.date(),
    ]


def test_category_rows(tmp_path: Path, lake: Lake, load: Loader) -> None:
    broken = {**CATEGORY, "category_level": "two"}
    short = {key: value for key, value in CATEGORY.items() if key != "language"}
    page = envelope([CATEGORY, broken, short, 5])
    result = load(save(tmp_path, "x_2026-02-03.json", page))
    assert (result.profile, result.rows, result.loaded, result.rejected) == ("categories", 4, 1, 3)
    assert result.reasons == {
        "the row is not a JSON object": 1,
        "category_level is not a number": 1,
        "language is missing": 1,
    }
    assert rows(
        lake, "category_name", "id", "level", "parent_id", "locale", "name", "valid_to"
    ) == [("7", 2, "5", "en-US", "Invented things", date(2026, 2, 3))]


def test_one_document_may_hold_several_shapes(tmp_path: Path, load: Loader) -> None:
    result = load(save(tmp_path, "x.json", {"a": [CATEGORY], "b": [PRODUCT, PRODUCT]}))
    assert result.profile == "products+categories"
    assert (result.rows, result.duplicates) == (3, 1)
    assert {name: count.rows for name, count in result.tables.items()} == {
        "product_row": 2,
        "category_name": 1,
    }


@pytest.mark.parametrize("order", [1, -1])
def test_partner_categories_get_a_level(
    tmp_path: Path, lake: Lake, load: Loader, order: int
) -> None:
    answer = envelope({"categories": PARTNER[::order]})
    result = load(save(tmp_path, "tree_id-ID_2026-06-18.json", answer))
    assert (result.profile, result.loaded) == ("partner-categories", 3)
    assert rows(lake, "category_name", "id", "level", "parent_id", "name", "locale", "source") == [
        ("5", 1, "0", "Satu", "id-ID", "partner"),
        ("7", 2, "5", "Dua", "id-ID", "partner"),
        ("9", 3, "7", "Tiga", "id-ID", "partner"),
    ]


def test_partner_categories_need_a_locale(tmp_path: Path, lake: Lake, load: Loader) -> None:
    path = save(tmp_path, "tree.json", {"categories": PARTNER})
    result = load(path)
    assert result.error is not None
    assert "need a locale" in result.error
    assert "--locale en-US" in result.error
    assert lake.version == 0
    assert load(path, locale="vi-VN").profile == "partner-categories locale=vi-VN"
    assert {locale for (locale,) in rows(lake, "category_name", "locale")} == {"vi-VN"}


def test_partner_rows_that_lead_nowhere(tmp_path: Path, load: Loader) -> None:
    lost = [
        {"id": "1", "parent_id": "2", "local_name": "a", "is_leaf": False},
        {"id": "2", "parent_id": "1", "local_name": "b", "is_leaf": False},
        {"id": "3", "parent_id": "99", "local_name": "c", "is_leaf": True},
    ]
    result = load(save(tmp_path, "tree.json", PARTNER + lost), locale="en-US")
    assert (result.loaded, result.rejected) == (3, 3)
    assert result.reasons == {
        "parent_id leads back to the category itself": 2,
        "parent_id is no category of the file, so the level is unknown": 1,
    }


def test_answers_that_are_errors_and_strange_lines_are_told(tmp_path: Path, load: Loader) -> None:
    error = {"code": 429, "message": "qps limit exceeded", "data": None}
    path = save(tmp_path, "x.jsonl", envelope(PAGES[0]), error, envelope([]), {"what": 1})
    path.write_bytes(path.read_bytes() + b'\n{"code": 0, "data": [')
    result = load(path)
    assert (result.rows, result.loaded, result.rejected) == (5, 2, 3)
    assert result.reasons == {
        "the answer is an error: 429 qps limit exceeded": 1,
        "no rows of a known shape in it": 1,
        "the line is not valid JSON: it is truncated": 1,
    }


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (envelope([]), "no rows in it; the answer is empty"),
        (
            {"code": 401, "message": "apiKey is null", "data": None},
            "no rows in it; the answer is an error: 401 apiKey is null",
        ),
        ({"what": [1, 2]}, "no rows of a known shape in it; at its top are what"),
        (5, None),
        ([], "at its top are a list"),
    ],
)
def test_a_document_without_rows(
    tmp_path: Path, load: Loader, document: Any, says: str | None
) -> None:
    result = load(save(tmp_path, "x.json", document))
    assert result.error is not None
    assert says is None or says in result.error


def test_a_shape_can_be_asked_for(tmp_path: Path, load: Loader) -> None:
    path = save(tmp_path, "x.json", {"a": [CATEGORY], "b": [PRODUCT]})
    result = load(path, profile=profile_named("categories"))
    assert {name: count.rows for name, count in result.tables.items()} == {"category_name": 1}
    result = load(path, profile=profile_named("products"))
    assert {name: count.rows for name, count in result.tables.items()} == {"product_row": 1}


def test_what_json_allows_and_no_number_holds_is_told(tmp_path: Path, load: Loader) -> None:
    huge = msgspec.json.encode(envelope(PAGES[0])).replace(
        b'"total_sale_cnt":0', b'"total_sale_cnt":1e400', 1
    )
    path = tmp_path / "x.json"
    path.write_bytes(huge)
    result = load(path)
    assert (result.loaded, result.rejected) == (1, 1)
    assert list(result.reasons) == ["the row is not valid JSON: a number out of range"]
    path.write_bytes(
        huge + b"\n" + b'{"code": 1e400, "data": []}' + b"\n" + b"[" * 10_000 + b"]" * 10_000
    )
    result = load(path)
    assert (result.loaded, result.rejected) == (1, 3)
    for text in (
        b"[" * 10_000 + b"]" * 10_000,
        b'{"code": 1e400, "data": []}',
        b"[1e400]",
        b'{"x": "\\ud800y"}',
    ):
        path.write_bytes(text)
        result = load(path)
        assert result.error is not None
        assert result.error.startswith(f"{path}: ")
