"""The products of the market and what they sell, day by day: the truth that facts are taken from.

Everything is a table of products by days. Units are log-normal over products, with launches,
deaths, viral jumps, weekdays, seasons and days of great sales.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from shopscope.ingest.demo import tree
from shopscope.ingest.demo.plan import REGIONS, Amounts, Mask, Numbers, Plan

FIRST_PRODUCT = 1_000_000_000_000_000_000
FIRST_SHOP = 7_000_000_000_000_000_000

MEDIAN_UNITS = 139
"""Units of the middle product on the middle day, as in real rankings of the day."""

SPREAD = 1.1
MOST_UNITS = 33_000
NEVER = 1 << 30
"""A day that does not come."""

_WEEK = np.array([0.93, 0.90, 0.92, 0.96, 1.05, 1.14, 1.10])  # Monday first
_SEA = ("ID", "TH", "VN")
_PRICES = {"601450": 14.0, "601739": 22.0, "601755": 45.0, "604453": 60.0, "600942": 40.0,
           "700437": 9.0, "834312": 8.0, "801928": 11.0, "953224": 35.0}  # fmt: skip


class Market(msgspec.Struct, frozen=True):
    """Products (first axis) and, where there are two axes, days (second axis).

    Amounts and prices are in the currency of the product's region.
    """

    plan: Plan
    region: Numbers
    """Position in REGIONS."""
    product: Numbers
    """Product id."""
    shop: Numbers
    """Shop id."""
    managed: Mask
    leaf: Numbers
    """Position in the leaves of the category tree."""
    launch: Numbers
    """Position of the first day; below 0: it was sold before."""
    death: Numbers
    """Position of the first day on which nothing is sold any more, or NEVER."""
    price: Amounts
    units: Numbers
    revenue: Amounts
    before: Numbers
    """Units sold before the first day of the calendar."""
    video_part: Amounts
    live_part: Amounts

    @property
    def alive(self) -> Mask:
        """Whether a product is on sale on a day."""
        days = np.arange(self.plan.days)
        alive: Mask = (days >= self.launch[:, None]) & (days < self.death[:, None])
        return alive


def market(plan: Plan) -> Market:
    """Everything that is true of the market."""
    chance = plan.chance(2)
    count = plan.products
    shares = np.array([r.share for r in REGIONS])
    region = np.sort(chance.choice(len(REGIONS), count, p=shares / shares.sum()))
    region[: len(REGIONS)] = np.arange(len(REGIONS))  # no market is empty, however small
    region = np.sort(region)
    product = FIRST_PRODUCT + chance.permutation(count * 7)[:count] * 13_579
    shop = FIRST_SHOP + region * 1_000_000 + (chance.pareto(0.8, count) * 9).astype(int) % 400
    leaf = chance.choice(len(tree.leaves()), count, p=tree.weights(plan))
    launch, death = _lives(plan, chance)
    price = _prices(plan, chance, region, leaf)
    units = _units(plan, chance, region, leaf, launch, death)
    revenue = units * price * chance.uniform(0.94, 1.0, units.shape)
    step = np.array([r.step for r in REGIONS])[region][:, None]
    video = chance.beta(4, 3, count)
    live = np.array([r.live for r in REGIONS])[region] * chance.uniform(0, 1.7, count)
    history = chance.lognormal(4.2, 0.8, count) * (launch < 0)
    return Market(
        plan=plan,
        region=region,
        product=product,
        shop=shop,
        managed=(shop % 17 == 0) & np.isin(region, (0, 2, 4)),
        leaf=leaf,
        launch=launch,
        death=death,
        price=price,
        units=units,
        revenue=np.round(np.round(revenue / step) * step, 2),
        before=(history * units[:, :7].mean(axis=1)).astype(np.int64),
        video_part=video * 0.9,
        live_part=np.minimum(live, 1 - video * 0.9),
    )


def _lives(plan: Plan, chance: np.random.Generator) -> tuple[Numbers, Numbers]:
    """The first day of each product, and the day from which it is dead."""
    count = plan.products
    old = chance.random(count) < 0.55
    launch = np.where(old, -1, chance.integers(0, max(plan.days - 5, 1), count))
    death = np.where(
        chance.random(count) < 0.14, np.maximum(launch, 0) + chance.integers(20, 150, count), NEVER
    )
    return launch, death


def _prices(plan: Plan, chance: np.random.Generator, region: Numbers, leaf: Numbers) -> Amounts:
    """Prices by day: log-normal around what the category costs, changed up to three times."""
    count = plan.products
    middle = np.array([_PRICES.get(c.path[0], 18.0) for c in tree.leaves()])[leaf]
    dollars = middle * chance.lognormal(0, 0.55, count) * np.where(region == 0, 1.0, 0.7)
    level = np.ones((count, plan.days))
    for _ in range(3):
        since = chance.integers(1, plan.days, count)[:, None]
        factor = np.where(chance.random(count) < 0.4, chance.uniform(0.72, 1.18, count), 1.0)
        level *= np.where(np.arange(plan.days) >= since, factor[:, None], 1.0)
    usd = np.array([r.usd for r in REGIONS])[region][:, None]
    step = np.array([r.step for r in REGIONS])[region][:, None]
    local = dollars[:, None] * level / usd
    charm = np.where(step < 1, np.floor(local) + 0.99, np.ceil(local / step) * step)
    price: Amounts = np.maximum(np.round(charm, 2), step)
    return price


def _units(
    plan: Plan,
    chance: np.random.Generator,
    region: Numbers,
    leaf: Numbers,
    launch: Numbers,
    death: Numbers,
) -> Numbers:
    """Units sold on each day."""
    count, days = plan.products, np.arange(plan.days)
    level = chance.lognormal(0, SPREAD, count)[:, None] * _season(plan, region, leaf)
    age = days - launch[:, None]
    level *= np.where(launch[:, None] < 0, 1.0, 1 - np.exp(-(age + 1) / 9))
    level *= np.exp(chance.normal(-0.0005, 0.004, count)[:, None] * (days - plan.days / 2))
    jumps = chance.integers(0, plan.days, count)
    height = np.where(chance.random(count) < 0.07, chance.lognormal(2.0, 0.6, count), 0.0)
    since = days - jumps[:, None]
    fading = np.exp(-np.maximum(since, 0) / chance.uniform(4, 20, count)[:, None])
    level *= 1 + height[:, None] * fading * (since >= 0)
    level *= chance.lognormal(0, 0.35, level.shape)
    on_sale = (days >= launch[:, None]) & (days < death[:, None])
    level *= MEDIAN_UNITS / np.median(level[on_sale])
    slow = np.where(chance.random(count) < 0.08, 1 / 60, 1.0)  # the long tail, not ranked
    most = MOST_UNITS * chance.uniform(0.9, 1.0, level.shape)
    units: NDArray[np.int64] = chance.poisson(np.minimum(level * slow[:, None], most) * on_sale)
    return np.minimum(units, MOST_UNITS)


def _season(plan: Plan, region: Numbers, leaf: Numbers) -> Amounts:
    """How a day compares with a usual one: weekday, season of the category, days of sales."""
    calendar = plan.calendar
    month = calendar.astype("datetime64[M]")
    day_of_month = (calendar - month).astype(int) + 1
    weekday = (calendar.astype(int) + 3) % 7
    angle = 2 * np.pi * (calendar - calendar.astype("datetime64[Y]")).astype(int) / 365.25
    firsts = sorted({c.path[0] for c in tree.leaves()})
    phase = np.array([firsts.index(c.path[0]) for c in tree.leaves()])[leaf] * 2.4
    twin = month.astype(int) % 12 + 1 == day_of_month  # 6.6, 7.7, 11.11
    sea = np.isin(region, [i for i, r in enumerate(REGIONS) if r.code in _SEA])
    season = 1 + 0.25 * np.cos(angle - phase[:, None])
    week: Amounts = _WEEK[weekday] * season
    return week * np.where(twin, np.where(sea, 2.1, 1.25)[:, None], 1.0)
