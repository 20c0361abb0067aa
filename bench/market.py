"""Invented markets of any size, shaped like real ones, in the types of the wire.

Units are log-normal over products (a few sell most), most windows are zero, prices end in .99,
regions and shops follow Zipf's law. Nothing of it is or was real.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.contract.metrics import METRICS, WINDOWS
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.snapshot.build import CATEGORY_SCHEMA, RegionRows
from shopscope.snapshot.render import SCHEMA

REGIONS = (
    "US", "ID", "TH", "VN", "GB", "MY", "PH", "MX", "BR", "DE", "SG", "FR", "ES", "IT", "JP", "IE",
)  # fmt: skip
AS_OF = date(2026, 6, 30)
FIRST_ID, ID_STEP = 1_729_000_000_000_000_000, 977
_BATCH = 16_384
_PARENTS, _CHILDREN, _GRANDCHILDREN = 30, 8, 10  # of the category tree, at each level
_WORDS = (
    "portable", "wireless", "mini", "magnetic", "kids", "cotton", "summer", "led", "rechargeable",
    "vintage", "waterproof", "steel", "brush", "lamp", "bottle", "shirt", "serum", "cable",
    "holder", "mask", "cream", "case", "toy", "set", "bag", "mat", "fan", "stand", "dress",
    "charger", "organizer", "pillow", "blanket", "sunscreen", "lipstick", "手机壳", "夏季",
    "连衣裙", "防晒", "キーホルダー", "日焼け止め", "áo", "thun", "kem", "chống", "nắng",
    "เสื้อยืด", "ครีมกันแดด", "tas", "wanita", "sepatu", "baju",
)  # fmt: skip

_SCALES = {"sale": 60.0, "video": 4.0, "live": 0.6, "views": 9_000.0, "ifl": 3.0}

Numbers = NDArray[Any]


def share(products: int) -> dict[str, int]:
    """How many of the products each region has: Zipf's law."""
    weights = 1 / np.arange(1, len(REGIONS) + 1)
    sizes = np.floor(products * weights / weights.sum()).astype(int)
    sizes[0] += products - sizes.sum()
    return dict(zip(REGIONS, sizes.tolist(), strict=True))


def regions(products: int, seed: int) -> Iterator[RegionRows]:
    """Every region's rows, made as they are asked for."""
    for number, (region, size) in enumerate(share(products).items()):
        yield RegionRows(region, AS_OF, batches(region, size, [seed, number]))


def batches(region: str, size: int, seed: int | list[int]) -> Iterator[pa.RecordBatch]:
    """The rows of one region, in no order of their ids."""
    rng = np.random.default_rng(seed)
    ids = FIRST_ID + rng.permutation(size) * ID_STEP
    for start in range(0, size, _BATCH):
        yield _rows(region, ids[start : start + _BATCH], rng)


def _rows(region: str, ids: Numbers, rng: np.random.Generator) -> pa.RecordBatch:
    count = len(ids)
    columns: dict[str, Any] = _metrics(count, rng)
    columns |= _attributes(count, rng)
    columns["product_id"] = ids.astype(str)
    columns["region"] = np.full(count, region)
    for field in EXTRA_FIELDS:
        rates = np.round(rng.lognormal(4, 1, count) - 100, 2)
        columns[field.name] = np.where(rng.random(count) < 0.4, rates, 0.0)
    fields = (*FIELDS, *EXTRA_FIELDS)
    arrays = [pa.array(columns[field.name], SCHEMA.field(field.name).type) for field in fields]
    return pa.RecordBatch.from_arrays([*arrays, pa.nulls(count, pa.string())], schema=SCHEMA)


def _metrics(count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Totals and windows: each window a part of the next longer, most of them nothing."""
    columns: dict[str, Any] = {}
    popular = rng.lognormal(0.0, 2.2, count)
    alive = rng.random(count) < 0.45
    price = np.floor(rng.lognormal(2.8, 0.9, count)) + 0.99
    lows = np.round(price * rng.uniform(0.5, 1, count), 2)
    columns |= {"spu_avg_price": price, "min_price": lows, "max_price": np.round(price * 1.3, 2)}
    for metric in METRICS:
        scale = _SCALES.get(metric.name, 5.0)
        total = popular * scale * rng.lognormal(0, 0.5, count)
        total *= price if metric.unit == "usd" else 1
        part = total * alive * rng.beta(2, 3, count)
        if metric.lifetime:
            columns[metric.field()] = _rounded(total, metric.unit)
        if metric.windowed:
            for window in reversed(WINDOWS):
                columns[metric.field(window)] = _rounded(part, metric.unit)
                part = part * rng.beta(3, 2, count)
    return columns


def _rounded(values: Numbers, unit: str) -> Numbers:
    return np.round(values, 2) if unit == "usd" else values.astype(np.int64)


def _attributes(count: int, rng: np.random.Generator) -> dict[str, Any]:
    tree = np.minimum(rng.zipf(1.2, count) - 1, _PARENTS * _CHILDREN * _GRANDCHILDREN - 1)
    second = tree // _GRANDCHILDREN
    words = rng.zipf(1.3, (count, 7)) % len(_WORDS)
    days = np.datetime64("2024-01-01") + rng.integers(0, 900, count)
    number = np.array([f"{value:08d}" for value in rng.integers(0, 10**8, count)])
    picture = np.char.add(np.char.add('[{"url":"https://images.example/', number), '.webp"}]')
    describe = np.char.add('[{"type":"text","text":"No. ', np.char.add(number, '\\n made up"}]'))
    rated = rng.random(count) < 0.4
    return {
        "category_id": (600_000 + second // _CHILDREN).astype(str),
        "category_l2_id": (700_000 + second).astype(str),
        "category_l3_id": np.where(tree % 7, 800_000 + tree, 0).astype(str),
        "seller_id": (7_490_000_000_000_000_000 + rng.zipf(1.2, count) % 50_000 * 31).astype(str),
        "product_name": [" ".join(_WORDS[word] for word in line) for line in words.tolist()],
        "cover_url": picture,
        "desc_detail": describe,
        "sale_props": np.full(count, "[]"),
        "skus": np.char.add('[{"sku_id":"', np.char.add(number, '","real_price":{}}]')),
        "discount": np.where(rng.random(count) < 0.3, "20%", ""),
        "first_crawl_dt": np.char.replace(days.astype(str), "-", "").astype(np.int64),
        "free_shipping": rng.integers(0, 2, count),
        "is_s_shop": (rng.random(count) < 0.05).astype(np.int64),
        "off_mark": (rng.random(count) < 0.1) * 2,
        "product_commission_rate": rng.choice([0.0, 5, 8, 10, 12, 12.5, 15, 20], count),
        "product_rating": np.where(rated, np.round(rng.uniform(3, 5, count), 1), 0.0),
        "review_count": np.where(rated, rng.lognormal(2, 2, count), 0).astype(np.int64),
        "sales_flag": rng.choice([0, 1, 2], count, p=[0.5, 0.35, 0.15]),
        "sales_trend_flag": rng.choice([0, 1, 2], count, p=[0.7, 0.15, 0.15]),
    }


def categories() -> pa.Table:
    """The tree that the rows' categories come from."""
    lines = []
    for tree in range(_PARENTS * _CHILDREN * _GRANDCHILDREN):
        second, first = tree // _GRANDCHILDREN, tree // _GRANDCHILDREN // _CHILDREN
        lines.append((str(800_000 + tree), 3, str(700_000 + second)))
        lines.append((str(700_000 + second), 2, str(600_000 + first)))
        lines.append((str(600_000 + first), 1, "0"))
    names = [
        {"id": i, "level": level, "parent_id": parent, "locale": "en-US", "name": f"Category {i}"}
        for i, level, parent in dict.fromkeys(lines)
    ]
    return pa.Table.from_pylist(names, schema=CATEGORY_SCHEMA)
