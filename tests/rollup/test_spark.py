"""Spark, on a real cluster, against DuckDB: a whole rollup of the same lake, to the last byte."""

import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from shopscope.errors import BadInput, EngineError
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from shopscope.rollup import engines
from shopscope.rollup.engines import connect
from shopscope.rollup.run import RollupResult, rollup
from shopscope.settings import DUCKDB, Settings
from shopscope.snapshot.manifest import read_manifest
from shopscope.snapshot.publish import SnapshotStore
from tests.rollup import market
from tests.rollup.market import AS_OF, NOW
from tests.rollup.spark import Cluster, cluster, free_port, need_spark

REGIONS = ("US", "GB")
PRODUCTS = 40
RATES = {"USD": 1.0, "GBP": 1.3}
"""With 1.3, cents have halves to round, in sums that depend on their order if added as floats."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("spark")) as running:
        yield running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake that has something of everything, in two markets and months."""
    folder = tmp_path_factory.mktemp("data")
    given = market.facts(7)
    kept = {
        name: [row for row in rows if row.get("region", "US") in REGIONS]
        for name, rows in msgspec.structs.asdict(given).items()
    }
    kept["product"] += _described()
    kept["product_daily"] = list(_sold())
    kept["fx"] = [
        {"currency": currency, "day": AS_OF - timedelta(age), "usd": rate}
        for currency, rate in RATES.items()
        for age in range(0, 100, 7)
    ]
    kept["post"] += _greek()
    with Lake(folder / "lake").begin() as load:
        for table, rows in kept.items():
            load.add(table, pa.Table.from_pylist(rows, schema=TABLES[table].schema))
        load.commit()
    return folder


def _described() -> list[dict[str, Any]]:
    """Names that changed, categories by name, known and not."""
    return [
        {
            "region": region,
            "product_id": product,
            "source": source,
            "name": f"Thing {product} {source}",
            "category_name": "Perfume" if product % 3 else "Unheard of",
            "category_locale": "en-US",
            "valid_from": AS_OF - timedelta(age),
            "valid_to": AS_OF - timedelta(age - 10),
        }
        for region in REGIONS
        for product in range(100, 100 + PRODUCTS)
        for source, age in (("a", 40), ("b", 20))
    ]


def _sold() -> Iterator[dict[str, Any]]:
    """Counters with corrections, growth alone, reported windows; a currency without a rate."""
    for region in REGIONS:
        for product in range(100, 100 + PRODUCTS):
            kind = product % 4
            for age in range(0, 95, 1 + product % 5):
                fact: dict[str, Any] = {
                    "region": region,
                    "product_id": product,
                    "source": "a",
                    "day": AS_OF - timedelta(age),
                    "currency": "XXX" if product == 103 else "GBP" if region == "GB" else "USD",
                    "spu_avg_price": (product * 37 + age) % 999 / 200,
                }
                if kind != 1:
                    fact["sale"] = (100 - age) * product // 7 - 40 * (age == 3)
                    fact["sale_gmv"] = fact["sale"] * 1.285
                if kind != 0:
                    fact["sale_gmv_1d"] = (age * product) % 1009 / 20
                    fact["sale_1d"] = (age * product) % 13
                if kind == 3:
                    fact["sale_7d"] = (age * product) % 101
                yield fact


def _greek() -> list[dict[str, Any]]:
    """Hashtags whose lower case depends on who is asked."""
    fact = {"region": "US", "video_id": "7490000000000000000", "product_id": 1, "source": "a"}
    return [{**fact, "day": AS_OF, "hashtags": ["ΑΡΩΜΑΣ", "İSTANBUL"], "views": 9_000_000}]


def rolled_up(folder: Path, engine: str) -> RollupResult:
    settings = Settings(data_dir=folder, engine=engine)
    return rollup(settings, now=NOW, progress=lambda step: None)


def files(folder: Path, snapshot: str) -> dict[str, str]:
    """What is in a snapshot: the checksum of every file."""
    manifest = read_manifest(SnapshotStore(folder / "snapshots").path(snapshot))
    return {name: file.sha256 for name, file in manifest.files.items()}


@pytest.mark.timeout(1200)  # some thirty queries, each of them planned for seconds where it is busy
def test_a_cluster_that_loses_a_worker_makes_every_byte_that_duckdb_makes(
    spark: Cluster, data: Path, tmp_path: Path
) -> None:
    """The worker dies with rows that the next stage needs; the other makes them again."""
    copies = [tmp_path / engine for engine in ("duckdb", "spark")]
    for copy in copies:
        shutil.copytree(data, copy)
    expected = rolled_up(copies[0], DUCKDB)
    assert {region: found.products for region, found in expected.regions.items()} == {
        "GB": PRODUCTS - 1,  # one has no rate
        "US": PRODUCTS - 1,
    }
    assert len(expected.findings) > 5
    killed: list[Path] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.01) and not killed:
            if unfinished := spark.unfinished(0):
                killed.extend(unfinished)
                spark.kill(0)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        result = rolled_up(copies[1], spark.url)
    finally:
        over.set()
        killer.join()
    assert killed, "the worker had nothing unfinished to lose"
    assert files(copies[1], result.snapshot) == files(copies[0], expected.snapshot)
    assert result == expected


def test_a_master_that_is_not_there(tmp_path: Path) -> None:
    need_spark()
    url = f"spark://127.0.0.1:{free_port()}"
    told = f"No Spark master can be reached at {url} .*refused.*`--engine duckdb://`"
    with pytest.raises(EngineError, match=told), connect(str(tmp_path), url):
        pass


def test_a_machine_without_the_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.delitem(sys.modules, "shopscope.rollup.engines.spark", raising=False)
    monkeypatch.delattr(engines, "spark", raising=False)
    with pytest.raises(BadInput, match=r"`pip install 'shopscope\[server,spark\]'`"):
        connect(str(tmp_path), "spark://127.0.0.1:7077")


def test_a_machine_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_spark()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    told = "need Java 17 or later, and there is no java in JAVA_HOME"
    with (
        pytest.raises(BadInput, match=told),
        connect(str(tmp_path), "spark://127.0.0.1:7077"),
    ):
        pass
