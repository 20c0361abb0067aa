"""One request and what became of it: its id and clock, and at the end figures and a log line."""

import logging
import os
import time
from typing import Any

from starlette.types import Scope

from shopscope.api.logs import FIELDS, shortened
from shopscope.api.metrics import Metrics
from shopscope.contract.masking import masked

REQUEST_ID = "shopscope.request_id"
"""Key of the ASGI scope under which pages find the request id."""

OTHER = "other"
"""What figures call a path that is no endpoint; a name for each would be for anyone to make up."""

CLIENT_GONE = 499
"""What log and figures call the end of a request whose client hung up; nobody gets this status."""

log = logging.getLogger(__name__)


class Exchange:
    """Of one request; `status`, `size` and the `key` that asked are filled in as they are known.

    `endpoint` is an operation id, None: some other path. A `quiet` one is not counted, and logged
    only when debugging. Of a key only the prefix is given.
    """

    __slots__ = ("_endpoint", "_quiet", "_scope", "_started", "key", "request_id", "size", "status")

    def __init__(self, scope: Scope, endpoint: str | None, *, quiet: bool = False) -> None:
        self.request_id = _uuid4()
        self.status = 500
        self.size = 0
        self.key: str | None = None
        self._endpoint = endpoint
        self._quiet = quiet
        self._scope = scope
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.perf_counter() - self._started

    def record(self, metrics: Metrics) -> None:
        """Count and log the request; what is secret in its path and query is masked."""
        seconds = self.seconds
        if not self._quiet:
            metrics.observe(self._endpoint or OTHER, self.status, seconds)
        level = logging.DEBUG if self._quiet else logging.INFO
        if not log.isEnabledFor(level):
            return
        scope = self._scope
        client = scope.get("client")
        fields = {
            "request_id": self.request_id,
            "method": shortened(masked(scope["method"])),
            "path": shortened(masked(scope["path"])),
            "query": shortened(masked(scope["query_string"].decode("latin-1"))),
            "endpoint": self._endpoint,
            "key": self.key,
            "code": self.status,
            "ms": round(seconds * 1000, 3),
            "bytes": self.size,
            "client": client[0] if client else None,
        }
        record = logging.LogRecord.__new__(logging.LogRecord)
        record.__dict__.update(_RECORDS[level])
        record.created = time.time()
        record.__dict__[FIELDS] = fields
        log.handle(record)


def _uuid4() -> str:
    """A random UUID (RFC 9562, 5.4), in a third of the time that the module uuid takes."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _blank(level: int) -> dict[str, Any]:
    return vars(log.makeRecord(log.name, level, "", 0, "request", (), None))


_RECORDS = {level: _blank(level) for level in (logging.DEBUG, logging.INFO)}
"""All that records of requests have alike. Made anew for each, one costs a third of its line:
a walk up the stack, the names of thread, process and task."""
