"""The days behind the rows: totals and growth of every fact of the series that is served.

The engine picks the facts, converts reported amounts and puts them in order; what needs a fact's
neighbours (carry forward, differences, running sums) is done here on whole columns. Window
expressions gave the same and took ten times as long, and DuckDB's `last_value` is told by Ibis
to ignore nulls but does not.

The rule behind every number: a product's growths of the last N days add up to C(D) - C(D-N),
which is what its row shows as the window, cut at zero.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopscope.contract.metrics import METRICS, WINDOWS, Metric
from shopscope.rollup.portable import cents
from shopscope.rollup.windows import PRICES, SERIES
from shopscope.snapshot.history import HISTORY_DAYS, SCHEMA, TOTALS

KEPT = tuple(metric for metric in METRICS if metric.name in TOTALS)

_FINE = 1_000_000  # reported growth is added up in millionths of a dollar, exactly
_MOST = 9e12  # dollars; more would not fit, and is no amount

_Ints = NDArray[np.int64]


def served_facts(facts: ir.Table, served: ir.Table, present: Collection[str]) -> ir.Table:
    """The facts of the series that are served, with what `histories` needs and there is.

    Args:
        facts: as `windows` takes them.
        served: the computed rows that are served, with the columns of SERIES.
        present: names of the columns that hold anything.
    """
    facts = facts.semi_join(served, list(SERIES))
    values: dict[str, Any] = {
        name: cents(facts[name] * facts.rate) for name in PRICES if name in present
    }
    for metric in KEPT:
        names = (metric.name, f"{metric.name}_1d")
        values |= {name: facts[name] for name in names if name in present}
        told = [
            ibis.coalesce(facts[f"{metric.name}_{n}d"], 0)
            for n in WINDOWS
            if n > 1 and f"{metric.name}_{n}d" in present
        ]
        if told:
            values[f"{metric.name}_told"] = ibis.greatest(0, *told).cast("float64")
    ages = facts.age.cast("int32")
    return facts.select("region", "product_id", "rate", age=ages, **values)


def in_order(facts: ir.Table) -> ir.Table:
    """By product, oldest first."""
    return facts.order_by(["product_id", facts.age.desc()])


def histories(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Facts as `in_order` gives them, finished: batches of `snapshot.history.SCHEMA`."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        ids = batch.column("product_id").to_numpy()
        if not len(ids):
            continue
        last = int(np.searchsorted(ids, ids[-1]))  # the last product may go on in the next batch
        if last:
            yield _finished(pa.concat_batches([*held, batch.slice(0, last)]))
            held = []
        elif held and held[-1].column("product_id")[-1].as_py() != ids[0]:
            yield _finished(pa.concat_batches(held))
            held = []
        held.append(batch.slice(last))
    if held:
        yield _finished(pa.concat_batches(held))


class _Runs(NamedTuple):
    """Facts of whole products, oldest first: where the run of each fact begins and ends."""

    place: _Ints
    begin: _Ints
    last: _Ints

    @classmethod
    def of(cls, ids: _Ints) -> "_Runs":
        place = np.arange(len(ids))
        first = np.append(True, ids[1:] != ids[:-1])
        begins = np.flatnonzero(first)
        run = np.cumsum(first) - 1
        return cls(place, begins[run], np.append(begins[1:], len(ids))[run] - 1)

    def known(self, valid: NDArray[np.bool_]) -> tuple[_Ints, _Ints]:
        """For each fact the newest place so far, and the first of the run, that is valid.

        Where there is none: a place before the run; a place behind it.
        """
        if valid.all():
            return self.place, self.begin
        newest = np.maximum.accumulate(np.where(valid, self.place, -1))
        ahead = np.where(valid, self.place, len(self.place))
        first = np.minimum.accumulate(ahead[::-1])[::-1][self.begin]
        return newest, first

    def summed(self, values: _Ints) -> _Ints:
        """Running sums within each run; exact, as differences of integers that may wrap."""
        sums = np.cumsum(values)
        result: _Ints = sums - (sums - values)[self.begin]
        return result

    def highest(self, values: _Ints) -> _Ints:
        """The largest value so far within each run."""
        values, step = values.copy(), 1
        while step <= int((self.last - self.begin).max()):
            reach = np.maximum(self.place - step, self.begin)
            values = np.maximum(values, values[reach])
            step *= 2
        return values

    def before(self, values: _Ints, first: _Ints) -> _Ints:
        """The value of the fact before; `first` where there is none."""
        return np.where(self.place == self.begin, first, values[self.place - 1])


def _finished(facts: pa.RecordBatch) -> pa.RecordBatch:
    ids, ages = (facts.column(name).to_numpy() for name in ("product_id", "age"))
    runs = _Runs.of(ids)
    columns: dict[str, Any] = {"product_id": ids, "age": ages, "price": _price(facts, runs)}
    rate = facts.column("rate").to_numpy()
    for metric in KEPT:
        columns[metric.name], columns[f"{metric.name}_grown"] = _totals(facts, metric, rate, runs)
    # Of what is older than the days that are kept, only the newest fact says anything.
    next_age = np.where(runs.place == runs.last, 0, np.append(ages[1:], 0))
    kept = pa.array(next_age < HISTORY_DAYS)
    whole = pa.RecordBatch.from_arrays([pa.array(columns[n]) for n in SCHEMA.names], schema=SCHEMA)
    return whole.filter(kept)


def _totals(
    facts: pa.RecordBatch, metric: Metric, rate: NDArray[np.float64], runs: _Runs
) -> tuple[_Ints, _Ints]:
    """A metric's total at each fact and its growth since the one before; amounts in cents.

    A total is what the row would show if that fact's day were the as-of day, but for the rate,
    which is that of the series' last fact: a change of rate is not shown as sales. Columns that
    the facts lack hold nothing.
    """
    money = metric.unit == "usd"
    counter, valid = _numbers(facts, metric.name)
    daily, reported = _numbers(facts, f"{metric.name}_1d")
    newest, first = runs.known(valid)
    counted = first <= runs.last
    start = np.minimum(first, runs.last)
    before_first = np.maximum(counter[start] - daily[start], 0)
    carried = np.where(newest >= runs.begin, counter[newest], before_first)
    if money:
        last_rate = rate[runs.last]
        carried, before_first = _cents(carried * last_rate), _cents(before_first * last_rate)
    if counted.all():
        return carried, carried - runs.before(carried, before_first)
    grown = np.zeros(len(counter), dtype=np.int64)
    if reported.any():
        fine = np.clip(daily * rate, -_MOST, _MOST) * _FINE if money else daily
        grown = runs.summed(np.rint(fine).astype(np.int64))
        grown = _cents(grown / _FINE) if money else grown
    value = np.where(counted, carried, grown)
    growth = value - runs.before(value, np.where(counted, before_first, 0))
    told, _ = _numbers(facts, f"{metric.name}_told")
    told = _cents(told * rate) if money else told.astype(np.int64)
    total = np.where(counted, value, np.maximum(value, runs.highest(told)))
    return total, growth


def _price(facts: pa.RecordBatch, runs: _Runs) -> _Ints:
    """The price at each fact, in cents, chosen as for a row."""
    known: dict[str, NDArray[np.float64]] = {}
    for name in PRICES:
        values, valid = _numbers(facts, name)
        if valid.all() and name == "spu_avg_price":
            return _cents(values)
        newest, _ = runs.known(valid)
        known[name] = np.where(newest >= runs.begin, values[newest], np.nan)
    low, high = known["min_price"], known["max_price"]
    price = known["spu_avg_price"]
    for other in ((low + high) / 2, low, high, 0.0):
        price = np.where(np.isnan(price), other, price)
    return _cents(price)


def _numbers(facts: pa.RecordBatch, name: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A column with 0 for null, and where it is not null; nothing of one that is not there."""
    if name not in facts.schema.names:
        nothing = np.zeros(facts.num_rows, dtype=np.int64)
        return nothing, nothing != 0
    column = facts.column(name)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    return pc.fill_null(column, 0).to_numpy(), valid


def _cents(dollars: NDArray[np.float64]) -> _Ints:
    # Half a cent goes up, as the engine rounds, though 0.285 * 100 is a little less than 28.5.
    cents = np.clip(dollars, -_MOST, _MOST) * 100
    whole: _Ints = np.floor(cents + 0.5 + 1e-9 * np.sign(cents)).astype(np.int64)
    return whole
