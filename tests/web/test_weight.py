"""How much HTML pages have, where names are long and pictures have long addresses."""

import datetime
import json
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from shopscope.api.app import Api
from shopscope.contract import products
from shopscope.contract.metrics import METRIC_FIELDS
from shopscope.snapshot import history
from shopscope.snapshot.build import CATEGORY_SCHEMA, RegionRows, build_snapshot
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.render import SCHEMA
from shopscope.web import columns
from shopscope.web.product_query import HTML_MAX
from tests.web.kit import browse, make_app, page

AS_OF = datetime.date(2026, 4, 23)
COUNT = 100
PICTURE = json.dumps([{"url": f"https://images.example/{'x' * 250}.webp", "index": 0}])
NAMES = ("夏季防晒连衣裙" * 40, "Portable lamp " * 40, "ครีมกันแดด" * 40)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Api:
    root: Path = tmp_path_factory.mktemp("snapshots")
    region = RegionRows("US", AS_OF, [_rows()], [_facts()])
    made_at = datetime.datetime.combine(AS_OF, datetime.time(12), datetime.UTC)
    categories = pa.Table.from_pylist([], schema=CATEGORY_SCHEMA)
    store = SnapshotStore(root)
    return make_app(
        Snapshot.open(root / build_snapshot(store, [region], categories, [], {}, made_at))
    )


def _rows() -> pa.RecordBatch:
    rows = [
        {
            **msgspec.to_builtins(products.EXAMPLE),
            **dict.fromkeys(METRIC_FIELDS, 98_765_432 - number),
            **{field.name: 1_234.5 for field in products.EXTRA_FIELDS},
            "product_id": str(1_729_000_000_000_000_000 + number),
            "product_name": NAMES[number % len(NAMES)],
            "cover_url": PICTURE,
            "region": "US",
            "row": None,
        }
        for number in range(COUNT)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _facts() -> pa.RecordBatch:
    facts = [
        dict.fromkeys(history.VALUES, 1_000)
        | {"product_id": 1_729_000_000_000_000_000 + number, "age": age}
        | {"sale_grown": 1 + (age * 13 + number * 7) % 97, "ifl_grown": 1}
        for number in range(COUNT)
        for age in range(89, -1, -1)
    ]
    return pa.RecordBatch.from_pylist(facts, schema=history.SCHEMA)


@pytest.mark.parametrize(
    "shown",
    ["", "sale_growth_7d_rate", ",".join([*columns.COLUMNS][:24])],
    ids=["usual", "1", "24"],
)
@pytest.mark.parametrize("code", ["en", "zh"])
def test_no_page_of_products_that_is_offered_is_too_large(app: Api, shown: str, code: str) -> None:
    address = f"/products?region=US&columns={shown}" if shown else "/products?region=US"
    choices = page(app, address).one("select", name="page_size").all("option")
    assert len(choices) > 1
    for choice in choices:
        answer = browse(app, f"{address}&page_size={choice.text}", accept_language=code)
        assert answer.text.count("<tr data-row") == int(choice.text)
        assert len(answer.content) < HTML_MAX, choice.text


def test_the_usual_page_has_a_fifth_to_spare(app: Api) -> None:
    answer = browse(app, "/products?region=US")
    assert answer.text.count("<tr data-row") == 50
    assert len(answer.content) < 0.8 * HTML_MAX


@pytest.mark.parametrize(
    "board", ["rising&min_sale_growth_7d_rate=1", "new&min_first_crawl_dt=20200101", "sold"]
)
def test_no_board_is_too_large(app: Api, board: str) -> None:
    answer = browse(app, f"/boards?region=US&board={board}&page_size=50")
    assert answer.text.count("<tr data-row") == 50
    assert len(answer.content) < HTML_MAX
