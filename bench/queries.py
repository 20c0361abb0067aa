"""One log of product list requests: the mix that an explorer and its users would send, seeded."""

from typing import Any

import numpy as np

from bench.market import REGIONS, share
from shopscope.contract.products import (
    EQUALITY_FILTERS,
    RANGE_FILTERS,
    SORT_FIELDS,
    SORTABLE,
    Equal,
    Predicate,
    ProductListRequest,
    Range,
)
from shopscope.snapshot.reader import RegionData, Snapshot

FILTERS_MAX = 6
_DEEP = 0.1  # of the requests go anywhere up to page 1,000
_NAMED = 0.15  # sort by a field outside the seven numbered ones
_IMPOSSIBLE = 0.02  # ask for what no product has


def log(snapshot: Snapshot, count: int, seed: int) -> list[ProductListRequest]:
    """`count` requests; regions by Zipf's law, bounds are values that products have."""
    rng = np.random.default_rng(seed)
    weights = np.array(list(share(1_000_000).values()), dtype=float)
    regions = rng.choice(REGIONS, count, p=weights / weights.sum())
    return [_request(snapshot.regions[region], region, rng) for region in regions.tolist()]


def _request(data: RegionData, region: str, rng: np.random.Generator) -> ProductListRequest:
    names = [*EQUALITY_FILTERS, *RANGE_FILTERS]
    chosen = rng.choice(names, rng.integers(0, FILTERS_MAX + 1), replace=False).tolist()
    predicates = [_predicate(data, name, rng) for name in chosen]
    page = int(rng.integers(1, 1_001)) if rng.random() < _DEEP else int(rng.geometric(0.4))
    return ProductListRequest(
        region=region,
        page_num=page,
        page_size=10,
        sort_field=str(rng.choice(SORTABLE if rng.random() < _NAMED else SORT_FIELDS)),
        descending=bool(rng.random() < 0.85),
        predicates=tuple(sorted(predicates, key=lambda predicate: predicate.column)),
    )


def _predicate(data: RegionData, name: str, rng: np.random.Generator) -> Predicate:
    impossible = rng.random() < _IMPOSSIBLE
    if name in EQUALITY_FILTERS:
        choices = EQUALITY_FILTERS[name]
        if choices:
            return Equal(name, int(rng.choice(choices)))
        return Equal(name, "1" if impossible else _value(data, name, rng))
    if impossible:
        return Range(name, 99_991_231, None)
    low, high = sorted((_value(data, name, rng), _value(data, name, rng)))
    shape = rng.random()
    if shape < 0.6:
        return Range(name, low, None)
    return Range(name, None, high) if shape < 0.75 else Range(name, low, high)


def _value(data: RegionData, name: str, rng: np.random.Generator) -> Any:
    """The value of a random product, so that common values are asked for most."""
    column = data.columns[name]
    return column.values[int(column.codes[rng.integers(data.size)])]


def popular(requests: list[ProductListRequest], count: int, seed: int) -> list[ProductListRequest]:
    """`count` requests as many people send them: which of a log is asked follows Zipf's law."""
    weights = 1 / np.arange(1, len(requests) + 1)
    chosen = np.random.default_rng(seed).choice(len(requests), count, p=weights / weights.sum())
    return [requests[number] for number in chosen.tolist()]
