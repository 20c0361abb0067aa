"""The board of the most sold: a ranking of one day, week or month, and what it was before."""

import asyncio
import datetime

import msgspec

from shopscope.contract.history import (
    CREATORS,
    DAY,
    MONTH,
    UNITS,
    WEEK,
    ProductRankingRequest,
    ProductRankingRow,
    ranking_parameters,
)
from shopscope.contract.parameters import bind
from shopscope.products.history import find_ranks, rank_products
from shopscope.products.place import find_row
from shopscope.snapshot.reader import Snapshot
from shopscope.web import periods, rows, watching
from shopscope.web.calls import Call, Sample, as_code, paged
from shopscope.web.columns import COLUMNS
from shopscope.web.language import N_
from shopscope.web.links import Pager, link, pager, without
from shopscope.web.page import Visit
from shopscope.web.periods import Period
from shopscope.web.product_query import check_page, in_full, row_choices
from shopscope.web.rows import Row

PATH = "/boards"
KINDS: dict[int, str] = {DAY: N_("Day"), WEEK: N_("Week"), MONTH: N_("Month")}
METRICS: dict[int, str] = {UNITS: N_("Units"), CREATORS: N_("New creators")}
_USUAL_KIND = WEEK
ROWS = 20
"""Rows of a board, where they cost nothing."""


class Choice(msgspec.Struct, frozen=True):
    """One of a few, as a link."""

    label: str
    href: str
    chosen: bool


class Before(msgspec.Struct, frozen=True):
    """Where a product stood in the period before: `rise` places lower than now."""

    place: int
    rise: int
    href: str


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """One product of the ranking; `before` None: it gained nothing then, or that is not kept."""

    place: int
    before: Before | None
    gained: ProductRankingRow
    row: Row


class BestSellers(msgspec.Struct, frozen=True, kw_only=True):
    """The ranking of one period, and the addresses of others.

    `before` is the call whose pages are the places of the period before, one by one; None: it is
    not kept.
    """

    as_of: datetime.date | None
    period: Period | None = None
    known: list[Period] = []
    earlier: str = ""
    later: str = ""
    kinds: list[Choice] = []
    metrics: list[Choice] = []
    total: int = 0
    sellers: list[Seller] = []
    before: Call | None = None
    pager: Pager | None = None
    kept: dict[str, str] = {}
    call: Call | None = None
    samples: list[Sample] = []


async def read(visit: Visit, snapshot: Snapshot) -> BestSellers:
    """The ranking as the address asks for it; without a day, the newest period that is over.

    Raises:
        ApiError: a parameter is not what it takes, or the gate refuses.
    """
    endpoint = visit.endpoint("ranking_products")
    region = snapshot.regions.get(visit.region)
    if region is None:
        await visit.enter(endpoint)
        return BestSellers(as_of=None)
    query, kind = _query(visit, region.as_of)
    request = _request(visit, query)
    known = periods.periods(kind, region.as_of)
    size_max = visit.site.settings.page_size_max

    def call(total: int | None) -> Call:
        asked = {n: v for n, v in query.items() if n not in ("page_num", "page_size")}
        number, size = request.page_num, request.page_size
        return paged(endpoint, asked, number=number, size=size, size_max=size_max, total=total)

    booked = call(None)
    await visit.pay(booked)
    await watching.note(visit, request.region)
    found = await asyncio.to_thread(rank_products, snapshot, request)
    paid = call(found.total)
    await visit.refund(booked.credits - paid.credits)
    place = next(n for n, period in enumerate(known) if period.first == request.first)
    later = known[place - 1] if place else None
    earlier = known[place + 1] if place + 1 < len(known) else None
    ranking = _Ranking(visit, snapshot, query, request, earlier)
    return BestSellers(
        as_of=found.as_of,
        period=known[place],
        known=known,
        earlier=_at(query, earlier),
        later=_at(query, later),
        kinds=_kinds(query, kind, region.as_of),
        metrics=_metrics(query, int(query["product_rank_field"])),
        total=found.total,
        sellers=await asyncio.to_thread(ranking.sellers, found.rows),
        before=ranking.before,
        pager=pager(PATH, query, request.page_num, request.page_size, found.total),
        kept={n: v for n, v in query.items() if n not in ("date", "page_num")},
        call=paid,
        samples=as_code(paid, visit.base_url),
    )


def _query(visit: Visit, as_of: datetime.date) -> tuple[dict[str, str], int]:
    """What is asked for, in full, and the kind of period."""
    endpoint = visit.endpoint("ranking_products")
    given = {n: v for n, v in visit.query.items() if n in endpoint.by_name}
    usual = {"rank_type": str(_USUAL_KIND), "product_rank_field": str(UNITS)}
    query = in_full(visit, {**usual, **given}, ROWS)
    kind = int(endpoint.by_name["rank_type"].parse(query["rank_type"]))
    query.setdefault("date", periods.usual(periods.periods(kind, as_of)).first.isoformat())
    return query, kind


def _request(visit: Visit, query: dict[str, str]) -> ProductRankingRequest:
    page_size_max = visit.site.settings.page_size_max
    parameters = ranking_parameters(max(row_choices(page_size_max)))
    known = {parameter.name: parameter for parameter in parameters}
    request = ProductRankingRequest.of(bind(known, query.items()).values)
    check_page(request.page_num, request.page_size, page_size_max)
    return request


class _Ranking:
    """Adds to the rows of a ranking what a page shows beside them."""

    def __init__(
        self,
        visit: Visit,
        snapshot: Snapshot,
        query: dict[str, str],
        request: ProductRankingRequest,
        earlier: Period | None,
    ) -> None:
        self._visit = visit
        self._snapshot = snapshot
        self._query = query
        self._request = request
        self._earlier = earlier
        self._query_before = {**query, "date": earlier.first.isoformat()} if earlier else {}

    @property
    def before(self) -> Call | None:
        """The call that has the places of the period before, one a page."""
        if self._earlier is None:
            return None
        query = {**without(self._query_before, ("page_num",)), "page_size": "1"}
        return Call(endpoint=self._visit.endpoint("ranking_products"), query=query)

    def sellers(self, gained: list[ProductRankingRow]) -> list[Seller]:
        """The products of the page, each with its place and that of the period before."""
        start = (self._request.page_num - 1) * self._request.page_size + 1
        return [
            Seller(place=place, before=self._before(one, place), gained=one, row=self._row(one))
            for place, one in enumerate(gained, start)
        ]

    def _row(self, gained: ProductRankingRow) -> Row:
        """A product's picture, name and trend, from its row of the product list."""
        region = self._snapshot.regions[gained.region]
        number = find_row(region, gained.product_id)
        assert number is not None  # noqa: S101 - it is in a ranking of the same snapshot
        trend = [COLUMNS["trend"]]
        language = self._visit.language
        return rows.rows(self._snapshot, gained.region, [region.row(number)], trend, language)[0]

    def _before(self, gained: ProductRankingRow, place: int) -> Before | None:
        if self._earlier is None:
            return None
        first, last = self._earlier.first, self._earlier.last
        request = msgspec.structs.replace(self._request, first=first, last=last)
        (rank,) = find_ranks(self._snapshot, gained.product_id, [request])
        if rank.place is None:
            return None
        page_num = (rank.place - 1) // self._request.page_size + 1
        href = link(PATH, self._query_before, page_num=page_num)
        return Before(rank.place, rank.place - place, href)


def _at(query: dict[str, str], period: Period | None) -> str:
    """The address of the same ranking in another period; empty: there is none."""
    return "" if period is None else link(PATH, query, date=period.first, page_num=None)


def _kinds(query: dict[str, str], chosen: int, as_of: datetime.date) -> list[Choice]:
    """Days, weeks and months, each with the newest period that is over."""
    choices = []
    for kind, label in KINDS.items():
        first = periods.usual(periods.periods(kind, as_of)).first
        href = link(PATH, query, rank_type=kind, date=first, page_num=None)
        choices.append(Choice(label, href, kind == chosen))
    return choices


def _metrics(query: dict[str, str], chosen: int) -> list[Choice]:
    return [
        Choice(label, link(PATH, query, product_rank_field=metric, page_num=None), metric == chosen)
        for metric, label in METRICS.items()
    ]
