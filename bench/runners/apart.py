"""An engine in a process of its own: nothing is shared, and what memory it takes is known."""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.runners.runner import Answer, Runner, Source, Unavailable
from shopscope.contract.products import ProductListRequest

Make = Callable[[Source], Runner]
Log = Sequence[ProductListRequest]

_STOP_SECONDS = 30
_KIB = 1024


class Memory(NamedTuple):
    """Bytes that a process and those it started hold: of their own, and of mapped files."""

    own: int
    mapped: int


class Apart:
    """Asks an engine through a pipe; leaving it ends the process."""

    def __init__(self, make: Make, source: Source) -> None:
        """Start the process and load the engine.

        Raises:
            Unavailable: the engine can't run here.
        """
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(make, source, theirs), daemon=False)
        self._process.start()
        theirs.close()
        self.load_seconds: float = self._received()

    def answers(self, log: Log) -> list[Answer]:
        """What the engine answers."""
        found: list[Answer] = self._asked("answers", log)
        return found

    def seconds(self, log: Log) -> NDArray[np.float64]:
        """How long each request takes."""
        taken: NDArray[np.float64] = self._asked("seconds", log)
        return taken

    def memory(self) -> Memory | None:
        """What it holds now; None: this system does not tell."""
        held: Memory | None = self._asked("memory", ())
        return held

    def close(self) -> None:
        """End the process."""
        self._pipe.close()  # which it takes as a farewell
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _asked(self, verb: str, log: Log) -> Any:
        self._pipe.send((verb, list(log)))
        return self._received()

    def _received(self) -> Any:
        try:
            answer = self._pipe.recv()
        except EOFError:
            self._process.join(_STOP_SECONDS)
            raise RuntimeError(f"The engine ended: status {self._process.exitcode}") from None
        if isinstance(answer, Unavailable):
            raise answer
        return answer


def _work(make: Make, source: Source, pipe: Connection) -> None:
    begin = time.perf_counter()
    try:
        runner = make(source)
    except Unavailable as reason:
        pipe.send(reason)
        return
    pipe.send(time.perf_counter() - begin)
    try:
        while True:
            verb, log = pipe.recv()
            if verb == "answers":
                pipe.send([runner.answer(request) for request in log])
            elif verb == "seconds":
                pipe.send(_timed(runner, log))
            else:
                pipe.send(_memory())
    except EOFError:
        pass  # the other side is done
    finally:
        runner.close()


def _timed(runner: Runner, log: Log) -> NDArray[np.float64]:
    taken = np.empty(len(log))
    for number, request in enumerate(log):
        begin = time.perf_counter()
        runner.answer(request)
        taken[number] = time.perf_counter() - begin
    return taken


def _memory() -> Memory | None:
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    parts = [memory_of(pid) for pid in (os.getpid(), *below(os.getpid()))]
    return Memory(sum(part.own for part in parts), sum(part.mapped for part in parts))


def memory_of(pid: int) -> Memory:
    """What one process holds (Linux); what several share is divided among them."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    kib = {words[0]: int(words[1]) for words in lines if words[0].startswith("Pss_")}
    return Memory((kib["Pss_Anon:"] + kib["Pss_Shmem:"]) * _KIB, kib["Pss_File:"] * _KIB)


def below(pid: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [*children, *(lower for child in children for lower in below(child))]
