"""Structured logs: one JSON object a line, on standard error, also for the HTTP server's own."""

import datetime
import functools
import json
import logging
from typing import Any

import msgspec

from shopscope.contract.masking import masked

FIELDS = "fields"
"""Attribute of a log record that holds its own fields: `extra={FIELDS: {...}}`."""

TEXT_MAX = 500
"""Characters of a client's text, such as a query string, that a line holds."""

_encode = msgspec.json.Encoder(enc_hook=str).encode


class JsonFormatter(logging.Formatter):
    """`{"time", "level", "logger", "message", …its fields…, "exception"}` in one line.

    Message and exception are masked here; whoever adds a field sees to it that it holds no secret.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        line: dict[str, Any] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        fields = getattr(record, FIELDS, None)
        if fields:
            line.update(fields)
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        try:
            return _encode(line).decode()
        except UnicodeEncodeError:  # a lone surrogate from the outside
            return json.dumps(line, default=str)


def _moment(seconds: float) -> str:
    """The time in ISO 8601, to the millisecond."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03d}+00:00"


@functools.lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """A second as it stands in all lines of that second."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def shortened(text: str) -> str:
    """`text` cut to what a line holds."""
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"


def logging_config(level: str) -> dict[str, Any]:
    """The configuration of a process: for `logging.config.dictConfig`, and for granian."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "shopscope.api.logs.JsonFormatter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "json",
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"shopscope": {"level": level.upper()}, "_granian": {"level": level.upper()}},
    }
