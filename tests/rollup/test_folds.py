"""Columns that every fact has are folded together: the same figures as one by one."""

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.rollup import naive
from tests.rollup.test_windows import AS_OF, METRICS, RATES, computed

PRODUCTS = 25


def complete(rng: random.Random) -> list[dict[str, Any]]:
    """The facts of one product, each with every counter, its growth and a price."""
    currency = rng.choice(sorted(RATES))
    return [
        {
            "day": AS_OF - timedelta(age),
            "currency": currency,
            "spu_avg_price": rng.randint(1, 999) * 16.0,
            **{metric: _amount(rng, metric) for metric in METRICS},
            **{f"{metric}_1d": _amount(rng, metric) for metric in METRICS if metric != "ifl"},
        }
        for age in rng.sample(range(130), rng.randint(1, 9))
    ]


def _amount(rng: random.Random, metric: str) -> float:
    return rng.randint(0, 4_000) / 4 if metric in naive.AMOUNTS else rng.randint(0, 1_000)


@pytest.mark.parametrize("gaps", [False, True])
def test_windows_of_complete_facts_agree_with_a_plain_loop(gaps: bool) -> None:
    rng = random.Random(16)
    histories = {i: complete(rng) for i in range(1, PRODUCTS + 1)}
    if gaps:
        histories[1][0] = {"day": AS_OF, "currency": "USD", "views": 5}
    facts = [
        {"region": "US", "product_id": i, "source": "s", **fact}
        for i, history in histories.items()
        for fact in history
    ]
    rows = computed(facts, 1, 16, AS_OF)
    others = [i for i in histories if i > 1]
    for i in others:
        known = [{**fact, "rate": RATES[fact["currency"]]} for fact in histories[i]]
        expected = naive.product(known, AS_OF)
        assert expected is not None
        found = {name: rows[i][name] for name in expected}
        assert found == pytest.approx(expected, rel=1e-12, abs=0.0051), histories[i]
