"""The only wiring: settings, snapshots, gate and application, in worker processes of granian."""

import logging
import logging.config
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from starlette.applications import Starlette

import shopscope
from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.api.logs import FIELDS, logging_config
from shopscope.api.metrics import MULTIPROCESS_DIR
from shopscope.api.samples import example_url
from shopscope.contract.endpoints import endpoints
from shopscope.errors import BadInput, ShopscopeError
from shopscope.settings import Settings, environment, load_settings
from shopscope.snapshot.follow import Follower
from shopscope.snapshot.manifest import RegionInfo, read_manifest
from shopscope.snapshot.publish import SnapshotStore

STOP_SECONDS = 3
"""How long requests in flight may take when the server is told to stop."""

_ADVICE = (
    "Requests are answered with 503 until `shopscope load FILES` and `shopscope rollup` have "
    "published a snapshot, which is picked up without a restart"
)

log = logging.getLogger(__name__)


def create() -> Api:
    """The application of one worker, wired by the environment; any ASGI server can run it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _obey(parent)
    settings = load_settings({})
    logging.config.dictConfig(logging_config(settings.log_level))
    follower = Follower(SnapshotStore(settings.snapshots_dir), settings.regions)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        follower.start()
        yield
        follower.stop()

    return create_app(follower, settings, OpenGate(), lifespan=lifespan)


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Raises:
        BadInput: the address can't be listened on.
    """
    address = free_address(settings.host, settings.port)
    logging.config.dictConfig(logging_config(settings.log_level))
    with tempfile.TemporaryDirectory(prefix="shopscope-metrics-") as figures:
        os.environ.update(environment(settings))
        os.environ[MULTIPROCESS_DIR] = figures
        server = Server(
            "shopscope.server:create",
            factory=True,
            address=address,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            # One protocol, so no time is spent on telling them apart.
            http=HTTPModes.http1,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels(settings.log_level),
            log_dictconfig=logging_config(settings.log_level),
        )
        server.on_startup(lambda: _announce(settings))
        server.serve()


def free_address(host: str, port: int) -> str:
    """The numeric address of `host`, if its port can be listened on.

    granian lets several processes share a port (SO_REUSEPORT), so a second server would start in
    silence and take half of the first one's requests.

    Raises:
        BadInput: it can't.
    """
    try:
        family, kind, _, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
            probe.listen()
    except OSError as error:
        raise BadInput(
            f"Can't listen on {host} port {port}: {error.strerror or error}. Stop what uses it, "
            "or choose another with --host and --port."
        ) from None
    return str(target[0])


def _announce(settings: Settings) -> None:
    """Say where to ask, what is served, and what to do if there is nothing yet."""
    regions: dict[str, RegionInfo] = {}
    snapshot = None
    problem = f"no snapshot is published in {settings.snapshots_dir}"
    try:
        store = SnapshotStore(settings.snapshots_dir)
        snapshot = store.current_id()
        if snapshot is not None:
            regions = read_manifest(store.path(snapshot)).regions
    except ShopscopeError as error:
        problem = str(error)
    if settings.regions:
        regions = {name: info for name, info in regions.items() if name in settings.regions}
        problem = f"{problem}, or it has none of the regions {', '.join(settings.regions)}"
    example = f"curl '{example_url(endpoints()[0], settings.url)}'"
    fields = {
        "url": settings.url,
        "workers": settings.workers,
        "snapshot": snapshot,
        "regions": regions,
        "example": example,
    }
    log.info("serving", extra={FIELDS: fields})
    if not regions:
        log.warning("nothing to serve: %s. %s", problem, _ADVICE)
    if sys.stderr.isatty():
        served = [f"  {n}: {i.products:,} products as of {i.as_of}\n" for n, i in regions.items()]
        head = f"Shopscope {shopscope.__version__} on {settings.url}, snapshot {snapshot}\n"
        sys.stderr.write("".join([head, *served, f"  {example}\n"]))


def _obey(parent: BaseProcess) -> None:
    """Stop this worker when it is told to, and when the process that started it is gone.

    A forked worker has inherited handlers that only tell its parent to stop; until granian sets
    its own, a signal would be lost. And the workers of a killed server would go on answering, and
    hold its port.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    def wait() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop-with-parent", daemon=True).start()
