"""An S3 server of one's own on a loopback port; it can be stopped and started again."""

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import free_port, until

PROGRAM = Path(f"{sys.prefix}-s3") / "bin" / "moto_server"


class ObjectStore:
    """A server that forgets everything when it is stopped."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._server: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [str(PROGRAM), "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._answers, 60)

    def stop(self) -> None:
        """Stop at once."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def bucket(self, name: str) -> str:
        """The URL of a new, empty bucket."""
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        urllib.request.urlopen(request, timeout=30).close()
        return f"s3://{name}"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(self.endpoint, timeout=5).close()
            return True
        return False


@contextlib.contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A running server while inside, which the environment names to every client of S3.

    Skips the test, with the reason, where there is none.
    """
    if not PROGRAM.exists():
        pytest.skip("there is no S3 server: `make s3` sets one up")
    store = ObjectStore(folder / "log")
    names = {
        "AWS_ENDPOINT_URL": store.endpoint,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "hidden",
        "AWS_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in names.items():
            patch.setenv(name, value)
        store.start()
        try:
            yield store
        finally:
            store.stop()
