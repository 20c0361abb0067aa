"""What the user said about a file, and what then holds for rows that do not say it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from shopscope.ingest import dates
from shopscope.ingest.apply import Context
from shopscope.ingest.numbers import Reject
from shopscope.ingest.profile import Profile

DAY_KEYS = (
    "updated_at", "updatedAt", "fetched_at", "fetchedAt", "generated_at", "generatedAt",
    "exported_at", "exportedAt", "crawled_at", "as_of", "date",
)  # fmt: skip
"""Keys at the top of a document that say when it was made, in the order of their weight."""

_LOCALE_IN_NAME = re.compile(r"(?<![A-Za-z])([a-z]{2}-[A-Z]{2})(?![A-Za-z])", re.ASCII)


class Request(msgspec.Struct, frozen=True):
    """What the user said about a file; `now` is the time of the command."""

    now: datetime
    profile: Profile | None = None
    day: date | None = None
    region: str | None = None
    locale: str | None = None

    def context(self, path: Path, head: Mapping[str, Any] | None = None) -> Context:
        """What holds for the rows of a document in this file; `head` is the document's top.

        The day is the one given, else a date in the head, else one in the file's name, else
        today. The locale is the one given, else one in the file's name.
        """
        day, locale = _told_by_name(path.name)
        return Context(
            day=self.day or _day_in(head) or day or self.now.date(),
            region=self.region,
            locale=self.locale or locale,
            day_given=self.day is not None,
        )


@lru_cache(maxsize=1)  # in a file of JSON Lines it is asked for every line
def _told_by_name(name: str) -> tuple[date | None, str | None]:
    """The day and the locale that a file's name tells."""
    locale = _LOCALE_IN_NAME.search(name)
    return dates.day_in_name(name), locale[1] if locale else None


def _day_in(head: Mapping[str, Any] | None) -> date | None:
    for key in DAY_KEYS:
        value = (head or {}).get(key)
        if isinstance(value, str):
            try:
                return dates.day(value, (dates.ISO,))
            except Reject:
                continue
    return None
