"""What is asked of the generated market, and the six markets it is made of."""

from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

SOURCE = "demo"
"""Who reports the facts; the lake keeps it with every row."""

LABEL = "(demo)"
"""Every invented name of a product or shop ends in it."""

PRODUCTS, DAYS, SEED = 3_000, 180, 1
LEAST_DAYS = 45
MOST = 6_000_000
"""Products times days that are generated at once; it takes some gigabytes of memory."""

Numbers = NDArray[np.int64]
Amounts = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Region(msgspec.Struct, frozen=True):
    """One market: its part of the products, currency, language and habits."""

    code: str
    share: float
    currency: str
    usd: float
    """US dollars for one unit of the currency, where the series of rates begins."""
    step: float
    """Prices are whole multiples of it, in the currency."""
    locale: str
    live: float
    """How much of the sales live streams make, about."""
    advertised: float
    """Part of the level-3 categories that are advertised."""


REGIONS: tuple[Region, ...] = (
    Region("US", 0.30, "USD", 1.0, 0.01, "en-US", 0.10, 0.70),
    Region("ID", 0.20, "IDR", 0.0000612, 100, "id-ID", 0.35, 0.60),
    Region("TH", 0.16, "THB", 0.0297, 1, "th-TH", 0.30, 0.50),
    Region("VN", 0.14, "VND", 0.0000385, 1000, "vi-VN", 0.30, 0.50),
    Region("GB", 0.12, "GBP", 1.31, 0.01, "en-US", 0.12, 0.45),
    Region("MX", 0.08, "MXN", 0.0541, 0.5, "en-US", 0.15, 0.35),
)
"""In the order of their size."""

REPORTS_GROWTH = "VN"
"""The market whose facts tell the growth of the day beside the counters."""


class Plan(msgspec.Struct, frozen=True):
    """How large the market is, which days it covers, and the seed of its chance.

    Equal plans give equal files, byte for byte.
    """

    products: int
    days: int
    seed: int
    end: date

    @property
    def start(self) -> date:
        """The first day."""
        return self.end - timedelta(self.days - 1)

    @property
    def calendar(self) -> NDArray[np.datetime64]:
        """Every day, first to last."""
        return np.datetime64(self.start, "D") + np.arange(self.days)

    def chance(self, *stream: int) -> np.random.Generator:
        """The random numbers of one part of the market, apart from every other part's."""
        return np.random.default_rng([self.seed, *stream])
