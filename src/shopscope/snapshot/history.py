"""The days of a region's products: what each fact said, and how much it grew.

history.arrow  facts by product, then day: a product's are one slice
growth.arrow   per ranked metric, what grew on which day: any period is one slice

Both are written with bounded memory, however long the history: facts come in order, wait on disk,
and each column is copied from there in its narrowest type.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.errors import SnapshotError
from shopscope.snapshot.lists import read_lists, write_lists
from shopscope.snapshot.region import COLUMNS, PRODUCT_ID

HISTORY, GROWTH = "history.arrow", "growth.arrow"
HISTORY_DAYS = 366
"""Days that are kept, the as-of day included: a period of a year, leap years too."""

AMOUNTS = ("sale_gmv",)
COUNTS = ("sale", "ifl", "live", "video")
TOTALS = (*COUNTS, *AMOUNTS)
"""Metrics that are kept day by day, as they are called in `contract.metrics`."""

RANKED = ("sale", "ifl")
"""Metrics that products are ranked by."""

VALUES = ("price", *TOTALS, *(f"{name}_grown" for name in TOTALS))
SCHEMA = pa.schema(
    [
        pa.field("product_id", pa.int64(), nullable=False),
        pa.field("age", pa.int32(), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in VALUES),
    ]
)
"""Facts as they come: by product id, oldest first. Amounts and prices are whole cents.

`age` counts days before the as-of day. A fact older than the days that are kept only says what
they begin with.
"""

_BEFORE = HISTORY_DAYS  # the age that every older fact is kept with
_SIGNED = (np.int8, np.int16, np.int32)
_UNSIGNED = (np.uint8, np.uint16, np.uint32)

_Ints = NDArray[np.int64]


class Extent(NamedTuple):
    """What is known of the facts before they are copied: how many, where, and how large."""

    low: _Ints
    high: _Ints
    of_row: _Ints
    of_day: dict[str, _Ints]


def write_history(folder: Path, facts: Iterable[pa.RecordBatch]) -> int:
    """Write the history of a region whose columns are in `folder`; returns the number of facts.

    No facts, no files.

    Raises:
        SnapshotError: facts out of order, twice, or of a product that the region does not have.
    """
    with pa.memory_map(str(folder / COLUMNS)) as source:
        known = pa.ipc.open_file(source).get_batch(0).column(PRODUCT_ID).to_numpy()
        with tempfile.TemporaryDirectory(prefix=".history-", dir=folder) as scratch:
            waiting = Path(scratch) / "waiting.arrow"
            extent = _spool(waiting, facts, known)
            count = int(extent.of_row.sum())
            if count:
                _copy(folder, Path(scratch), waiting, extent)
    return count


def _spool(waiting: Path, facts: Iterable[pa.RecordBatch], known: _Ints) -> Extent:
    """Write facts as they come, with row numbers for ids; see what types hold them."""
    names = ("row", "age", *VALUES)
    low = np.zeros(len(VALUES), dtype=np.int64)
    high = np.zeros(len(VALUES), dtype=np.int64)
    of_row = np.zeros(len(known), dtype=np.int64)
    of_day = {name: np.zeros(HISTORY_DAYS, dtype=np.int64) for name in RANKED}
    last = (-1, 0)
    with pa.ipc.new_file(str(waiting), pa.schema([(name, pa.int64()) for name in names])) as writer:
        for batch in facts:
            if not batch.num_rows:
                continue
            columns = {name: batch.column(name).to_numpy() for name in SCHEMA.names}
            rows, ages = _rows(columns["product_id"], known), columns["age"].astype(np.int64)
            last = _check_order(rows, ages, last)
            ages = np.minimum(ages, _BEFORE)
            of_row[rows[0] : rows[-1] + 1] += np.bincount(rows - rows[0])
            for place, name in enumerate(VALUES):
                low[place] = min(low[place], columns[name].min())
                high[place] = max(high[place], columns[name].max())
            for name in RANKED:
                days = _days(ages[_grew(columns[f"{name}_grown"], ages)])
                of_day[name] += np.bincount(days, minlength=HISTORY_DAYS)
            arrays = [rows, ages, *(columns[name] for name in VALUES)]
            writer.write_batch(pa.RecordBatch.from_arrays([pa.array(a) for a in arrays], names))
    return Extent(low, high, of_row, of_day)


def _rows(ids: _Ints, known: _Ints) -> _Ints:
    rows = np.searchsorted(known, ids)
    strange = np.flatnonzero(known.take(rows, mode="clip") != ids) if len(known) else [0]
    if len(strange):
        raise SnapshotError(f"Product {ids[strange[0]]} has a history, but no row.")
    return rows


def _check_order(rows: _Ints, ages: _Ints, last: tuple[int, int]) -> tuple[int, int]:
    """Raise unless facts ascend by row and day after the `last` (row, age); the new last."""
    all_rows, all_ages = np.append(last[0], rows), np.append(last[1], ages)
    up = np.diff(all_rows)
    if ((up < 0) | ((up == 0) & (np.diff(all_ages) >= 0))).any() or ages.min() < 0:
        raise SnapshotError("Facts of a history must come by product and day, each day once.")
    return int(rows[-1]), int(ages[-1])


def _grew(grown: _Ints, ages: _Ints) -> NDArray[np.bool_]:
    """Which facts say that something grew (or shrank) on a day that is kept."""
    result: NDArray[np.bool_] = (grown != 0) & (ages < HISTORY_DAYS)
    return result


def _days(ages: _Ints) -> _Ints:
    """Days counted from the first that is kept."""
    return HISTORY_DAYS - 1 - ages


def _copy(folder: Path, scratch: Path, waiting: Path, extent: Extent) -> None:
    """Copy what waits into columns of the final types, in both orders."""
    narrow = [_narrowest(*bounds) for bounds in zip(extent.low, extent.high, strict=True)]
    types: dict[str, Any] = dict(zip(VALUES, narrow, strict=True))
    count, rows = int(extent.of_row.sum()), _narrowest(0, len(extent.of_row))
    history = {"age": _column(scratch / "age", np.uint16, count)}
    history |= {name: _column(scratch / name, types[name], count) for name in VALUES}
    growth: dict[str, NDArray[Any]] = {}
    free = {}
    for name in RANKED:
        size = int(extent.of_day[name].sum())
        growth[f"{name}_row"] = _column(scratch / f"{name}_row", rows, size)
        growth[name] = _column(scratch / f"{name}_by_day", types[f"{name}_grown"], size)
        free[name] = _starts(extent.of_day[name])[:-1]
    done = 0
    for batch in _batches(waiting):
        columns = {name: batch.column(name).to_numpy() for name in batch.schema.names}
        for name, values in history.items():
            values[done : done + batch.num_rows] = columns[name]
        for name in RANKED:
            grown = columns[f"{name}_grown"]
            kept = np.flatnonzero(_grew(grown, columns["age"]))
            by_day = kept[np.argsort(_days(columns["age"][kept]), kind="stable")]
            places = _places(_days(columns["age"][by_day]), free[name])
            growth[f"{name}_row"][places] = columns["row"][by_day]
            growth[name][places] = grown[by_day]
        done += batch.num_rows
    write_lists(folder / HISTORY, {"starts": _starts(extent.of_row), **history})
    starts = {f"{name}_starts": _starts(extent.of_day[name]) for name in RANKED}
    write_lists(folder / GROWTH, {**starts, **growth})


def _places(days: _Ints, free: _Ints) -> _Ints:
    """Where facts of ascending days go, each behind those of its day; `free` moves on."""
    counts = np.bincount(days, minlength=HISTORY_DAYS)
    behind = np.arange(len(days)) - (np.cumsum(counts) - counts)[days]
    places: _Ints = free[days] + behind
    free += counts
    return places


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _narrowest(low: int, high: int) -> Any:
    for dtype in _UNSIGNED if low >= 0 else _SIGNED:
        bounds = np.iinfo(dtype)
        if bounds.min <= low and high <= bounds.max:
            return dtype
    return np.int64


def _starts(counts: _Ints) -> _Ints:
    return np.append(0, np.cumsum(counts))


def _column(path: Path, dtype: Any, count: int) -> NDArray[Any]:
    """An array on disk; the system decides how much of it is in memory."""
    if not count:
        return np.empty(0, dtype=dtype)  # an empty file can't be mapped
    return np.memmap(path, dtype=dtype, mode="w+", shape=(count,))


class Facts(NamedTuple):
    """The facts of one product, oldest first: ages in days, and each of VALUES."""

    ages: NDArray[Any]
    values: dict[str, NDArray[Any]]


class History:
    """The history of one region, mapped."""

    def __init__(self, folder: Path) -> None:
        facts, growth = read_lists(folder / HISTORY), read_lists(folder / GROWTH)
        self._starts = facts.pop("starts")
        self._ages = facts.pop("age")
        self._values = facts
        self._growth = growth

    def facts(self, row: int) -> Facts:
        """The facts of the product with this row number; of a product without facts, none.

        The first may be older than the days that are kept: its age is then HISTORY_DAYS, and what
        it grew by was before them.
        """
        part = slice(self._starts[row], self._starts[row + 1])
        return Facts(self._ages[part], {name: v[part] for name, v in self._values.items()})

    def grown(self, metric: str, oldest: int, youngest: int) -> _Ints:
        """How much a metric of RANKED grew for each row, over the days of these ages, inclusive."""
        starts = self._growth[f"{metric}_starts"]
        part = slice(starts[HISTORY_DAYS - 1 - oldest], starts[HISTORY_DAYS - youngest])
        rows, grown = self._growth[f"{metric}_row"][part], self._growth[metric][part]
        sums = np.bincount(rows, weights=grown, minlength=len(self._starts) - 1)
        return sums.astype(np.int64)


def open_history(folder: Path) -> History | None:
    """The history of the region in a folder; None: no product of it has facts."""
    return History(folder) if (folder / HISTORY).exists() else None
