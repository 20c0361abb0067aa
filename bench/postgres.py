"""A PostgreSQL server of one's own on loopback, from the programs that are installed."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

_START_SECONDS = 60
_STOP_SECONDS = 30
_USER = "shopscope"
_NOT_ROOT = "postgres"

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "50",
    "random_page_cost": "1.1",
    "fsync": "off",  # nothing is written while it is timed
    "full_page_writes": "off",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "logging_collector": "off",
}
"""What one would set on a machine of this size, and no waiting for disks while loading."""


class NoPostgres(Exception):
    """PostgreSQL can't run here, and why."""


def program(name: str) -> Path:
    """Where a program of PostgreSQL is.

    Raises:
        NoPostgres: it is not installed.
    """
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found is None and not installed:
        raise NoPostgres(f"PostgreSQL is not installed: no {name}")
    return Path(found or installed[-1]).resolve()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server that runs while inside, in a temporary folder.

    Raises:
        NoPostgres: it can't run here.
    """
    program("initdb")
    user = _account()
    folder = Path(tempfile.mkdtemp(prefix="shopscope-postgres-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        _initialize(folder, user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = _started(folder, user, port)
        try:
            url = f"postgresql://{_USER}@127.0.0.1:{port}/postgres"
            _wait(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # break connections, then stop
            server.wait(_STOP_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    """Whose process the server is: it refuses to be root's."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_NOT_ROOT)
    except KeyError:
        raise NoPostgres(f"PostgreSQL does not run as root, and there is no {_NOT_ROOT}") from None
    return _NOT_ROOT


def _initialize(folder: Path, user: str | None) -> None:
    words = ["--auth=trust", f"--username={_USER}", "--no-sync", "--no-locale", "--encoding=UTF8"]
    made = subprocess.run(
        [program("initdb"), "-D", folder, *words],
        user=user,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NoPostgres(f"PostgreSQL can't be set up here: {made.stderr.strip()}")


def _started(folder: Path, user: str | None, port: int) -> subprocess.Popen[bytes]:
    options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [program("postgres"), "-D", folder, *options],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2).close()
            return
        if server.poll() is not None or time.monotonic() > end:
            raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.05)
