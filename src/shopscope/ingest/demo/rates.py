"""Exchange rates: a random walk on working days, for every currency but the dollar."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from shopscope.ingest.demo.plan import REGIONS, Plan

BEFORE = 7
"""Days before the market begins; the first of them carries over a weekend or holidays."""


def rate_rows(plan: Plan) -> pa.Table:
    """Rows of the lake's table of rates."""
    chance = plan.chance(6)
    first = plan.start - timedelta(BEFORE)
    days = np.datetime64(first, "D") + np.arange(plan.days + BEFORE)
    open_ = np.is_busday(days)
    tables = []
    for region in REGIONS:
        walk = region.usd * np.exp(np.cumsum(chance.normal(0, 0.004, len(days))))
        rates = np.array([float(f"{rate:.6g}") for rate in walk[open_]])
        names = np.full(len(rates), region.currency)
        tables.append(pa.table({"currency": names, "day": days[open_], "usd": rates}))
    return pa.concat_tables(tables[1:])
