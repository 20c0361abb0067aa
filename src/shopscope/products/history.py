"""Single products: their rows by id, their days, and what grew most in a period."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np

from shopscope.contract.history import (
    ProductDetailRequest,
    ProductRankingRequest,
    ProductRankingRow,
    ProductTrendRequest,
    ProductTrendRow,
)
from shopscope.products.ordering import Rows
from shopscope.products.place import find_row
from shopscope.products.read import ProductPage
from shopscope.products.selection import Selection, SelectionCache
from shopscope.snapshot.history import HISTORY_DAYS, TOTALS, Facts, History
from shopscope.snapshot.reader import RegionData, Snapshot


class TrendPage(NamedTuple):
    """Days in order, their number on all pages, and the day they are as of."""

    rows: list[ProductTrendRow]
    total: int
    as_of: date | None
    """None: no market has the product."""


class RankingPage(NamedTuple):
    """Products in order, their number on all pages, and the day they are as of."""

    rows: list[ProductRankingRow]
    total: int
    as_of: date | None
    """None: the region has no data."""


class Rank(NamedTuple):
    """A product's place in a ranking, how many stand in it, and what the product gained."""

    place: int | None
    """From 1; None: it gained nothing, and is not in it."""
    of: int
    gained: int


class _Named(msgspec.Struct):
    """What a ranking shows of a product's row."""

    category_id: str
    category_l2_id: str
    category_l3_id: str
    product_id: str
    product_name: str
    region: str


_named = msgspec.json.Decoder(_Named)


def get_products(snapshot: Snapshot, request: ProductDetailRequest) -> ProductPage:
    """The rows of products, in the order asked, then by region; unknown ones are missing.

    The as-of day is that of all rows, None where they differ.
    """
    rows, days = [], set()
    for product_id in request.product_ids:
        for region in _regions(snapshot, request.region):
            number = find_row(region, product_id)
            if number is not None:
                rows.append(region.row(number))
                days.add(region.as_of)
    return ProductPage(rows, len(rows), days.pop() if len(days) == 1 else None)


def trend_products(snapshot: Snapshot, request: ProductTrendRequest) -> TrendPage:
    """One page of a product's days, oldest first, without gaps from its first fact on.

    A product without facts has no days: it was delivered ready-made.

    Raises:
        InvalidParameter: the range is wrong in view of the as-of day.
    """
    region, facts = _facts(snapshot, request)
    if region is None:
        return TrendPage([], 0, None)
    start, end = request.days(region.as_of)
    if not len(facts.ages):
        return TrendPage([], 0, region.as_of)
    kept_from = region.as_of - timedelta(min(int(facts.ages[0]), HISTORY_DAYS - 1))
    first, last = max(start, kept_from), min(end, region.as_of)
    total = max((last - first).days + 1, 0)
    skipped = (request.page_num - 1) * request.page_size
    days = range(skipped, min(skipped + request.page_size, total))
    oldest = (region.as_of - first).days
    rows = [_day(request.product_id, region.as_of, facts, oldest - day) for day in days]
    return TrendPage(rows, total, region.as_of)


def rank_products(snapshot: Snapshot, request: ProductRankingRequest) -> RankingPage:
    """One page of the products that gained most in a period, largest gain first.

    Only gains count: who gained nothing, or lost by a correction, is not in the ranking.

    Raises:
        InvalidParameter: the period begins outside the days that are kept.
    """
    region = snapshot.region(request.region)
    if region is None:
        return RankingPage([], 0, None)
    request.check_kept(region.as_of - timedelta(HISTORY_DAYS - 1), region.as_of)
    if region.history is None:
        return RankingPage([], 0, region.as_of)
    oldest, youngest = _ages(region, request)
    ranking = _ranking(snapshot, region.history, request, oldest, youngest)
    start = (request.page_num - 1) * request.page_size
    page = ranking.numbers()[start : start + request.page_size].tolist()
    rows = [_gained(region, region.history, number, oldest, youngest) for number in page]
    return RankingPage(rows, ranking.total, region.as_of)


def find_ranks(
    snapshot: Snapshot, product_id: str, requests: Iterable[ProductRankingRequest]
) -> list[Rank]:
    """Where a product stands in rankings of regions that have it, whatever page is asked for.

    Raises:
        InvalidParameter: a period begins outside the days that are kept.
    """
    ranks = []
    for request in requests:
        region = snapshot.regions[request.region]
        request.check_kept(region.as_of - timedelta(HISTORY_DAYS - 1), region.as_of)
        number = find_row(region, product_id)
        if number is None or region.history is None:
            ranks.append(Rank(None, 0, 0))
            continue
        oldest, youngest = _ages(region, request)
        ranking = _ranking(snapshot, region.history, request, oldest, youngest)
        places = np.flatnonzero(ranking.numbers() == number)
        facts = region.history.facts(number)
        period = (facts.ages <= oldest) & (facts.ages >= youngest)
        gained = int(facts.values[f"{request.metric}_grown"][period].sum(dtype=np.int64))
        place = int(places[0]) + 1 if len(places) else None
        ranks.append(Rank(place, ranking.total, max(gained, 0)))
    return ranks


def _regions(snapshot: Snapshot, wanted: str | None) -> list[RegionData]:
    if wanted is None:
        return [data for _, data in sorted(snapshot.regions.items())]
    data = snapshot.region(wanted)
    return [] if data is None else [data]


_NO_FACTS = Facts(np.empty(0, dtype=np.uint16), {})


def _facts(snapshot: Snapshot, request: ProductTrendRequest) -> tuple[RegionData | None, Facts]:
    """The first market with facts of the product, else the first that has it at all."""
    found: RegionData | None = None
    for region in _regions(snapshot, request.region):
        number = find_row(region, request.product_id)
        if number is None:
            continue
        found = found or region
        facts = _NO_FACTS if region.history is None else region.history.facts(number)
        if len(facts.ages):
            return region, facts
    return found, _NO_FACTS


def _newest(facts: Facts, age: int) -> int:
    """The place of the newest fact of at least this age; -1: there is none."""
    return len(facts.ages) - 1 - int(np.searchsorted(facts.ages[::-1], age))


def _day(product_id: str, as_of: date, facts: Facts, age: int) -> ProductTrendRow:
    place = _newest(facts, age)
    known = {name: int(values[place]) for name, values in facts.values.items()}
    carried = int(facts.ages[place]) != age
    return ProductTrendRow(
        dt=(as_of - timedelta(age)).isoformat(),
        product_id=str(int(product_id)),
        spu_avg_price=_dollars(known["price"]),
        total_ifl_cnt=known["ifl"],
        total_live_cnt=known["live"],
        total_sale_1d_cnt=0 if carried else known["sale_grown"],
        total_sale_cnt=known["sale"],
        total_sale_gmv_1d_amt=0 if carried else _dollars(known["sale_gmv_grown"]),
        total_sale_gmv_amt=_dollars(known["sale_gmv"]),
        total_video_cnt=known["video"],
        carried=int(carried),
    )


def _ages(region: RegionData, request: ProductRankingRequest) -> tuple[int, int]:
    """The ages of the first and of the last day of a period that has begun."""
    youngest = max((region.as_of - request.last).days, 0)
    return (region.as_of - request.first).days, youngest


def _ranking(
    snapshot: Snapshot, history: History, request: ProductRankingRequest, oldest: int, youngest: int
) -> Selection:
    """The rows of a region that gained in a period, largest gain first."""
    cache = snapshot.keep(_rankings)
    key = (request.region, request.metric, oldest, youngest)
    ranking = cache.get(key)
    if ranking is None:
        ranking = Selection(_ranked(history, request.metric, oldest, youngest))
        cache.put(key, ranking)
    return ranking


def _ranked(history: History, metric: str, oldest: int, youngest: int) -> Rows:
    gained = history.grown(metric, oldest, youngest)
    rows = np.flatnonzero(gained > 0)
    ranked: Rows = rows[np.argsort(-gained[rows], kind="stable")].astype(np.uint32)
    return ranked


def _rankings(_: Snapshot) -> SelectionCache:
    """Room for the rankings of one snapshot."""
    return SelectionCache()


def _gained(
    region: RegionData, history: History, number: int, oldest: int, youngest: int
) -> ProductRankingRow:
    facts = history.facts(number)
    period = (facts.ages <= oldest) & (facts.ages >= youngest)
    gained: dict[str, Any] = {
        name: max(int(facts.values[f"{name}_grown"][period].sum(dtype=np.int64)), 0)
        for name in TOTALS
    }
    price = int(facts.values["price"][_newest(facts, youngest)])
    return ProductRankingRow(
        **msgspec.structs.asdict(_named.decode(region.row(number))),
        spu_avg_price=_dollars(price),
        total_ifl_cnt=gained["ifl"],
        total_live_cnt=gained["live"],
        total_sale_cnt=gained["sale"],
        total_sale_gmv_amt=_dollars(gained["sale_gmv"]),
        total_video_cnt=gained["video"],
    )


def _dollars(cents: int) -> float:
    """Whole dollars without `.0`, as upstream writes numbers."""
    return cents / 100 if cents % 100 else cents // 100
