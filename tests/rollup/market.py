"""A small generated market of ads, audiences and posts, in a lake of its own."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from shopscope.rollup.run import rollup
from shopscope.settings import Settings
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot

AS_OF = date(2026, 3, 20)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
REGIONS = ("GB", "ID", "US")
CATEGORIES = ("601583", "700001", "700002", "700003")
Rows = list[dict[str, Any]]


class Facts(msgspec.Struct):
    """Rows by table."""

    ad_daily: Rows
    audience_daily: Rows
    post: Rows
    post_category: Rows
    product: Rows
    category_name: Rows
    insight_row: Rows = []


def facts(seed: int) -> Facts:
    """Facts with gaps, absent values, corrections, late days and videos in several markets."""
    rng = random.Random(seed)
    return Facts(_ads(rng), _audience(rng), _posts(rng), _stated(rng), _products(), _names())


def opened(folder: Path, given: Facts, as_of: date | None = None) -> Snapshot:
    """The snapshot that a rollup of these facts makes."""
    write(Lake(folder / "lake"), given)
    return rolled(folder, as_of)


def write(lake: Lake, given: Facts) -> None:
    with lake.begin() as load:
        for table, rows in msgspec.structs.asdict(given).items():
            load.add(table, pa.Table.from_pylist(rows, schema=TABLES[table].schema))
        load.commit()


def rolled(folder: Path, as_of: date | None = None) -> Snapshot:
    settings = Settings(data_dir=folder)
    result = rollup(settings, now=NOW, as_of=as_of, progress=lambda step: None)
    return Snapshot.open(SnapshotStore(settings.snapshots_dir).path(result.snapshot))


def _maybe(rng: random.Random, value: Any, chance: float = 0.9) -> Any:
    return value if rng.random() < chance else None


def _ads(rng: random.Random) -> Rows:
    return [
        {
            "region": region,
            "category_id": category,
            "day": AS_OF - timedelta(age),
            "posts": _maybe(rng, rng.randint(0, 40)),
            "impressions": _maybe(rng, rng.randint(0, 90_000)),
            "clicks": _maybe(rng, rng.randint(0, 3_000)),
            "conversions": _maybe(rng, rng.randint(0, 200)),
            "cost": _maybe(rng, rng.randint(0, 99_999) / 100),
            "views": rng.randint(0, 80_000),
            "six_second_views": rng.randint(0, 9_000),
            "likes": rng.randint(0, 500),
            "shares": rng.randint(0, 50),
            "comments": _maybe(rng, rng.randint(0, 90)),
        }
        for region in REGIONS
        for category in CATEGORIES
        for age in range(100)
        if rng.random() < 0.6 and not (region == "ID" and (age < 10 or category == "700003"))
    ]


def _audience(rng: random.Random) -> Rows:
    return [
        {
            "region": region,
            "category_id": category,
            "day": AS_OF - timedelta(age),
            "kind": kind,
            "bucket": bucket,
            "label": f"Interest {bucket}" if kind == "interest" else None,
            "weight": rng.randint(0, 10_000) / 64,
        }
        for region in REGIONS
        for category in CATEGORIES
        for age in range(0, 90, 3)
        for kind, buckets in (
            ("age", ("18", "25", "35", "45", "55")),
            ("interest", ("11", "12", "13", "14")),
        )
        for bucket in buckets
        if rng.random() < 0.7
    ]


def _posts(rng: random.Random) -> Rows:
    rows = []
    tags = ["Perfume", "perfume", "น้ำหอม", "عطر", "#1", "wangi", "tokobaru", "台灯"]
    for video in range(150):
        region, views = rng.choice(REGIONS), rng.randint(0, 500)
        published = datetime(2026, 3, 20) - timedelta(rng.randint(0, 110))  # noqa: DTZ001
        named = rng.sample(tags, rng.randint(0, 4))
        markets = {region, rng.choice(REGIONS)}
        for age in sorted(rng.sample(range(100), rng.randint(1, 8)), reverse=True):
            views += rng.randint(-300, 5_000)
            for market in sorted(markets):
                if rng.random() < 0.8:
                    rows.append(  # noqa: PERF401
                        {
                            "region": market,
                            "video_id": str(7_490_000_000_000_000_000 + video),
                            "product_id": rng.choice([0, 1, 2, 3, 4]),
                            "day": AS_OF - timedelta(age),
                            "source": rng.choice("ab"),
                            "hashtags": _maybe(rng, named),
                            "published": published if video % 3 else None,
                            "views": _maybe(rng, max(views, 0)),
                        }
                    )
    unique = {(r["region"], r["video_id"], r["product_id"], r["day"], r["source"]): r for r in rows}
    return list(unique.values())


def _stated(rng: random.Random) -> Rows:
    return [
        {
            "region": region,
            "video_id": str(7_490_000_000_000_000_000 + video),
            "category_id": category,
        }
        for region in REGIONS
        for video in range(0, 150, 2)
        for category in rng.sample(CATEGORIES, rng.choice([1, 1, 2]))
    ]


def linked(region: str, product: int) -> str | None:
    """The level-3 category of a product; the fourth has none."""
    known = {1: "601583", 2: "700002", 3: "700001" if region == "US" else "700003"}
    return known.get(product)


def _products() -> Rows:
    return [
        {
            "region": region,
            "product_id": product,
            "source": "s",
            "name": f"Invented thing {product}",
            "category_l3_id": linked(region, product) or "0",
            "valid_from": AS_OF - timedelta(50),
            "valid_to": AS_OF,
        }
        for region in REGIONS
        for product in (1, 2, 3, 4)
    ]


def _names() -> Rows:
    tree = [
        ("601450", 1, "0", "en-US", "Beauty & Personal Care"),
        ("848648", 2, "601450", "en-US", "Makeup"),
        ("601583", 3, "848648", "en-US", "Perfume"),
        ("601583", 3, "848648", "zh-CN", "香水"),
        ("700001", 3, "848648", "th-TH", "น้ำหอมทดลอง"),
        ("602118", 1, "0", "en-US", "Pet Supplies"),
        ("1001992", 2, "602118", "en-US", "Farm Animal & Poultry Supplies"),
        ("700002", 3, "1001992", "en-US", "Invented Feeders"),
        ("700009", 3, "1001992", "en-US", "Never advertised"),
    ]
    names = ("id", "level", "parent_id", "locale", "name")
    seen = {"source": "s", "valid_from": AS_OF, "valid_to": AS_OF}
    return [{**dict(zip(names, row, strict=True)), **seen} for row in tree]
