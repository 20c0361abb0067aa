"""A Spark cluster of these tests: a master and workers of its own on loopback."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS = 120

# Little of everything, and no machine code for what runs once.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_CONFIG = f"""
spark.driver.memory               768m
spark.executor.memory             768m
spark.driver.extraJavaOptions     {_JAVA}
spark.executor.extraJavaOptions   {_JAVA}
spark.sql.shuffle.partitions      2
spark.default.parallelism         2
spark.sql.codegen.wholeStage      false
spark.sql.adaptive.enabled        false
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A master, and workers of one core each."""

    def __init__(self, folder: Path) -> None:
        found = importlib.util.find_spec("pyspark")
        assert found is not None
        assert found.origin is not None
        self._home = Path(found.origin).parent
        self._folder = folder
        self._port = free_port()
        self._daemons: list[subprocess.Popen[bytes]] = []
        self.url = f"spark://127.0.0.1:{self._port}"

    def start(self, workers: int) -> None:
        """Start, and wait until the master has heard from every worker."""
        self._run(
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
        )
        self._until("master", "I have been elected leader", 1)
        for number in range(workers):
            words = ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", self.url]
            self._run(f"worker-{number}", "org.apache.spark.deploy.worker.Worker", *words)
        self._until("master", "Registering worker", workers)

    def unfinished(self, worker: int) -> list[Path]:
        """What a worker keeps of unfinished work: rows on their way from one stage to the next."""
        return list((self._folder / f"worker-{worker}").glob("**/shuffle_*.data"))

    def kill(self, worker: int) -> None:
        """End a worker and everything it runs, as in a crash, and what it had is gone."""
        daemon = self._daemons[1 + worker]
        os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait(START_SECONDS)
        shutil.rmtree(self._folder / f"worker-{worker}", ignore_errors=True)

    def stop(self) -> None:
        """End all that still runs."""
        for daemon in self._daemons:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait(START_SECONDS)

    def _run(self, name: str, kind: str, *words: str) -> None:
        local = self._folder / name
        environment = {
            **os.environ,
            "SPARK_HOME": str(self._home),
            "SPARK_LOCAL_DIRS": str(local),
            "SPARK_WORKER_DIR": str(local),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": _JAVA,
        }
        command = [str(self._home / "bin/spark-class"), kind, *words, "--webui-port", "0"]
        with (self._folder / f"{name}.log").open("wb") as log:
            self._daemons.append(
                subprocess.Popen(
                    command,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _until(self, name: str, words: str, times: int) -> None:
        end = time.monotonic() + START_SECONDS
        log = self._folder / f"{name}.log"
        while log.read_text(errors="replace").count(words) < times:
            assert all(daemon.poll() is None for daemon in self._daemons), log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)


def need_spark() -> None:
    """Skip the test, with the reason, where Spark can't be."""
    if os.name != "posix":
        pytest.skip("a Spark cluster of one's own is started on POSIX systems only")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17: install openjdk-17-jre-headless")
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("Spark's client is not installed: run `make spark`")


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A running cluster of two workers."""
    need_spark()
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(_CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_CONF_DIR", str(folder / "conf"))
        patch.setenv("SPARK_LOCAL_DIRS", str(folder / "driver"))
        made = Cluster(folder)
        try:
            made.start(workers=2)
            yield made
        finally:
            made.stop()
