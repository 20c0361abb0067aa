"""`python -m bench.quick`: the ratios that count, on a small market, in less than a minute.

The last line printed is one JSON object; of each ratio in it, larger is better.
"""

import sys
import tempfile
from pathlib import Path

import msgspec

from bench.__main__ import build, console, serving
from bench.search import CLICKHOUSE, DUCKDB, INDEX, search

PRODUCTS = 100_000
SEARCHES = 150
REQUESTS = 4_000
_SEED = 1


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="shopscope-bench-") as folder:
        data_dir = Path(folder)
        build(PRODUCTS, _SEED, data_dir)
        searched = search(data_dir, _SEED, SEARCHES, (INDEX, DUCKDB, CLICKHOUSE), console.print)
        served = serving(data_dir, _SEED, REQUESTS, quick=True)
    static = served.static.per_second
    ratios = {
        "search_p50_vs_duckdb": searched.ratio(DUCKDB),
        "search_p50_vs_clickhouse": searched.ratio(CLICKHOUSE),
        "search_p99_vs_duckdb": searched.ratio(DUCKDB, "p99"),
        "server_rps_vs_static": served.repeated.per_second / static,
        "server_rps_vs_static_distinct": served.product_list.per_second / static,
        "server_rps_vs_static_by_key": served.gated_repeated.per_second / static,
        "server_rps_vs_static_by_key_distinct": served.gated.per_second / static,
    }
    rounded = {name: round(value, 3) for name, value in ratios.items()}
    sys.stdout.write(msgspec.json.encode(rounded).decode() + "\n")


if __name__ == "__main__":
    main()
