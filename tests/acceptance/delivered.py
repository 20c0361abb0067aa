"""Invented rows of an upstream, in every field and several scripts: what exports never fill."""

import json
import random
from typing import Any

from tests.acceptance.expected import Row, names

REGION = "BR"
FILE = "product_list_2026-06-30.jsonl"

_WORDS = (
    "Caneca", "café", "SÃO JOÃO", "Кружка", "ΚΟΎΠΑ", "كوب", "קפה", "カップ", "香水", "杯子",
    "머그컵", "แก้ว", "Cốc", "kupa", "100%", "a_b", "O'Neill", '"XL"', "🎁", "\\n",
)  # fmt: skip


def rows(count: int = 420) -> list[Row]:
    """Rows by product id. Many values are equal, so ties must be broken."""
    dice = random.Random(20260630)
    fields = names()
    ids = sorted(dice.sample(range(10**17, 2 * 10**18), count))
    return [_row(dice, fields, product_id) for product_id in ids]


def answers(rows: list[Row], seed: int = 1) -> str:
    """The rows in another order, as saved answers of ten rows each, one in a line."""
    shuffled = random.Random(seed).sample(rows, len(rows))
    pages = (shuffled[i : i + 10] for i in range(0, len(rows), 10))
    envelopes = ({"code": 0, "message": "success", "data": page} for page in pages)
    return "".join(json.dumps(page, ensure_ascii=False) + "\n" for page in envelopes)


def _row(dice: random.Random, fields: list[str], product_id: int) -> Row:
    return {name: _value(dice, name) for name in fields} | {
        "region": REGION,
        "product_id": str(product_id),
        "product_name": " ".join(dice.choices(_WORDS, k=dice.randint(1, 5))),
        "category_id": dice.choice(["601450", "600001", "0"]),
        "category_l2_id": dice.choice(["848648", "0"]),
        "category_l3_id": dice.choice(["601583", "0"]),
        "seller_id": dice.choice(["7494000000000000001", "7494000000000000002", ""]),
        "cover_url": json.dumps([{"url": "https://img.example/ü.webp", "index": 0}]),
        "discount": dice.choice(["", "-12%"]),
        "first_crawl_dt": 20250000 + dice.randint(1, 12) * 100 + dice.randint(1, 28),
        "product_rating": dice.randint(0, 50) / 10,
        "product_commission_rate": dice.choice([0, 1, 5.5, 12.25, 20]),
        "off_mark": dice.randint(0, 3),
        "sales_flag": dice.randint(0, 2),
        "sales_trend_flag": dice.randint(0, 2),
    }


def _value(dice: random.Random, name: str) -> Any:
    if name.endswith("_cnt") or name == "review_count":
        return int(dice.paretovariate(0.5)) - 1
    if name.endswith(("_amt", "_price")):
        return round(dice.paretovariate(0.6) - 1, 2)
    if name in ("is_s_shop", "free_shipping"):
        return dice.randint(0, 1)
    return "[]"
