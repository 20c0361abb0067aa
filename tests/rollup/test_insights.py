"""Insights against plain loops over the raw facts of a small market, in every window."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.contract.insight_rows import Sums, percent
from shopscope.contract.insights import InsightListRequest
from shopscope.insights.read import list_insights
from shopscope.rollup.audience import percentages
from shopscope.rollup.scopes import scopes
from shopscope.snapshot.manifest import verify
from shopscope.snapshot.reader import Snapshot
from tests.rollup import market, naive_insights
from tests.rollup.market import AS_OF, CATEGORIES, REGIONS, Facts

MONTHS = ("2025-12", "2026-01", "2026-02", "2026-03")
SCOPES = ("1", "7", "30", *MONTHS)
AREAS = (*REGIONS, "all_regions")
FACTS = market.facts(5)


@pytest.fixture(scope="module", params=[AS_OF, AS_OF - timedelta(33)], ids=["newest", "earlier"])
def as_of(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, as_of: date) -> Snapshot:
    return market.opened(tmp_path_factory.mktemp("data"), FACTS, None if as_of == AS_OF else as_of)


def rows(snapshot: Snapshot, scope: str, region: str) -> list[dict[str, Any]]:
    """The whole list."""
    request = InsightListRequest(time_scope=scope, region=region, page=1, limit=1000)
    return [msgspec.json.decode(row) for row in list_insights(snapshot, request).rows]


def detail(snapshot: Snapshot, scope: str, region: str, category: str) -> dict[str, Any] | None:
    data = snapshot.insights
    assert data is not None
    group = data.groups[scope, region]
    ids = data.categories(group).to_pylist()
    found = data.detail(group.start + ids.index(category)) if category in ids else None
    return None if found is None else dict(msgspec.json.decode(found))


def months(as_of: date) -> list[str]:
    return [month for month in MONTHS if month <= f"{as_of:%Y-%m}"]


def test_every_window_market_and_category_has_the_figures_of_a_plain_loop(
    snapshot: Snapshot, as_of: date
) -> None:
    compared = 0
    for scope in ("1", "7", "30", *months(as_of)):
        for region in AREAS:
            computed = {
                category: row
                for category in CATEGORIES
                if (row := naive_insights.row(FACTS.ad_daily, scope, region, category, as_of))
            }
            served = rows(snapshot, scope, region)
            order = sorted(computed, key=lambda c: (-computed[c]["post"], c))
            assert [row["third_ecom_category"]["id"] for row in served] == order
            for row in served:
                expected = computed[row["third_ecom_category"]["id"]]
                assert {name: row[name] for name in expected} == expected
                compared += 1
    assert compared > 60


def test_every_audience_is_that_of_a_plain_loop(snapshot: Snapshot, as_of: date) -> None:
    known = [fact for fact in FACTS.audience_daily if fact["day"] <= as_of]
    for scope in ("1", "7", "30", *months(as_of)):
        span, _ = naive_insights.windows(scope, as_of)
        for region in AREAS:
            by_age = naive_insights.weights(known, "age", span, region)
            by_interest = naive_insights.weights(known, "interest", span, region)
            for category in CATEGORIES:
                info = detail(snapshot, scope, region, category)
                if info is None:
                    assert category not in by_age
                    continue
                ages = [(line["age_level"], line["score"]) for line in info["audience_ages"]]
                positive = {a: w for a, w in by_age.get(category, {}).items() if w}
                assert ages == naive_insights.ages(positive)
                assert sum(score for _, score in ages) in (0, 100)
                interests = [
                    (line["interest_info"]["id"], line["score"])
                    for line in info["audience_interests"]
                ]
                expected = naive_insights.interests(by_interest, category)
                assert interests == [line for line in expected if line[1]]


def test_every_list_of_posts_and_hashtags_is_that_of_a_plain_loop(
    snapshot: Snapshot, as_of: date
) -> None:
    known = [fact for fact in FACTS.post if fact["day"] <= as_of]
    # The products are known from the fiftieth day on, which is after the earlier as-of day.
    linked = {
        (region, product): category
        for region in REGIONS
        for product in range(5)
        if (category := market.linked(region, product)) and as_of >= AS_OF - timedelta(50)
    }
    categories = naive_insights.belongs(known, FACTS.post_category, linked)
    compared = 0
    for scope in ("1", "7", "30", *months(as_of)):
        span, _ = naive_insights.windows(scope, as_of)
        for region in AREAS:
            for category in CATEGORIES:
                expected = naive_insights.posts_and_tags(
                    known, categories, (span[0], min(span[1], as_of)), region, category
                )
                info = detail(snapshot, scope, region, category) or {"posts": [], "hashtags": []}
                assert (info["posts"], info["hashtags"]) == expected
                compared += len(info["posts"])
    assert compared > 500


def test_all_regions_is_the_pooled_figure_and_not_the_mean(snapshot: Snapshot) -> None:
    differing = 0
    for scope in ("7", "30"):
        pooled = {r["third_ecom_category"]["id"]: r for r in rows(snapshot, scope, "all_regions")}
        by_region = [
            {r["third_ecom_category"]["id"]: r for r in rows(snapshot, scope, region)}
            for region in REGIONS
        ]
        for category, row in pooled.items():
            parts = [found[category] for found in by_region if category in found]
            for field in ("post", "impression", "like", "share", "comment"):
                assert row[field] == sum(part[field] for part in parts)
            assert row["cost"] == pytest.approx(sum(part["cost"] for part in parts), abs=0.011)
            mean = sum(part["ctr"] for part in parts) / len(parts)
            differing += len(parts) > 1 and abs(row["ctr"] - mean) > 0.02
    assert differing >= 4


sums = st.builds(
    Sums,
    posts=st.integers(0, 10**6),
    impressions=st.integers(0, 10**9),
    clicks=st.integers(0, 10**7),
    conversions=st.integers(0, 10**6),
    cost=st.integers(0, 10**9).map(lambda cents: cents / 4),
    views=st.integers(0, 10**9),
    six_second_views=st.integers(0, 10**8),
)


@given(st.lists(sums, min_size=2, max_size=6))
def test_pooled_rates_lie_between_those_of_the_parts(parts: list[Sums]) -> None:
    names = [field.name for field in msgspec.structs.fields(Sums)]
    pooled = Sums(**{name: sum(getattr(part, name) for part in parts) for name in names}).fields()
    for rate, whole in (("ctr", "impressions"), ("cvr", "clicks"), ("cpa", "conversions")):
        rates = [part.fields()[rate] for part in parts if getattr(part, whole)]
        if len(rates) == len(parts):
            assert min(rates) <= pooled[rate] <= max(rates)


def test_the_mean_of_rates_would_be_wrong() -> None:
    large, small = Sums(clicks=1, impressions=1_000), Sums(clicks=5, impressions=10)
    pooled = Sums(clicks=6, impressions=1_010)
    assert [s.fields()["ctr"] for s in (large, small, pooled)] == [0.1, 50, 0.59]


@given(st.dictionaries(st.integers(0, 99), st.floats(0, 1e18), min_size=1, max_size=12))
def test_ages_sum_to_100(weights: dict[int, float]) -> None:
    scores = percentages(weights)
    if not sum(weights.values()):
        assert scores == []
        return
    assert sum(score for _, score in scores) == 100
    assert [score for _, score in scores] == sorted((s for _, s in scores), reverse=True)
    total = sum(weights.values())
    assert all(abs(score - 100 * weights[age] / total) < 1.0001 for age, score in scores)


def test_largest_remainders_are_rounded_up() -> None:
    assert percentages({18: 1, 25: 1, 35: 1}) == [(18, 34), (25, 33), (35, 33)]
    assert percentages({18: 995, 25: 5}) == [(18, 100), (25, 0)]
    assert percentages({18: 0.0}) == []


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_percent_has_two_decimals_and_no_point_zero(part: int, whole: int) -> None:
    text = msgspec.json.encode(percent(part, whole)).decode()
    assert abs(float(text) - 100 * part / whole) < 0.0051 + abs(part / whole) * 1e-12
    assert not text.endswith(".0")
    assert len(text.partition(".")[2]) <= 2
    assert percent(part, 0) == 0


def test_windows_over_the_turn_of_the_year_and_a_leap_day() -> None:
    found = {s.name: s for s in scopes(date(2024, 3, 1), [date(2024, 1, 31), date(2024, 2, 29)])}
    month = found["2024-01"]
    assert (month.first, month.last) == (date(2024, 1, 1), date(2024, 1, 31))
    assert (month.first_before, month.last_before) == (date(2023, 12, 1), date(2023, 12, 31))
    assert found["2024-02"].last == date(2024, 2, 29)
    assert (found["7"].first, found["7"].first_before) == (date(2024, 2, 24), date(2024, 2, 17))
    assert list(found) == ["1", "7", "30", "2024-01", "2024-02"]


def test_the_order_of_loads_does_not_matter_and_files_are_whole(tmp_path: Path) -> None:
    plain = market.opened(tmp_path / "one", FACTS)
    turned = Facts(**{table: rows[::-1] for table, rows in msgspec.structs.asdict(FACTS).items()})
    other = market.opened(tmp_path / "two", turned)
    assert plain.id == other.id
    assert verify(tmp_path / "one" / "snapshots" / plain.id) == []


def test_categories_have_english_names_and_their_places(snapshot: Snapshot) -> None:
    by_id = {row["third_ecom_category"]["id"]: row for row in rows(snapshot, "30", "US")}
    perfume = by_id["601583"]
    assert perfume["url_title"] == "Perfume"
    assert perfume["third_ecom_category"] == {
        "id": "601583", "label": "category_601583", "parent_id": "848648", "value": "Perfume"
    }  # fmt: skip
    assert perfume["first_ecom_category"] == {
        "id": "601450", "label": "category_601450", "value": "Beauty & Personal Care"
    }  # fmt: skip
    assert by_id["700001"]["url_title"] == "น้ำหอมทดลอง"
    unknown = by_id["700003"]
    assert (unknown["url_title"], unknown["first_ecom_category"]["value"]) == ("700003", "Other")
    assert (perfume["cover_url"], perfume["ecom_type"]) == (None, "l3")
