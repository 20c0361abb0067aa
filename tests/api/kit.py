"""A small snapshot, and a client that asks an application in this process."""

import asyncio
import datetime
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pyarrow as pa

from shopscope.api.app import Api
from shopscope.contract import insights, products
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.insight_rows import Sums
from shopscope.snapshot import history
from shopscope.snapshot.build import CATEGORY_SCHEMA, RegionRows, build_snapshot
from shopscope.snapshot.insights import (
    DAYS_SCHEMA,
    NAMES_SCHEMA,
    ROWS_SCHEMA,
    InsightTables,
)
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.render import SCHEMA

AS_OF = datetime.date(2026, 4, 26)
PRODUCTS = {"US": 25, "GB": 3}
LIST = "/v1/tiktok/product/list/analytics"
PAGE = f"{LIST}?region=US&page_num=1&page_size=10"
SECONDARY = "/v1/tiktok/category/secondary/analytics"


def question(endpoint: Endpoint) -> str:
    """The shortest that an endpoint answers."""
    required = [f"{p.name}={p.example}" for p in endpoint.parameters if p.required]
    return f"{endpoint.path}?{'&'.join(required)}"


PATHS = [e.path for e in endpoints()]
REQUIRED = {
    e.path: next(p.name for p in e.parameters if p.required)
    for e in endpoints()
    if any(p.required for p in e.parameters)
}
"""The first parameter that a path can't do without."""
QUESTIONS = [question(e) for e in endpoints() if not e.files]
"""One that each endpoint answers, but for those that answer with files."""
FILES = [question(e) for e in endpoints() if e.files]
"""Those that are answered with files."""
STORED = [question(e) for e in endpoints() if not e.live and not e.files]
"""Those that are answered from a snapshot."""
LIVE = [question(e) for e in endpoints() if e.live]
"""Those that are answered from the accounts."""

_CATEGORIES = [
    ("602118", 1, "0", "en-US", "Pet Supplies"),
    ("602118", 1, "0", "zh-CN", "宠物用品"),
    ("1001992", 2, "602118", "en-US", "Farm Animal & Poultry Supplies"),
    ("848648", 2, "601450", "en-US", "Makeup"),
    ("601583", 3, "848648", "en-US", "Perfume"),
]


class Holder:
    """Knows one snapshot, or none."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot


class Answer(msgspec.Struct):
    """An envelope, success or not."""

    code: int
    data: Any
    message: str
    requestId: str  # noqa: N815


def _batch(region: str, count: int, as_of: datetime.date) -> pa.RecordBatch:
    plain = msgspec.to_builtins(products.EXAMPLE)
    rows = [
        {
            **plain,
            "product_id": str(1_729_000_000_000_000_000 + number),
            "product_name": f"Invented lamp {number} “ампер” 台灯",
            "region": region,
            "total_sale_cnt": number * 7 % 11,
            "spu_avg_price": 1.25 * number,
            "first_crawl_dt": int(f"{as_of:%Y%m%d}"),
            **{field.name: number * 2.5 - 10 for field in products.EXTRA_FIELDS},
            "row": None,
        }
        for number in range(count)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _history(count: int) -> pa.RecordBatch:
    """Each product sold three yesterday and as many as its number today; the last no fact."""
    facts = [
        dict.fromkeys(history.VALUES, 0)
        | {"product_id": 1_729_000_000_000_000_000 + number, "age": age, "price": 1250}
        | {"sale": 100 + sold, "sale_grown": sold, "ifl": number, "ifl_grown": age and number}
        for number in range(count - 1)
        for age, sold in ((40, 0), (1, 3), (0, number))
    ]
    return pa.RecordBatch.from_pylist(facts, schema=history.SCHEMA)


def _insights(as_of: datetime.date) -> InsightTables:
    """The contract's examples, for every market together and one day."""
    row = msgspec.json.encode(insights.ROW_EXAMPLE)
    detail = msgspec.json.encode(insights.DETAIL_EXAMPLE.info)
    category = insights.DEFAULT_CATEGORY
    rows = [("1", insights.ALL_REGIONS, category, 230, row, detail)]
    day = {"region": insights.ALL_REGIONS, "category_id": category, "day": as_of}
    days = [{**msgspec.structs.asdict(Sums(posts=7, clicks=3)), **day}]
    return InsightTables(
        as_of,
        pa.table(list(zip(*rows, strict=True)), schema=ROWS_SCHEMA),
        pa.Table.from_pylist(days, schema=DAYS_SCHEMA),
        pa.table([[category], ["perfume"], [detail]], schema=NAMES_SCHEMA),
    )


def build(root: Path, as_of: datetime.date = AS_OF) -> str:
    """Build a snapshot below `root`, publish it, and return its id."""
    store = SnapshotStore(root)
    regions = [
        RegionRows(region, as_of, [_batch(region, count, as_of)], [_history(count)])
        for region, count in PRODUCTS.items()
    ]
    columns = list(zip(*_CATEGORIES, strict=True))
    categories = pa.table(columns, schema=CATEGORY_SCHEMA)
    made_at = datetime.datetime.combine(as_of, datetime.time(12), datetime.UTC)
    snapshot_id = build_snapshot(
        store, regions, categories, [], {}, made_at, insights=_insights(as_of)
    )
    store.publish(snapshot_id)
    return snapshot_id


def ask(app: Api, url: str, method: str = "GET", **headers: str) -> httpx2.Response:
    """One request; header names have `_` for `-`."""

    async def go() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, url, headers=named)

    return asyncio.run(go())


def decode(response: httpx2.Response) -> Answer:
    """The envelope, which has these four keys and no other."""
    plain = msgspec.json.decode(response.content)
    assert set(plain) == {"code", "data", "message", "requestId"}
    return msgspec.convert(plain, Answer)
