"""The real exports: every row accounted for, and facts as plain Python reads them."""

import csv
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shopscope.ingest.load import FileResult, Limit, Options, load_file
from shopscope.ingest.request import Request
from shopscope.lake.tables import Lake
from tests.ingest.conftest import NOW, Loader, rows

FILES = {
    # file: profile, rows, duplicates, rows each table gets from it
    "categories/echotik_en-US_2026-08-12.json": ("categories", 2632, 0, {"category_name": 2632}),
    "categories/echotik_en_zh_US_2026-05.csv": (
        "echotik-categories", 2619, 0, {"category_name": 2 * 2619},
    ),
    "categories/partnerapi_id-ID_2026-06-18.json": (
        "partner-categories", 2162, 0, {"category_name": 2162},
    ),
    "categories/marketplace_vi-VN_L1_L2.json": ("categories", 216, 0, {"category_name": 216}),
    "tabcut_us_gb/products_daily.csv": (
        "tabcut-products", 10698, 161, {"product": 10698, "product_daily": 10698},
    ),
    "tabcut_us_gb/videos_daily.csv": ("tabcut-videos", 24960, 7479, {"post": 24960}),
    "kalodata_jp/product-rank-last-day.json": (
        "kalodata-ranks", 100, 0, {"product": 100, "product_daily": 100},
    ),
    "kalodata_jp/product-rank-last-7-day.json": (
        "kalodata-ranks", 100, 0, {"product": 100, "product_daily": 100},
    ),
    "kalodata_jp/product-rank-last-30-day.json": (
        "kalodata-ranks", 100, 0, {"product": 100, "product_daily": 100},
    ),
}  # fmt: skip

UNITS = {"": 1, "K": 1000, "M": 1_000_000, "B": 1_000_000_000}


@pytest.fixture(scope="module")
def loaded(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, dict[str, FileResult]]:
    """All files in one lake."""
    root = tmp_path_factory.mktemp("real")
    lake = Lake(root / "lake")
    options = Options(Request(NOW), Limit())
    results = {
        name: load_file(shared_data / name, lake, root / "rejects", options) for name in FILES
    }
    return lake, results


def shown(text: str) -> Decimal:
    """What a short form such as $143.0K says, read by other means than the package's."""
    match = re.fullmatch(r"\$?([0-9.]+)([KMB]?)", text)
    assert match, text
    return Decimal(match[1]) * UNITS[match[2]]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(loaded: tuple[Lake, dict[str, FileResult]], name: str) -> None:
    profile, count, duplicates, tables = FILES[name]
    result = loaded[1][name]
    assert (result.error, result.skipped, result.profile) == (None, None, profile)
    assert (result.rows, result.loaded, result.rejected) == (count, count, 0)
    assert result.rows == result.loaded + result.rejected
    assert result.duplicates == duplicates
    assert {key: value.rows for key, value in result.tables.items()} == tables


def test_tabcut_products(loaded: tuple[Lake, dict[str, FileResult]], shared_data: Path) -> None:
    lake, _ = loaded
    given = table(shared_data / "tabcut_us_gb" / "products_daily.csv")
    expected: dict[Any, list[Any]] = {}
    for row in given:
        key = (row["region"], int(row["product_id"]), date.fromisoformat(row["report_date"]))
        values = (
            int(row["sold_day"]),
            int(shown(row["sold_total_shown"])),
            float(shown(row["gmv_day_shown"])),
            float(shown(row["price"])),
            float(row["commission"].removesuffix("%")),
        )
        known = expected.setdefault(key, list(values))
        expected[key] = [max(pair) for pair in zip(known, values, strict=True)]
    assert len(given) - len(expected) == 161
    names = (
        "region", "product_id", "day", "sale_1d", "sale", "sale_gmv_1d", "spu_avg_price",
        "product_commission_rate", "currency", "source",
    )  # fmt: skip
    found = [row for row in rows(lake, "product_daily", *names) if row[-1] == "tabcut"]
    assert {row[:3]: list(row[3:8]) for row in found} == expected
    assert {row[8:] for row in found} == {("USD", "tabcut")}

    text = ("region", "product_id", "name", "seller_name", "category_name", "category_locale",
             "source")  # fmt: skip
    found = [row for row in rows(lake, "product", *text) if row[-1] == "tabcut"]
    wanted = {
        (
            row["region"],
            int(row["product_id"]),
            row["name_en_trunc60"].strip(),
            None if row["shop"] == "nan" else row["shop"].strip(),
            row["category_l1_zh"].strip(),
            "zh-CN",
            "tabcut",
        )
        for row in given
    }
    assert set(found) == wanted
    without_shop = {row["product_id"] for row in given if row["shop"] == "nan"}
    assert sum(row["shop"] == "nan" for row in given) == 106
    assert {str(row[1]) for row in found if row[3] is None} == without_shop


def test_tabcut_videos(loaded: tuple[Lake, dict[str, FileResult]], shared_data: Path) -> None:
    lake, _ = loaded
    expected: dict[Any, list[Any]] = {}
    for row in table(shared_data / "tabcut_us_gb" / "videos_daily.csv"):
        key = (
            row["region"],
            row["video_id"],
            int(row["product_id"] or 0),
            date.fromisoformat(row["report_date"]),
        )
        caption = "" if row["desc_trunc60"].strip() == "nan" else row["desc_trunc60"].strip()
        values = [
            int(row["views"]),
            int(shown(row["likes_shown"])),
            datetime.fromisoformat(row["published"]),
            row["creator_handle"].strip().lstrip("@"),
            caption,
        ]
        known = expected.setdefault(key, values)
        expected[key] = [max(pair) for pair in zip(known, values, strict=True)]
    names = ("region", "video_id", "product_id", "day", "views", "likes", "published", "creator",
             "caption")  # fmt: skip
    found = {row[:4]: [*row[4:8], row[8] or ""] for row in rows(lake, "post", *names)}
    assert found == expected
    tags = [tag for (some,) in rows(lake, "post", "hashtags") for tag in some or ()]
    assert len(tags) > 10_000
    assert not any(re.search(r"[#\s]", tag) for tag in tags)


def test_kalodata_ranks(loaded: tuple[Lake, dict[str, FileResult]], shared_data: Path) -> None:
    lake, _ = loaded
    expected: dict[int, dict[str, float]] = {}
    for window, name in (("1d", "last-day"), ("7d", "last-7-day"), ("30d", "last-30-day")):
        path = shared_data / "kalodata_jp" / f"product-rank-{name}.json"
        for row in json.loads(path.read_text(encoding="utf-8"))["data"]:
            facts = expected.setdefault(int(row["product_id"]), {})
            facts[f"sale_{window}"] = row["sales_volumn"]
            facts[f"sale_gmv_{window}"] = row["revenue"]
            facts[f"live_sale_gmv_{window}"] = row["live_revenue"]
            facts[f"video_sale_gmv_{window}"] = row["video_revenue"]
    windows = [f"{metric}_{window}" for window in ("1d", "7d", "30d")
               for metric in ("sale", "sale_gmv", "live_sale_gmv", "video_sale_gmv")]  # fmt: skip
    found = rows(
        lake, "product_daily", "source", "product_id", "region", "day", "currency", *windows
    )
    japan = [row for row in found if row[0] == "kalodata"]
    assert {row[2:5] for row in japan} == {("JP", date(2026, 8, 5), "JPY")}
    facts_found = {
        row[1]: {n: v for n, v in zip(windows, row[5:], strict=True) if v is not None}
        for row in japan
    }
    assert facts_found == expected
    covers = [
        json.loads(cover)
        for source, cover in rows(lake, "product", "source", "cover_url")
        if source == "kalodata"
    ]
    assert all(cover[0]["index"] == 1 and cover[0]["url"].startswith("https:") for cover in covers)


def test_categories(loaded: tuple[Lake, dict[str, FileResult]], shared_data: Path) -> None:
    lake, _ = loaded
    folder = shared_data / "categories"
    expected = set()
    tree = json.loads((folder / "echotik_en-US_2026-08-12.json").read_text(encoding="utf-8"))
    for level in ("l1", "l2", "l3"):
        for row in tree[level]:
            expected.add((
                "echotik", "en-US", row["category_id"], int(row["category_level"]),
                row["parent_id"], row["category_name"].strip(),
            ))  # fmt: skip
    for row in table(folder / "echotik_en_zh_US_2026-05.csv"):
        place = (row["category_id"], int(row["level"]), row["parent_id"] or "0")
        expected.add(("echotik", "en-US", *place, row["name_en"].strip()))
        expected.add(("echotik", "zh-CN", *place, row["name_zh"].strip()))
    for row in json.loads((folder / "marketplace_vi-VN_L1_L2.json").read_text(encoding="utf-8")):
        expected.add((
            "echotik", "vi-VN", row["category_id"], int(row["category_level"]),
            row["parent_id"], row["category_name"].strip(),
        ))  # fmt: skip
    answer = json.loads((folder / "partnerapi_id-ID_2026-06-18.json").read_text(encoding="utf-8"))
    parents = {row["id"]: row["parent_id"] for row in answer["categories"]}
    for row in answer["categories"]:
        depth, above = 1, row["parent_id"]
        while above != "0":
            depth, above = depth + 1, parents[above]
        expected.add(
            ("partner", "id-ID", row["id"], depth, row["parent_id"], row["local_name"].strip())
        )
    names = ("source", "locale", "id", "level", "parent_id", "name")
    assert set(rows(lake, "category_name", *names)) == expected
    spans = rows(lake, "category_name", "locale", "source", "valid_from", "valid_to")
    assert {(locale, source): (first, last) for locale, source, first, last in spans}[
        ("id-ID", "partner")
    ] == (date(2026, 6, 18), date(2026, 6, 18))
    both = {(first, last) for locale, _, first, last in spans if locale == "en-US"}
    assert both == {
        (date(2026, 5, 1), date(2026, 8, 12)),
        (date(2026, 5, 1), date(2026, 5, 1)),
        (date(2026, 8, 12), date(2026, 8, 12)),
    }


def test_the_files_in_halves_and_reversed_give_the_same_tables(
    loaded: tuple[Lake, dict[str, FileResult]], shared_data: Path, tmp_path: Path, load: Loader
) -> None:
    whole, _ = loaded
    parts = Lake(tmp_path / "parts" / "lake")
    for name in ("products_daily", "videos_daily"):
        with (shared_data / "tabcut_us_gb" / f"{name}.csv").open(newline="", encoding="utf-8") as f:
            head, *lines = csv.reader(f)
        lines.reverse()
        middle = len(lines) // 2
        for number, some in enumerate((lines[:middle], lines[middle:], lines[100:200])):
            path = tmp_path / f"{name}{number}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([head, *some])
            assert load(path, into=parts).rejected == 0
    for name, source in (("product", 2), ("product_daily", 3), ("post", 4)):
        once = [row for row in rows(whole, name) if row[source] == "tabcut"]
        assert rows(parts, name) == once


def test_other_documents_are_not_mistaken_for_ours(shared_data: Path, load: Loader) -> None:
    folder = shared_data / "creative_center_examples"
    for name in ("ads__get_keyword_insights.json", "ads__get_product_filters.json"):
        result = load(folder / name)
        assert result.error is not None
        assert result.loaded == 0


def test_a_real_file_that_lacks_a_column_names_the_profile_and_the_column(
    shared_data: Path, tmp_path: Path, load: Loader
) -> None:
    given = table(shared_data / "tabcut_us_gb" / "products_daily.csv")[:50]
    path = tmp_path / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, [n for n in given[0] if n != "sold_day"], extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(given)
    result = load(path)
    assert result.error is not None
    assert "Nearest is 'tabcut-products', and the file lacks the column 'sold_day'" in result.error
