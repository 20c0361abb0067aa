"""What the real exports say, read with csv and json alone.

Nothing here comes from the package: how the exports are to be read is taken from their own
columns, from `docs/profiles.md` and `docs/windows.md`.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.rollup.naive import Fact

Key = tuple[str, int]
"""Market and product id."""

JPY_DAY = date(2026, 8, 5)
JPY = {
    JPY_DAY - timedelta(1): Fraction("0.0071"),
    JPY_DAY: Fraction("0.00668"),
    JPY_DAY + timedelta(1): Fraction("0.0059"),
}
"""Invented rates: only the one of the facts' own day is right."""


class Described(NamedTuple):
    """What a source says a product is, on one day."""

    day: date
    name: str
    category: str = ""
    seller_id: str = ""
    image: str = ""


class Sources(NamedTuple):
    """Facts and descriptions of every product, and rows per file."""

    facts: dict[Key, list[Fact]]
    described: dict[Key, list[Described]]
    rows: dict[str, int]


CATEGORY_FILES = (
    "categories/echotik_en-US_2026-08-12.json",
    "categories/echotik_en_zh_US_2026-05.csv",
    "categories/partnerapi_id-ID_2026-06-18.json",
    "categories/marketplace_vi-VN_L1_L2.json",
)
PRODUCTS = "tabcut_us_gb/products_daily.csv"
VIDEOS = "tabcut_us_gb/videos_daily.csv"
RANKS = tuple(f"kalodata_jp/product-rank-last-{n}.json" for n in ("day", "7-day", "30-day"))
FILES = (*CATEGORY_FILES, PRODUCTS, VIDEOS, *RANKS)


def number(text: str) -> Fraction:
    """`$143.0K`, `4.1K`, `5%`, `1.2M` as exact numbers."""
    match = re.fullmatch(r"\$?(\d+(?:\.\d+)?)([KM]?)%?", text)
    assert match is not None, text
    return Fraction(match[1]) * {"": 1, "K": 1_000, "M": 1_000_000}[match[2]]


def count(text: str) -> int:
    """The same for what is counted, which must be whole."""
    value = number(text)
    assert value.denominator == 1, text
    return int(value)


def table(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def fx_csv() -> str:
    """The table of rates, as a user writes it."""
    lines = [f"JPY,{day},{float(rate)}" for day, rate in JPY.items()]
    return "\n".join(["currency,day,usd", *lines, "GBP,2026-04-24,1.3", ""])


def read(data: Path) -> Sources:
    """Everything the products' files say."""
    facts: dict[Key, list[Fact]] = defaultdict(list)
    described: dict[Key, list[Described]] = defaultdict(list)
    tabcut = table(data / PRODUCTS)
    for row in tabcut:
        key = (row["region"], int(row["product_id"]))
        day = date.fromisoformat(row["report_date"])
        facts[key].append(_tabcut(row, day))
        described[key].append(
            Described(day, row["name_en_trunc60"].strip(), category=row["category_l1_zh"].strip())
        )
    for file in RANKS:
        for row, day, window in _ranks(data / file):
            key = ("JP", int(row["product_id"]))
            facts[key].append(_kalodata(row, day, window))
            described[key].append(
                Described(
                    day,
                    row["product_name"].strip(),
                    seller_id=row["seller_id"],
                    image=row["master_image_url"],
                )
            )
    return Sources(facts, described, rows_in_files(data))


def rows_in_files(data: Path) -> dict[str, int]:
    """How many rows each file has."""
    tree = _json(data / CATEGORY_FILES[0])
    rows = {
        CATEGORY_FILES[0]: sum(len(tree[level]) for level in ("l1", "l2", "l3")),
        CATEGORY_FILES[1]: len(table(data / CATEGORY_FILES[1])),
        CATEGORY_FILES[2]: len(_json(data / CATEGORY_FILES[2])["categories"]),
        CATEGORY_FILES[3]: len(_json(data / CATEGORY_FILES[3])),
        PRODUCTS: len(table(data / PRODUCTS)),
        VIDEOS: len(table(data / VIDEOS)),
    }
    return rows | {file: len(_json(data / file)["data"]) for file in RANKS}


def _tabcut(row: dict[str, str], day: date) -> Fact:
    return {
        "day": day,
        "rate": 1,
        "sale": count(row["sold_total_shown"]),
        "sale_1d": count(row["sold_day"]),
        "sale_gmv_1d": number(row["gmv_day_shown"]),
        "spu_avg_price": number(row["price"]),
        "commission": number(row["commission"]),
    }


def _kalodata(row: dict[str, Any], day: date, window: str) -> Fact:
    return {
        "day": day,
        "rate": JPY[day],
        f"sale_{window}": int(row["sales_volumn"]),
        f"sale_gmv_{window}": Fraction(str(row["revenue"])),
        f"live_sale_gmv_{window}": Fraction(str(row["live_revenue"])),
        f"video_sale_gmv_{window}": Fraction(str(row["video_revenue"])),
        "spu_avg_price": Fraction(str(row["unit_price"])),
        "commission": Fraction(str(row["commission_rate"])),
    }


def _ranks(file: Path) -> Iterator[tuple[dict[str, Any], date, str]]:
    """Rows with the day they describe, the one before the report, and the window's length."""
    report = _json(file)
    made = datetime.fromisoformat(report["generatedAt"].replace("Z", "+00:00"))
    day = made.astimezone(UTC).date() - timedelta(1)
    window = {"lastDay": "1d", "last7Day": "7d", "last30Day": "30d"}[report["dateRange"]]
    for row in report["data"]:
        yield row, day, window


def _json(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))
