"""The market that pages are looked at with: the demo's, and one whose sellers mean harm."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from shopscope.ingest.demo.folder import generate
from shopscope.ingest.demo.plan import Plan
from tests.acceptance import delivered
from tests.acceptance.command import Cli
from tests.acceptance.expected import Row

END = "2026-05-31"
HOSTILE = "BR"
"""The region of the harmful rows."""

SCRIPT = "<script>document.title='owned'</script>"
NAMES = (
    SCRIPT,
    "</td></tr></table><img src=x onerror=\"document.title='owned'\">",
    "\"'><svg onload=document.title='owned'>{{ 7 * 7 }}{% raw %}${7*7}",
    "\u202eright to left override \u2066 isolate",
    "control \x00\x01\x07\x1b[31m characters \u0085\u2028\ufeff",
    "long " + "w" * 10_000,
    "many words " + "ab cd " * 2_000,
    "e\u0301" + "\u0335\u0489" * 200 + " stacked marks",
    "",
    " \u3000\u200b ",
)
IMAGES = (
    json.dumps([{"url": "https://images.invalid/gone.webp", "index": 0}]),
    json.dumps([{"url": "javascript:document.title='owned'", "index": 0}]),
    json.dumps([{"url": "data:text/html,<script>alert(1)</script>", "index": 0}]),
    json.dumps([{"url": "http://images.invalid/plain.png", "index": 0}]),
    '[{"url": "https://images.invalid/unclosed',
    '"not a list"',
    "<b>no json</b>",
)


def make(folder: Path) -> Path:
    """Generate both, load them and roll them up at once; gives the folder of data."""
    cli = Cli(folder / "data")
    files, _ = generate(cli.data, Plan(500, 100, 5, date.fromisoformat(END)), lambda _: None)
    saved = folder / f"product_list_{END}.jsonl"
    saved.write_text(delivered.answers(hostile_rows()), "utf-8")
    cli.done("load", *files, saved)
    cli.done("rollup")
    return cli.data


def hostile_rows(count: int = 120) -> list[Row]:
    """Rows of products with a harmful value in every text."""
    rows = delivered.rows(count)
    for place, row in enumerate(rows):
        row |= {
            "region": HOSTILE,
            "product_name": NAMES[place % len(NAMES)],
            "cover_url": IMAGES[place % len(IMAGES)],
            "discount": SCRIPT if place % 3 else "",
            "seller_id": SCRIPT if place % 5 else "7494000000000000001",
            **_documents(place),
        }
    return rows


def _documents(place: int) -> dict[str, Any]:
    """The texts that hold documents of their own: description, properties and SKUs."""
    harm = NAMES[place % len(NAMES)]
    return {
        "desc_detail": json.dumps([{"type": "text", "text": harm}, {"type": "image", "image": {}}]),
        "sale_props": json.dumps([{"prop_name": harm, "sale_prop_values": [{"prop_value": harm}]}]),
        "skus": json.dumps({"1": {"sku_id": harm, "real_price": harm, "stock": harm}})
        if place % 2
        else "[{]",
    }
