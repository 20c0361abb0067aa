"""One request and what became of it: its id and clock, and at the end figures and a log line."""

import logging
import time
import uuid

from starlette.types import Scope

from shopscope.api.logs import FIELDS, shortened
from shopscope.api.metrics import Metrics

OTHER = "other"
"""What figures call a path that is no endpoint; a name for each would be for anyone to make up."""

log = logging.getLogger(__name__)


class Exchange:
    """Of one request; `status` and `size` are filled in as the answer goes out.

    `endpoint` is an operation id, None: some other path. A `quiet` one is not counted, and logged
    only when debugging.
    """

    __slots__ = ("_endpoint", "_quiet", "_scope", "_started", "request_id", "size", "status")

    def __init__(self, scope: Scope, endpoint: str | None, *, quiet: bool = False) -> None:
        self.request_id = str(uuid.uuid4())
        self.status = 500
        self.size = 0
        self._endpoint = endpoint
        self._quiet = quiet
        self._scope = scope
        self._started = time.perf_counter()

    def record(self, metrics: Metrics) -> None:
        """Count and log the request. The Authorization header is never among what is logged."""
        seconds = time.perf_counter() - self._started
        if not self._quiet:
            metrics.observe(self._endpoint or OTHER, self.status, seconds)
        level = logging.DEBUG if self._quiet else logging.INFO
        if not log.isEnabledFor(level):
            return
        scope = self._scope
        client = scope.get("client")
        fields = {
            "request_id": self.request_id,
            "method": shortened(scope["method"]),
            "path": shortened(scope["path"]),
            "query": shortened(scope["query_string"].decode("latin-1")),
            "endpoint": self._endpoint,
            "code": self.status,
            "ms": round(seconds * 1000, 3),
            "bytes": self.size,
            "client": client[0] if client else None,
        }
        # As log.log() does, but without its walk up the stack for a caller that is always here.
        extra = {FIELDS: fields}
        log.handle(log.makeRecord(log.name, level, "", 0, "request", (), None, extra=extra))
