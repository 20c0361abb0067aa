"""Spark, on a cluster: for lakes that one machine is too small for.

Tables come and go as Parquet files: the lake's own, and those that results are kept in, in a
folder that every worker sees under the same path. So what was kept outlives the workers that
made it, and nothing has to fit into the memory of the machine that asks. Workers run no Python.
"""

import os
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from shopscope.errors import BadInput, EngineError
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake

try:
    from ibis.backends.pyspark import Backend
    from ibis.backends.pyspark.datatypes import PySparkSchema
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
except ImportError:
    raise BadInput(
        "Rollups on Spark need its client: `pip install 'shopscope[server,spark]'`."
    ) from None

BATCH_ROWS = 50_000
REACHED_SECONDS = 5.0
"""How long a master may take to be reached."""
GIVEN_SECONDS = 60.0
"""How long a cluster may take to give the first worker."""

_CONFIG = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What overflows or can't be cast is an error, as it is on DuckDB, not a null.
    "spark.sql.ansi.enabled": "true",
    # A region or month stays the text that it is in the name of its folder.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


class SparkEngine:
    """The lake's files as views, results kept as Parquet files in `scratch`."""

    def __init__(self, session: SparkSession, scratch: Path) -> None:
        self._session = session
        self._backend: Backend = ibis.pyspark.connect(session)
        self._scratch = scratch

    def table(self, lake: Lake, name: str) -> ir.Table:
        """A table of the lake as of its newest finished load."""
        columns = TABLES[name].schema
        schema = PySparkSchema.from_ibis(ibis.Schema.from_pyarrow(columns))
        if files := lake.files(name):
            reader = self._session.read.option("basePath", str(lake.path / name)).schema(schema)
            frame = reader.parquet(*files)
        else:
            frame = self._session.createDataFrame(columns.empty_table(), schema)
        view = f"lake_{name}"
        frame.select(*columns.names).createOrReplaceTempView(view)
        return self._backend.table(view)

    def keep(self, name: str, rows: ir.Table) -> ir.Table:
        """Evaluate an expression once and keep the result until the connection ends."""
        schema = PySparkSchema.from_ibis(rows.schema())
        kept = self._session.read.schema(schema).parquet(str(self._written(rows)))
        kept.createOrReplaceTempView(name)
        return self._backend.table(name)

    def fetch(self, rows: ir.Table) -> pa.Table:
        """The result of an expression."""
        return pa.Table.from_batches(self.stream(rows), rows.schema().to_pyarrow())

    def stream(self, rows: ir.Table) -> Iterator[pa.RecordBatch]:
        """The result of an expression, a batch at a time, in its order."""
        folder = self._written(rows)
        schema = rows.schema().to_pyarrow()
        # A sort cuts rows by ranges, so the names of the files are in the order of their rows.
        for file in sorted(folder.glob("part-*.parquet")):
            with pq.ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(BATCH_ROWS):
                    yield batch.cast(schema)
        shutil.rmtree(folder)

    def _written(self, rows: ir.Table) -> Path:
        # Ibis would hand over tables in memory as objects that workers need Python to read.
        for table in rows.op().find(ops.InMemoryTable):
            frame = self._session.createDataFrame(table.data.to_pyarrow(table.schema))
            frame.createOrReplaceTempView(table.name)
        folder = self._scratch / uuid.uuid4().hex
        self._session.sql(self._backend.compile(rows)).write.parquet(str(folder))
        return folder


@contextmanager
def connect(url: str, scratch: str) -> Iterator[SparkEngine]:
    """Connect to a cluster by its master's URL; `scratch` is a folder that its workers see.

    What Spark itself is told, such as the memory of an executor, stands in the
    `spark-defaults.conf` of `SPARK_CONF_DIR`.

    Raises:
        BadInput: there is no Java here.
        EngineError: the master can't be reached, the cluster gives no worker, or Spark gave up.
    """
    _need_java()
    _need_master(url)
    try:
        builder = SparkSession.builder.master(url).appName("shopscope rollup")
        session = builder.config(map=_CONFIG).getOrCreate()
        try:
            session.sparkContext.setLogLevel("ERROR")
            _need_workers(session, url)
            yield SparkEngine(session, Path(scratch))
        finally:
            with suppress(Py4JError, OSError):  # of a session that is broken already
                session.stop()
    except (PySparkException, Py4JError) as error:
        reason = str(error).strip().splitlines()
        raise EngineError(f"Spark at {url} gave up: {reason[0] if reason else error!r}") from error


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        where = f"in JAVA_HOME {home}" if home else "on the PATH"
        raise BadInput(f"Rollups on Spark need Java 17 or later, and there is no java {where}.")


def _need_master(url: str) -> None:
    """Spark itself would try for a minute, and not say what is wrong."""
    reasons = []
    for place in url.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), REACHED_SECONDS).close()
        except (OSError, OverflowError) as error:
            reasons.append(f"{place}: {error}")
        else:
            return
    raise EngineError(
        f"No Spark master can be reached at {url} ({'; '.join(reasons)}). "
        "Start one, or roll up on this machine with `--engine duckdb://`."
    )


def _need_workers(session: SparkSession, url: str) -> None:
    """Spark itself would wait forever, in silence."""
    tracker = session.sparkContext._jsc.sc().statusTracker()
    end = time.monotonic() + GIVEN_SECONDS
    while len(tracker.getExecutorInfos()) < 2:  # the first is this process
        if time.monotonic() > end:
            raise EngineError(
                f"The Spark cluster at {url} gave no worker in {GIVEN_SECONDS:.0f} s: none is "
                "there, none has cores and memory to spare (spark.executor.memory and "
                "spark.cores.max in spark-defaults.conf), or none can reach this machine "
                "(spark.driver.host)."
            )
        time.sleep(0.1)
