"""One worker of a server at any size: how soon it is ready, and what memory is its own."""

import http.client
import os
import sys
from pathlib import Path

import msgspec

from bench import queries
from bench.runners.apart import below, memory_of
from bench.serve import PATH, query, running
from shopscope.snapshot.reader import Snapshot


class Worker(msgspec.Struct):
    """Bytes after a log of requests; None: this system does not tell."""

    ready_seconds: float
    own_bytes: int | None
    mapped_bytes: int | None


def worker(snapshot: Snapshot, data_dir: Path, seed: int, count: int) -> Worker:
    """Start the server as a user does, send it a log of requests, and look at its processes.

    Raises:
        RuntimeError: a request failed.
    """
    command = [str(Path(sys.executable).with_name("shopscope")), "serve", "--open"]
    with running(command, data_dir, SHOPSCOPE_WORKERS="1") as (port, ready):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for request in queries.log(snapshot, count, seed):
            connection.request("GET", f"{PATH}?{query(request)}")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{request}: status {answer.status}")
        connection.close()
        if not Path("/proc/self/smaps_rollup").exists():
            return Worker(ready, None, None)
        # The process that answers holds most; the other only looks after it.
        largest = max(map(memory_of, below(os.getpid())), key=lambda memory: sum(memory))
    return Worker(ready, largest.own, largest.mapped)
