"""Exchange rates by day: the table the user loads, carried over days without a rate."""

from collections import defaultdict
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

CARRY_DAYS = 7
"""How long a rate stands for days without one, such as weekends and holidays."""


def daily_rates(rates: pa.Table) -> pa.Table:
    """US dollars for one unit of `currency` on `day`, with gaps of up to a week filled.

    Args:
        rates: the lake's table `fx`.

    Returns:
        Columns currency, day, rate. The dollar itself is not in it: its rate is 1.
    """
    known: dict[str, dict[object, float]] = defaultdict(dict)
    for row in rates.to_pylist():
        known[row["currency"]][row["day"]] = row["usd"]
    filled = []
    for currency, by_day in sorted(known.items()):
        for day in sorted(by_day):  # type: ignore[type-var]
            for later in range(CARRY_DAYS + 1):
                date = day + timedelta(later)  # type: ignore[operator]
                if later and date in by_day:
                    break
                filled.append({"currency": currency, "day": date, "rate": by_day[day]})
    return pa.Table.from_pylist(
        filled,
        schema=pa.schema([("currency", pa.string()), ("day", pa.date32()), ("rate", pa.float64())]),
    )


def with_rate(facts: ir.Table, rates: pa.Table) -> ir.Table:
    """Facts with `currency` filled in and `rate`, null where the table has none for the day."""
    facts = facts.mutate(currency=ibis.coalesce(facts.currency, "USD"))
    if not rates.num_rows:
        return facts.mutate(rate=ibis.ifelse(facts.currency == "USD", 1.0, ibis.null("float64")))
    table = ibis.memtable(daily_rates(rates)).rename(fx_currency="currency", fx_day="day")
    joined = facts.left_join(
        table, [facts.currency == table.fx_currency, facts.day == table.fx_day]
    )
    rate = ibis.ifelse(joined.currency == "USD", 1.0, joined.rate)
    return joined.mutate(rate=rate).drop("fx_currency", "fx_day")
