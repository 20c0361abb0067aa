"""Category rows of one level and parent, named in one language."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from shopscope.contract.categories import CategoryRequest, CategoryRow
from shopscope.contract.vocab import FALLBACK_LOCALE
from shopscope.snapshot.reader import Snapshot


def list_categories(snapshot: Snapshot, request: CategoryRequest) -> list[CategoryRow]:
    """The categories of a level, or those of them under one parent, by id as text.

    A name comes in the language asked for, else in en-US, else in the alphabetically first
    locale that has one; the row's `language` says which. An unknown parent has no children.
    """
    return snapshot.keep(_Tree).rows(request.level, request.language, request.parent_id)


class _Node(NamedTuple):
    id: str
    level: int
    parent_id: str
    names: dict[str, str]


class _Tree:
    """The categories of a snapshot, and the answers made of them, a language at a time."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._nodes = _nodes(snapshot.categories.to_pylist())
        self._answers: dict[str, dict[tuple[int, str | None], list[CategoryRow]]] = {}
        self._answering = threading.Lock()

    def rows(self, level: int, language: str, parent_id: str | None) -> list[CategoryRow]:
        with self._answering:
            answers = self._answers.get(language)
            if answers is None:
                answers = self._answers[language] = self._in_language(language)
        return answers.get((level, parent_id), [])

    def _in_language(self, language: str) -> dict[tuple[int, str | None], list[CategoryRow]]:
        answers: dict[tuple[int, str | None], list[CategoryRow]] = {}
        for node in self._nodes:
            for locale in (language, FALLBACK_LOCALE, min(node.names)):
                if locale in node.names:
                    break
            row = CategoryRow(
                category_id=node.id,
                category_level=str(node.level),
                category_name=node.names[locale],
                language=locale,
                parent_id=node.parent_id,
            )
            for parent in (None, node.parent_id):
                answers.setdefault((node.level, parent), []).append(row)
        return answers


def _nodes(lines: Iterable[dict[str, object]]) -> list[_Node]:
    """The nodes by id as text. Where locales disagree on a node's place, en-US is right."""
    by_id: dict[str, dict[str, dict[str, object]]] = {}
    for line in lines:
        by_id.setdefault(str(line["id"]), {})[str(line["locale"])] = line
    nodes = []
    for category_id, by_locale in sorted(by_id.items()):
        place = by_locale.get(FALLBACK_LOCALE) or by_locale[min(by_locale)]
        names = {locale: str(line["name"]) for locale, line in by_locale.items()}
        nodes.append(_Node(category_id, int(str(place["level"])), str(place["parent_id"]), names))
    return nodes
