"""Searches, side by side: every engine answers the same log, each in a process of its own.

Nothing is timed before all answers are equal.
"""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench import queries
from bench.build import parquet
from bench.runners.apart import Apart, Make
from bench.runners.clickhouse import ClickHouse
from bench.runners.duck import Duck
from bench.runners.index import Index, keeping
from bench.runners.polars import Polars
from bench.runners.postgres import Postgres
from bench.runners.runner import Answer, Source, Unavailable
from shopscope.contract.products import ProductListRequest
from shopscope.settings import Settings
from shopscope.snapshot.publish import SnapshotStore
from shopscope.snapshot.reader import Snapshot

INDEX, AGAIN, DUCKDB, CLICKHOUSE, POLARS, POSTGRES = (
    "index", "index again", "DuckDB", "ClickHouse", "Polars", "PostgreSQL",
)  # fmt: skip
ENGINES: dict[str, Make] = {
    INDEX: Index,
    AGAIN: keeping,
    DUCKDB: Duck,
    CLICKHOUSE: ClickHouse,
    POLARS: Polars,
    POSTGRES: Postgres,
}
ON_DISK = (INDEX, AGAIN, DUCKDB, CLICKHOUSE)
"""Those that do not need the whole market in memory, and load it in minutes."""

ROUNDS = 3
"""Times that each request is timed; the best counts, and not what else the machine does."""

Say = Callable[[str], None]


class Measured(msgspec.Struct):
    """Milliseconds a request, the best of ROUNDS each; bytes of the process after all of them.

    `own_bytes` are the process's own, `mapped_bytes` those of mapped files that it has touched.
    """

    load_seconds: float
    p50: float
    p95: float
    p99: float
    mean: float
    own_bytes: int | None
    mapped_bytes: int | None


class Searched(msgspec.Struct):
    """All engines on the same log, and what could not take part, with the reason."""

    requests: int
    engines: dict[str, Measured]
    left_out: dict[str, str]
    slower_than_duckdb: int
    """Requests that took the index longer than DuckDB."""
    closest_to_duckdb: float
    """How many times as long DuckDB took for the request where that is least."""

    def ratio(self, engine: str, percentile: str = "p50") -> float:
        """How many times as long an engine takes as the index."""
        theirs, ours = self.engines[engine], self.engines[INDEX]
        return float(getattr(theirs, percentile) / getattr(ours, percentile))


def search(
    data_dir: Path, seed: int, count: int, names: tuple[str, ...], say: Say = lambda _: None
) -> Searched:
    """Ask the engines every request of a log.

    Raises:
        AssertionError: two gave different answers.
    """
    store = SnapshotStore(Settings(data_dir=data_dir).snapshots_dir)
    path = store.path(store.current_id() or "")
    log = queries.log(Snapshot.open(path), count, seed)
    engines: dict[str, Apart] = {}
    left_out: dict[str, str] = {}
    with contextlib.ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(dir=data_dir))
        source = Source(path, parquet(data_dir), Path(folder))
        for name in names:
            say(f"  {name} loads them…")
            try:
                engines[name] = Apart(ENGINES[name], source)
            except Unavailable as reason:
                say(f"  {name} is left out: {reason}")
                left_out[name] = str(reason)
                continue
            running.callback(engines[name].close)
        say(f"  answers to {count:,} requests are compared…")
        _compare({name: engine.answers(log) for name, engine in engines.items()}, log)
        say("  …and are equal; now they are timed.")
        # In turns, so that what else the machine does befalls all.
        rounds = [{n: engine.seconds(log) for n, engine in engines.items()} for _ in range(ROUNDS)]
        best = {name: np.min([taken[name] for taken in rounds], axis=0) for name in engines}
        measured = {name: _measured(engines[name], best[name]) for name in engines}
    times = best[DUCKDB] / best[INDEX]
    return Searched(count, measured, left_out, int((times < 1).sum()), float(times.min()))


def _compare(found: dict[str, list[Answer]], log: list[ProductListRequest]) -> None:
    for name, answers in found.items():
        for request, ours, theirs in zip(log, found[INDEX], answers, strict=True):
            assert ours == theirs, f"{request}: the index answers {ours}, {name} {theirs}"


def _measured(engine: Apart, seconds: NDArray[np.float64]) -> Measured:
    p50, p95, p99 = (np.percentile(seconds, [50, 95, 99]) * 1e3).tolist()
    memory = engine.memory()
    own, mapped = (None, None) if memory is None else memory
    return Measured(engine.load_seconds, p50, p95, p99, float(seconds.mean() * 1e3), own, mapped)
