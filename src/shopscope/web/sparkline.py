"""Small pictures of a product's days: a line, computed here and drawn by the browser."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopscope.snapshot.history import Facts

DAYS = 90
POINTS = 18
"""Each stands for five days; more could hardly be told apart at the width that a table has."""

HEIGHT = 24
"""Of the picture in pixels; app.css says how wide a step is, so that no picture has to."""


def points(facts: Facts) -> str:
    """The units of the last days as an SVG path, oldest left.

    A product without facts in these days has no points. What a correction took away is drawn as
    nothing sold.
    """
    if not len(facts.ages):
        return ""
    recent = facts.ages < DAYS
    sold: NDArray[Any] = np.bincount(
        (DAYS - 1 - facts.ages[recent].astype(np.int64)) * POINTS // DAYS,
        weights=np.maximum(facts.values["sale_grown"][recent].astype(np.float64), 0),
        minlength=POINTS,
    )
    return line(sold) if recent.any() else ""


def line(values: NDArray[Any]) -> str:
    """Values from left to right, the largest at the top, zero at the bottom: the path of a line.

    Each step of it is one to the right, and as far down or up as there is to go.
    """
    top = float(values.max()) or 1.0
    down = np.rint(HEIGHT - 1 - values / top * (HEIGHT - 2)).astype(int).tolist()
    steps = (f"1{after - before:+d}" for before, after in itertools.pairwise(down))
    return f"M0 {down[0]}l{' '.join(steps)}"
