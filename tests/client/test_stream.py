"""A hundred thousand rows through both clients, in memory that does not grow with them."""

import asyncio
import datetime
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import market
from shopscope import AsyncClient, Client
from shopscope.accounts.gate import OpenGate
from shopscope.api import answer
from shopscope.api.app import Api, create_app
from shopscope.api.finished import FinishedAnswers
from shopscope.settings import Settings
from shopscope.snapshot.build import RegionRows, build_snapshot
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import Holder

ROWS = 100_000
PAGE = 1_000
GROWTH = 4_000_000
PEAK = 30_000_000
"""Bytes: a few pages of a thousand rows, on their way and as rows. All of them are 270 million."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Api:
    root: Path = tmp_path_factory.mktemp("large")
    region = RegionRows("US", market.AS_OF, market.batches("US", ROWS, 1))
    now = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
    store = SnapshotStore(root)
    made = build_snapshot(store, [region], market.categories(), [], {}, now)
    snapshot = Snapshot.open(store.path(made))
    return create_app(Holder(snapshot), Settings(page_size_max=PAGE), OpenGate())


class Watch:
    """Counts and sums rows, keeps none, and looks how much memory is in use at every page's end."""

    def __init__(self) -> None:
        self.count = self.ids = 0
        self.gmv: Any = 0
        self.warm = self.most = 0

    def see(self, row: Any) -> None:
        self.count += 1
        self.ids += int(row.product_id)
        self.gmv += row.total_sale_gmv_amt
        if self.count % PAGE == 0:
            used = tracemalloc.get_traced_memory()[0]
            if self.count <= 10 * PAGE:
                self.warm = max(self.warm, used)
            else:
                self.most = max(self.most, used)


def stream(app: Api, see: Callable[[Any], None]) -> None:
    with Client(app=app) as client:
        for row in client.products.list(region="US", page_size=PAGE):
            see(row)


def stream_async(app: Api, see: Callable[[Any], None]) -> None:
    async def go() -> None:
        async with AsyncClient(app=app, prefetch=2) as client:
            async for row in client.products.list(region="US", page_size=PAGE):
                see(row)

    asyncio.run(go())


@pytest.mark.parametrize("run", [stream, stream_async])
def test_memory_does_not_grow_with_the_rows(
    large: Api, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is in the same process, so it keeps no finished answers here."""
    monkeypatch.setattr(answer, "FinishedAnswers", lambda: FinishedAnswers(0))
    watch = Watch()
    tracemalloc.start()
    try:
        run(large, watch.see)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert watch.count == ROWS
    assert watch.ids == sum(1_729_000_000_000_000_000 + n * 977 for n in range(ROWS)), "each once"
    assert watch.gmv > 0
    assert watch.most - watch.warm < GROWTH
    assert peak < PEAK
