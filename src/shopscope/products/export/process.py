"""Exports beside the server: a process of their own encodes them, with what time others leave.

Encoding a million rows takes a processor for many seconds, much of it with Python's lock held. In
the server it would stand in every other request's way; a nicer process does not, and who hangs up
ends it. A small export is made in a thread, for it takes less time than a process to begin.
"""

import asyncio
import datetime
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import numpy as np

from shopscope.errors import ExportFailed
from shopscope.products.export.formats import Asked, encode
from shopscope.products.ordering import Rows
from shopscope.snapshot.reader import RegionData

AT_ONCE = 2
"""Processes of one server process at the same time; further exports wait for their turn."""

SMALL = 500
"""Rows of an export that is made in the server's process."""

NICENESS = 10
"""How far the process stands back from the server that others wait for."""

_PART = 256 * 1024  # bytes that are sent together
_SECRETS = "SHOPSCOPE_"  # prefix of the settings, of which an encoder needs none


class Job(msgspec.Struct, frozen=True):
    """What a process is told on the first line of its input; then come the row numbers."""

    asked: Asked
    folder: str
    as_of: datetime.date
    size: int


class Exports:
    """Makes files, a few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def parts(
        self, asked: Asked, region: RegionData | None, numbers: Rows
    ) -> AsyncGenerator[bytes, None]:
        """The file with the rows of these numbers, in that order, part by part.

        `region`: None, it has no data, so there are no numbers.

        Raises:
            ExportFailed: the process ended before the file did.
        """
        if region is None or len(numbers) <= SMALL:
            yield await asyncio.to_thread(lambda: b"".join(encode(asked, region, numbers)))
            return
        job = Job(asked, str(region.folder), region.as_of, region.size)
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", __name__),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_PART,
                env={n: v for n, v in os.environ.items() if not n.startswith(_SECRETS)},
            )
            try:
                async for part in _answer(process, job, numbers):
                    yield part
            finally:
                if process.returncode is None:
                    process.kill()
                    # What is still in its pipes has to be read, or its end is never seen.
                    await process.communicate()


async def _answer(
    process: asyncio.subprocess.Process, job: Job, numbers: Rows
) -> AsyncGenerator[bytes, None]:
    told, made, said = process.stdin, process.stdout, process.stderr
    if told is None or made is None or said is None:
        raise ExportFailed("The process of an export has no pipes.")
    told.write(msgspec.json.encode(job) + b"\n" + numbers.tobytes())
    told.close()
    while part := await made.read(_PART):
        yield part
    problem = await said.read()
    if status := await process.wait():
        last = problem.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ExportFailed(f"The process of an export ended with status {status}: {last}")


def main() -> None:
    """Encode what standard input asks for."""
    os.nice(NICENESS)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    numbers = np.frombuffer(sys.stdin.buffer.read(), dtype=np.uint32)
    region = RegionData(Path(job.folder), job.as_of, job.size)
    out = open(sys.stdout.fileno(), "wb", buffering=_PART, closefd=False)  # noqa: SIM115 - to the end
    for part in encode(job.asked, region, numbers):
        out.write(part)
    out.flush()


if __name__ == "__main__":
    main()
