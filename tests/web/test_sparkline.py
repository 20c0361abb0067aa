"""The small line of a product's days."""

import re

import numpy as np

from shopscope.snapshot.history import Facts
from shopscope.web.sparkline import DAYS, HEIGHT, POINTS, line, points


def facts(sold: dict[int, int]) -> Facts:
    """Facts by age, oldest first."""
    ages = sorted(sold, reverse=True)
    grown = np.array([sold[age] for age in ages], dtype=np.int64)
    return Facts(np.array(ages, dtype=np.uint16), {"sale_grown": grown})


def parsed(path: str) -> list[tuple[int, int]]:
    """The corners of a line: where it begins, then step by step."""
    start, _, steps = path.removeprefix("M").partition("l")
    x, y = map(int, start.split())
    corners = [(x, y)]
    for step in re.findall(r"(\d+)([+-]\d+)", steps):
        x, y = x + int(step[0]), y + int(step[1])
        corners.append((x, y))
    return corners


def test_days_are_added_up_in_fives_from_the_oldest() -> None:
    sold = {age: age * age % 17 for age in range(DAYS)}
    drawn = parsed(points(facts(sold)))
    sums = [sum(sold[DAYS - 1 - 5 * place - day] for day in range(5)) for place in range(POINTS)]
    top = max(sums)
    expected = [round(HEIGHT - 1 - total / top * (HEIGHT - 2)) for total in sums]
    assert [x for x, _ in drawn] == list(range(POINTS))
    assert [y for _, y in drawn] == expected
    assert min(y for _, y in drawn) == 1


def test_what_is_older_is_not_drawn_and_corrections_are_nothing() -> None:
    drawn = parsed(points(facts({200: 900, DAYS: 900, 5: -40, 1: 3})))
    assert [y for _, y in drawn[:-1]] == [HEIGHT - 1] * (POINTS - 1)
    assert drawn[-1] == (POINTS - 1, 1)


def test_a_product_without_days_has_no_line() -> None:
    assert points(facts({})) == ""
    assert points(facts({120: 3})) == ""


def test_nothing_sold_is_a_line_at_the_bottom() -> None:
    assert {y for _, y in parsed(line(np.zeros(5)))} == {HEIGHT - 1}
