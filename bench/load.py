"""A load generator: keep-alive connections that each ask the next path when they have an answer.

`python -m bench.load --port P --paths FILE` prints one JSON document. The file has a path a line.
It takes a fraction of what the server takes for an answer, and tells how busy it was itself.
"""

import argparse
import itertools
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

_BUFFER = bytearray(1 << 20)
_VIEW = memoryview(_BUFFER)


class Load(msgspec.Struct):
    """What the server did; latencies in milliseconds; `busy` is the generator's part of a core."""

    requests: int
    seconds: float
    per_second: float
    p50: float
    p95: float
    p99: float
    bytes: int
    failed: int
    busy: float


def together(loads: Sequence[Load]) -> Load:
    """Rounds as one run; latencies are the medians of theirs."""
    p50, p95, p99 = np.median([(load.p50, load.p95, load.p99) for load in loads], axis=0).tolist()
    requests, seconds = sum(load.requests for load in loads), sum(load.seconds for load in loads)
    return Load(
        requests=requests,
        seconds=seconds,
        per_second=requests / seconds,
        p50=p50,
        p95=p95,
        p99=p99,
        bytes=sum(load.bytes for load in loads),
        failed=sum(load.failed for load in loads),
        busy=sum(load.busy * load.seconds for load in loads) / seconds,
    )


class _Connection:
    """One that waits for an answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = 0
        self._head = b""
        self.begin = 0.0
        self.size = 0
        self.succeeded = False

    def ask(self, request: bytes) -> None:
        self._head = b""
        self.begin = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Take what has come; whether that was the last of an answer."""
        count = self.socket.recv_into(_BUFFER)
        if count == 0:
            raise ConnectionError("The server closed a connection within an answer")
        if self._left == 0:
            self._head += bytes(_VIEW[:count])
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self._head[:end].lower()
            length = head.index(b"content-length:") + 15
            self.size = self._left = int(head[length:].split(b"\r\n", 1)[0])
            self.succeeded = head.startswith(b"http/1.1 200")
            count = len(self._head) - end - 4
        self._left -= count
        return self._left == 0


def load(requests: Iterator[bytes], port: int, connections: int, count: int, end: float) -> Load:
    """Ask `count` requests, or until the clock is at `end`, whichever comes first."""
    taken = []
    size = failed = 0
    left = count
    began, worked = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for _ in range(min(connections, count)):
            connection = _Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask(next(requests))
            left -= 1
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                if not connection.answered():
                    continue
                now = time.perf_counter()
                taken.append(now - connection.begin)
                size += connection.size
                failed += not connection.succeeded
                if left > 0 and now < end:
                    left -= 1
                    connection.ask(next(requests))
                else:
                    selector.unregister(connection.socket)
                    connection.socket.close()
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    p50, p95, p99 = (np.percentile(taken, [50, 95, 99]) * 1e3).tolist()
    rate = len(taken) / seconds
    return Load(len(taken), seconds, rate, p50, p95, p99, size, failed, worked / seconds)


def load_apart(port: int, paths: Path, count: int, key: str = "", *, seconds: float = 15) -> Load:
    """The same in a process of its own, beside which this one can do something else."""
    command = [sys.executable, "-m", "bench.load", "--port", str(port), "--paths", str(paths)]
    command += ["--count", str(count), "--key", key, "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Load)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--paths", type=Path, required=True)
    parser.add_argument("--key", default="")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    head = f"Host: 127.0.0.1:{given.port}\r\n"
    if given.key:
        head += f"Authorization: Bearer {given.key}\r\n"
    paths = given.paths.read_text().splitlines()
    requests = itertools.cycle([f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths])
    end = time.perf_counter() + given.seconds
    measured = load(requests, given.port, given.connections, given.count, end)
    sys.stdout.buffer.write(msgspec.json.encode(measured))


if __name__ == "__main__":
    main()
