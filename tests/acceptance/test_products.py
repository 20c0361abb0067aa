"""Every product of three markets, and many questions about them, against plain Python."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.acceptance.command import Client
from tests.acceptance.conftest import Road, Truth
from tests.acceptance.expected import Row
from tests.acceptance.queries import FILTERS, NAMED, ORDERS, Query, answer, dice

REGIONS = ("US", "GB", "JP", "BR")
THROWS = 60


def same(ours: list[Row], theirs: list[Row]) -> None:
    """Row for row, field for field; says which field of which row is not."""
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            fields = {k: (mine.get(k), other.get(k)) for k in mine | other}
            wrong = {k: pair for k, pair in fields.items() if pair[0] != pair[1]}
            pytest.fail(f"{mine['region']} {mine['product_id']}: (served, expected) {wrong}")
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("region", REGIONS)
def test_every_product_in_every_field(client: Client, truth: Truth, region: str) -> None:
    served = client.every_product(region)
    assert {len(row) for row in served} == {100}
    same(served, answer(truth.rows[region], {}))


@pytest.mark.parametrize("region", REGIONS)
def test_the_as_of_day_is_told(client: Client, road: Road, truth: Truth, region: str) -> None:
    page = client.products(region=region, page_num=1, page_size=1)
    assert page.headers["X-As-Of"] == truth.as_of[region].isoformat()
    assert page.snapshot == road.cli.current


def test_the_data_covers_what_is_hard(truth: Truth) -> None:
    """Products with a history, names that changed, all windows, every trend, ties."""
    said = truth.sources
    days = Counter(len({fact["day"] for fact in facts}) for facts in said.facts.values())
    assert days[2] > 500
    assert sum(len({d.name for d in known}) > 1 for known in said.described.values()) > 20
    assert sum(len({d.category for d in known}) > 1 for known in said.described.values()) >= 2
    told_thrice = [facts for (region, _), facts in said.facts.items() if region == "JP"]
    assert sum(len(facts) > 2 for facts in told_thrice) > 10
    rows = truth.rows["US"]
    trends = Counter(row["sales_trend_flag"] for row in rows)
    assert min(trends[flag] for flag in (0, 1, 2)) > 500
    windows = [f"total_sale_{n}d_cnt" for n in (1, 7, 15, 30, 60, 90)]
    grown = [len({row[name] for name in windows} | {row["total_sale_cnt"]}) for row in rows]
    assert sum(n > 3 for n in grown) > 400
    assert max(Counter(row["total_sale_7d_cnt"] for row in rows).values()) > 10


def test_the_questions_cover_what_can_be_asked(truth: Truth) -> None:
    asked: Counter[str] = Counter()
    orders = set()
    for query in NAMED:
        params = query.params(truth.rows.get(query.region, []))
        asked.update(params.keys())
        orders.add((params.get("product_sort_field"), params.get("sort_type")))
    assert len(FILTERS) == 31
    assert asked.keys() >= {*FILTERS, "keyword", "product_ids", "seller_id", "off_mark"}
    assert orders >= {(n, d) for n in range(1, len(ORDERS) + 1) for d in (0, 1)}


@pytest.mark.parametrize("query", NAMED, ids=lambda query: query.name)
def test_named_questions(client: Client, truth: Truth, query: Query) -> None:
    rows = truth.rows.get(query.region, [])
    params = query.params(rows)
    wanted = answer(rows, params)
    for size in (10, 7):
        last = (len(wanted) + size - 1) // size
        for number in sorted({1, 2, last // 2, last, last + 1, 100_000} - {0}):
            ask(client, query.region, params, wanted, number, size)


@pytest.mark.parametrize("region", ["US", "GB", "BR"])
def test_thrown_questions(client: Client, truth: Truth, region: str) -> None:
    rows = truth.rows[region]
    found = 0
    for seed in range(THROWS):
        params = dice(rows, seed)
        wanted = answer(rows, params)
        found += len(wanted) > 0
        last = max((len(wanted) + 9) // 10, 1)
        for number in sorted({1, last // 2 + 1, last}):
            ask(client, region, params, wanted, number, 10)
    assert found > THROWS / 2


def ask(
    client: Client, region: str, params: dict[str, Any], wanted: list[Row], number: int, size: int
) -> None:
    """One page, which must be that part of what is wanted, and know how much there is."""
    page = client.products(region=region, page_num=number, page_size=size, **params)
    same(page.data, wanted[(number - 1) * size : number * size])
    assert page.total == len(wanted), params


def test_pages_never_overlap_or_skip(client: Client, truth: Truth) -> None:
    """Ties in the order that has most of them: 0 in every row."""
    served = client.every_product("GB", product_sort_field="total_live_30d_cnt", sort_type=0)
    assert [row["product_id"] for row in served] == [row["product_id"] for row in truth.rows["GB"]]


def test_the_types_of_the_wire(client: Client) -> None:
    """Ids are strings, counts have no decimals, JSON is inside of strings."""
    (row,) = client.products(region="JP", page_num=1, page_size=1).data
    for name, value in row.items():
        if name.endswith("_id") or name in ("cover_url", "desc_detail", "sale_props", "skus"):
            assert isinstance(value, str), name
        if name.endswith(("_cnt", "_dt", "_flag", "_count")):
            assert type(value) is int, name
    assert json.loads(row["cover_url"])[0].keys() == {"url", "index"}
