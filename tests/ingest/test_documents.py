"""JSON documents through a profile: rows at a path, values of the head, variables."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.ingest.profile import read_profile
from shopscope.lake.tables import Lake
from tests.ingest.conftest import Loader, rows

PROFILE = read_profile(
    """
    name = "ranks"
    source = "me"
    rows = "answer.items"
    day = { path = "meta.at", shift = -1 }
    region = "market"
    [variables]
    window = { path = "meta.range", map = { day = "1d", week = "7d" } }
    [tables.product_daily]
    product_id = "id"
    "sale_{window}" = "units"
    """,
    "ranks.toml",
)


def document(range_: str, *items: Any, at: str = "2026-05-03T10:00:00Z") -> dict[str, Any]:
    return {"meta": {"at": at, "range": range_}, "answer": {"items": list(items)}}


def item(number: int, units: Any = 5) -> dict[str, Any]:
    return {"id": str(number), "market": "US", "units": units}


def save(path: Path, *documents: Any) -> Path:
    path.write_bytes(b"\n".join(map(msgspec.json.encode, documents)))
    return path


def test_rows_and_head_of_a_document(tmp_path: Path, lake: Lake, load: Loader) -> None:
    path = save(tmp_path / "x.json", document("week", item(1), item(2, "x"), 7, item(3, 5.0)))
    result = load(path, profile=PROFILE)
    assert (result.rows, result.loaded) == (4, 2)
    assert result.reasons == {"the row is not a JSON object": 1, "units is not a number": 1}
    assert rows(lake, "product_daily", "product_id", "day", "sale_1d", "sale_7d") == [
        (1, date(2026, 5, 2), None, 5),
        (3, date(2026, 5, 2), None, 5),
    ]


def test_each_line_may_be_a_document(tmp_path: Path, lake: Lake, load: Loader) -> None:
    documents = [document("day", item(1)), document("week", item(1, 9), item(2)), {"no": "rows"}]
    result = load(save(tmp_path / "x.jsonl", *documents), profile=PROFILE)
    assert (result.rows, result.loaded, result.rejected) == (4, 3, 1)
    assert rows(lake, "product_daily", "product_id", "sale_1d", "sale_7d") == [
        (1, 5, 9),
        (2, None, 5),
    ]


def test_the_users_day_goes_before_that_of_the_head(
    tmp_path: Path, lake: Lake, load: Loader
) -> None:
    path = save(tmp_path / "x.json", document("day", item(1)))
    load(path, profile=PROFILE, day=date(2026, 1, 1))
    assert rows(lake, "product_daily", "day") == [(date(2026, 1, 1),)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (document("year", item(1)), "meta.range is 'year', the profile 'ranks' knows day, week"),
        ({"meta": {"at": "x"}}, "the document has no meta.range, answer.items"),
        (document("day", {"id": 1}), "needs the columns 'market', 'units'; the file has id"),
    ],
)
def test_a_document_that_does_not_fit(
    tmp_path: Path, load: Loader, content: Any, says: str
) -> None:
    result = load(save(tmp_path / "x.json", content), profile=PROFILE)
    assert result.error is not None
    assert says in result.error


def test_json_rows_are_a_table_like_any_other(tmp_path: Path, lake: Lake, load: Loader) -> None:
    rates = [{"currency": "EUR", "day": "2026-01-01", "usd": 1.1}, {"currency": "GBP", "usd": 1.3}]
    wrapped: list[list[Any]] = [[rates], rates, [rates[:1]]]
    for number, documents in enumerate(wrapped):
        result = load(save(tmp_path / f"{number}.json", *documents))
        assert (result.error, result.profile) == (None, "fx")
        assert (result.loaded, result.rejected) == (1, number < 2)
    assert rows(lake, "fx", "currency", "usd") == [("EUR", 1.1)]
