"""The category tree as the four files tell it, put together by plain loops."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from tests.acceptance.sources import CATEGORY_FILES, table

LEVELS = {1: "primary", 2: "secondary", 3: "tertiary"}
LANGUAGES = ("th-TH", "en-US", "id-ID", "zh-CN", "ms-MY", "vi-VN")


class Naming(NamedTuple):
    """One category in one language, as one file has it."""

    day: date
    locale: str
    id: str
    level: int
    parent: str
    name: str


def read(data: Path) -> list[Naming]:
    """Every row of the four files; a file that names no day was seen today."""
    english, both, partner, vietnamese = (data / file for file in CATEGORY_FILES)
    namings = [_row(row, date(2026, 8, 12)) for row in rows_of(english)]
    for line in table(both):
        for locale, column in (("en-US", "name_en"), ("zh-CN", "name_zh")):
            place = (line["category_id"], int(line["level"]), line["parent_id"] or "0")
            namings.append(Naming(date(2026, 5, 1), locale, *place, line[column].strip()))
    namings += [_row(row, datetime.now(UTC).date()) for row in json.loads(vietnamese.read_text())]
    return namings + _partner(json.loads(partner.read_text("utf-8"))["categories"])


def rows_of(english: Path) -> list[dict[str, str]]:
    """The rows of the English file, as they are."""
    document = json.loads(english.read_text("utf-8"))
    return [row for level in ("l1", "l2", "l3") for row in document[level]]


def _row(row: dict[str, str], day: date) -> Naming:
    place = (row["category_id"], int(row["category_level"]), row["parent_id"])
    return Naming(day, row["language"], *place, row["category_name"].strip())


def _partner(rows: list[dict[str, str]]) -> list[Naming]:
    """The Partner API's rows have no level: it is the number of steps up to 0."""
    parents = {row["id"]: row["parent_id"] for row in rows}
    namings = []
    for row in rows:
        level, above = 1, row["parent_id"]
        while above != "0":
            level, above = level + 1, parents[above]
        place = (row["id"], level, row["parent_id"])
        namings.append(Naming(date(2026, 6, 18), "id-ID", *place, row["local_name"].strip()))
    return namings


class Tree:
    """The newest name of each category in each language, and its newest place."""

    def __init__(self, namings: list[Naming]) -> None:
        self.names: dict[str, dict[str, str]] = {}
        self.places: dict[str, tuple[int, str]] = {}
        for naming in sorted(namings):
            self.names.setdefault(naming.id, {})[naming.locale] = naming.name
            self.places[naming.id] = (naming.level, naming.parent)

    def rows(self, level: int, language: str, parent: str | None = None) -> list[dict[str, str]]:
        """What the API is to answer."""
        answer = []
        for category in sorted(self.places):
            here, above = self.places[category]
            if here != level or parent not in (None, above):
                continue
            names = self.names[category]
            spoken = next(x for x in (language, "en-US", min(names)) if x in names)
            answer.append(
                {
                    "category_id": category,
                    "category_level": str(level),
                    "category_name": names[spoken],
                    "language": spoken,
                    "parent_id": above,
                }
            )
        return answer

    def top(self, name: str, language: str) -> str:
        """The one category of level 1 that a name means, in a language or else in English."""
        for locale in (language, "en-US"):
            found = [
                category
                for category, (level, _) in self.places.items()
                if level == 1 and self.names[category].get(locale) == name
            ]
            if found:
                assert len(found) == 1, name
                return found[0]
        raise AssertionError(f"no category is called {name}")
