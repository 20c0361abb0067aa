"""The only wiring: settings, snapshots, gate and application, in worker processes of granian."""

import collections
import contextlib
import datetime
import functools
import ipaddress
import logging
import logging.config
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server import MPServer
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.applications import Starlette
from starlette.types import ASGIApp

import shopscope
from shopscope.accounts.apps import Apps
from shopscope.accounts.database import Accounts, open_accounts, reach_accounts
from shopscope.accounts.gate import KeyGate, OpenGate
from shopscope.accounts.keys import Keys
from shopscope.api.app import create_app
from shopscope.api.logs import FIELDS, logging_config
from shopscope.api.metrics import MULTIPROCESS_DIR
from shopscope.api.partner.routes import Partner
from shopscope.contract.endpoints import endpoints
from shopscope.contract.samples import KEY, example_url
from shopscope.errors import BadInput, ShopscopeError, StoreUnavailable
from shopscope.listening import free_address, require_loopback, require_pair
from shopscope.settings import Settings, default_data_dir, environment, load_settings
from shopscope.snapshot.fetch import Fetcher
from shopscope.snapshot.follow import Follower
from shopscope.snapshot.manifest import RegionInfo, read_manifest
from shopscope.snapshot.publish import SnapshotStore
from shopscope.web.app import Explorer

STOP_SECONDS = 3
"""How long requests in flight may take when the server is told to stop."""

RESTARTS, RESTARTS_SECONDS = 5, 10
"""So many starts of each worker within so many seconds, and the server gives up."""

_ADVICE = (
    "Requests are answered with 503 until `shopscope load FILES` and `shopscope rollup` have "
    "published a snapshot, which is picked up without a restart"
)

_FETCHED = "Requests are answered with 503 until a snapshot has been fetched from"

_OPEN = "open: everyone on this machine may ask without a key"

log = logging.getLogger(__name__)


def create() -> ASGIApp:
    """The application of one worker, wired by the environment; any ASGI server can run it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _obey(parent)
    settings = load_settings({})
    logging.config.dictConfig(logging_config(settings.log_level))
    store = SnapshotStore(settings.snapshots_dir)
    follower = Follower(store, settings.regions)
    url = settings.snapshots_url
    fetcher = None if url is None else Fetcher(store, url, settings.regions)
    accounts = functools.cache(lambda: _accounts(settings))
    gate = OpenGate() if settings.open else KeyGate(accounts(), _now)
    partner = Partner(follower, lambda: Apps(open_accounts(settings)), settings.partner_v2_regions)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        follower.start()
        if fetcher is not None:
            fetcher.start()
        gate.start()
        threading.Thread(target=explorer.warm, name="warm", daemon=True).start()
        yield
        gate.close()
        partner.close()
        if fetcher is not None:
            fetcher.stop()
        follower.stop()

    explorer = Explorer(follower, settings, gate, accounts)
    app: ASGIApp = create_app(
        follower, settings, gate, partner=partner, explorer=explorer, lifespan=lifespan
    )
    if settings.trusted_proxies:
        app = wrap_asgi_with_proxy_headers(app, _as_seen(settings.trusted_proxies))
    return app


def _accounts(settings: Settings) -> Accounts:
    """Keys, and what is kept for them; a store that can't be reached yet keeps no server from
    starting."""
    try:
        return open_accounts(settings)
    except StoreUnavailable as error:
        log.warning("requests get 503 until the accounts are there: %s", error)
        return reach_accounts(settings)


def _now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def _as_seen(networks: Iterable[str]) -> list[str]:
    """The networks as the addresses of clients are written: on `::`, IPv4 inside IPv6."""
    known = [ipaddress.ip_network(text) for text in networks]
    inside = [
        f"::ffff:{one.network_address}/{96 + one.prefixlen}" for one in known if one.version == 4
    ]
    return [*map(str, known), *inside]


def serve(settings: Settings) -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Raises:
        BadInput: the address can't be listened on, is not this machine's alone in open mode, or
            the certificate and its key are no pair.
        AccountsError: the accounts are of another version.
    """
    address = free_address(settings.host, settings.port)
    if settings.open:
        require_loopback(settings.host)
    if settings.tls_cert and settings.tls_key:
        require_pair(settings.tls_cert, settings.tls_key)
    logging.config.dictConfig(logging_config(settings.log_level))
    keyless = not settings.open and _without_keys(settings)
    with tempfile.TemporaryDirectory(prefix="shopscope-metrics-") as figures:
        os.environ.update(environment(settings))
        os.environ[MULTIPROCESS_DIR] = figures
        server = _Server(
            "shopscope.server:create",
            factory=True,
            address=address,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            # One protocol, so no time is spent on telling them apart.
            http=HTTPModes.http1,
            websockets=False,
            ssl_cert=settings.tls_cert,
            ssl_key=settings.tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels(settings.log_level),
            log_dictconfig=logging_config(settings.log_level),
        )
        server.on_startup(lambda: _announce(settings, keyless=keyless))
        if settings.tls_cert and settings.tls_key:
            pair = settings.tls_cert, settings.tls_key
            server.on_startup(lambda: _reload_with_care(*pair, server.signal_handler_reload))
        server.serve()


def _without_keys(settings: Settings) -> bool:
    """Whether nobody can ask, as far as is known.

    Raises:
        BadInput: the keys were made with another secret.
        AccountsError: the accounts are of another version.
    """
    try:
        accounts = open_accounts(settings)
        with contextlib.closing(accounts.store):
            return not Keys(*accounts).list(datetime.datetime.now(datetime.UTC))
    except StoreUnavailable:
        return False


def _announce(settings: Settings, *, keyless: bool) -> None:
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
    key = "" if settings.open else f"-H 'Authorization: Bearer {KEY}' "
    example = f"curl {key}'{example_url(endpoints()[0], settings.url)}'"
    fields = {
        "url": settings.url,
        "workers": settings.workers,
        "open": settings.open,
        "snapshot": snapshot,
        "regions": regions,
        "example": example,
    }
    log.info("serving", extra={FIELDS: fields})
    if settings.open:
        log.info(_OPEN)
    if keyless:
        log.warning(_no_keys(settings))
    if not regions:
        advice = f"{_FETCHED} {settings.snapshots_url}" if settings.snapshots_url else _ADVICE
        log.warning("nothing to serve: %s. %s", problem, advice)
    if sys.stderr.isatty():
        served = [f"  {n}: {i.products:,} products as of {i.as_of}\n" for n, i in regions.items()]
        head = f"Shopscope {shopscope.__version__} on {settings.url}, snapshot {snapshot}\n"
        access = [f"  {_OPEN}\n"] if settings.open else []
        access += [f"  {_no_keys(settings)}\n"] if keyless else []
        sys.stderr.write("".join([head, *served, *access, f"  {example}\n"]))


def _no_keys(settings: Settings) -> str:
    folder = "" if settings.data_dir == default_data_dir() else f" --data-dir {settings.data_dir}"
    return (
        f"nobody can ask yet, for there are no keys: `shopscope keys create NAME{folder}` makes "
        "one, which works at once; `shopscope serve --open` needs none, on this machine only"
    )


class _Server(MPServer):
    """granian, but patient with workers that end after they have served.

    By itself it ends the server when one worker ends twice within 5.5 seconds, which may happen to
    workers that are killed by turns, for their memory, say.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        most = RESTARTS * self.workers
        self._restarts: collections.deque[float] = collections.deque(maxlen=most)

    def _respawn_workers(self, *args: Any, **options: Any) -> None:
        super()._respawn_workers(*args, **options)
        now, restarts = time.monotonic(), self._restarts
        restarts.append(now)
        if len(restarts) < (restarts.maxlen or 0) or now - restarts[0] > RESTARTS_SECONDS:
            self.respawned_wrks.clear()  # what it knows of earlier ends


def _reload_with_care(cert: Path, key: Path, renew: Callable[[], object]) -> None:
    """Let SIGHUP `renew` the workers only if they will find a certificate that is good.

    A worker that can't read its own would die, and granian then ends the server.
    """

    def reload(*_: object) -> None:
        try:
            require_pair(cert, key)
        except BadInput as error:
            log.error("the certificate in use stays: %s", error)
        else:
            renew()

    signal.signal(signal.SIGHUP, reload)


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
