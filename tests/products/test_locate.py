"""Pages found by counting, against a plain sort."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shopscope.products.locate import located
from shopscope.products.ordering import Walk
from shopscope.snapshot.cuts import packed
from tests.snapshot.arrays import column_of

_VALUES = st.one_of(
    st.lists(st.integers(0, 2), min_size=1, max_size=60),
    st.lists(st.one_of(st.just(7), st.integers(0, 5_000)), min_size=70, max_size=400),
)


@given(_VALUES, st.integers(0, 2**32), st.booleans(), st.data())
def test_every_page_of_a_selection(
    values: list[int], seed: int, descending: bool, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random(len(values)) < rng.choice([0.05, 0.5, 1.0])
    mask[rng.integers(len(values))] = True
    column = column_of(values)
    assert column.cuts is not None
    rows = sorted(np.flatnonzero(mask).tolist(), key=lambda row: values[row], reverse=descending)
    walk = Walk(column, 0, len(column.values), descending=descending)
    size = data.draw(st.integers(1, len(rows)))
    for start in range(0, len(rows), size):
        stop = min(start + size, len(rows))
        page = located(walk, column.cuts, packed(mask), len(rows), start, stop)
        assert page.tolist() == rows[start:stop]


def test_equal_values_stay_in_the_order_of_rows() -> None:
    values = [3] * 200 + [9] * 100 + [3] * 200
    column = column_of(values)
    assert column.cuts is not None
    every = packed(np.ones(500, dtype=np.bool_))
    walk = Walk(column, 0, 2, descending=True)
    assert located(walk, column.cuts, every, 500, 95, 105).tolist() == [
        *range(295, 300),
        *range(5),
    ]
