"""Insights as they go over the wire, rendered once, when the snapshot is built."""

import functools
from collections.abc import Sequence

import msgspec

from shopscope.contract.insight_rows import (
    ECOM_TYPE,
    AgeShare,
    InsightInfo,
    InsightRow,
    InterestIndex,
    SubCategory,
    Sums,
    TopCategory,
    percent,
)
from shopscope.contract.vocab import FALLBACK_LOCALE, ROOT_CATEGORY
from shopscope.rollup.categories import CategoryTree
from shopscope.snapshot.names import fold

OTHER = "Other"
"""Name of the category with the id 0, where the tree has none."""

_encode = msgspec.json.encode


class Places:
    """The three levels of a category as the wire shows them, with English names."""

    def __init__(self, tree: CategoryTree) -> None:
        self._tree = tree
        self._names: dict[str, dict[str, str]] = {}
        for (locale, category), name in sorted(tree.names.items()):
            self._names.setdefault(category, {})[locale] = name
        self.of = functools.cache(self._of)

    def _of(self, category: str) -> tuple[TopCategory, SubCategory, SubCategory]:
        """A category that the tree does not know hangs below the category Other."""
        first, second = self._above(category)
        return (
            TopCategory(first, _label(first), self.name(first)),
            SubCategory(second, _label(second), first, self.name(second)),
            SubCategory(category, _label(category), second, self.name(category)),
        )

    def name(self, category: str) -> str:
        """The English name, else one in another language, else the id."""
        names = self._names.get(category, {})
        if not names:
            return OTHER if category == ROOT_CATEGORY else category
        return names.get(FALLBACK_LOCALE) or names[min(names)]

    def searchable(self, category: str, more: Sequence[str] = ()) -> str:
        """The names of all three levels in every language, and some more, folded, one a line."""
        names = {
            name
            for part in (*self._above(category), category)
            for name in self._names.get(part, {}).values()
        }
        return "\n".join(sorted({fold(name) for name in (*names, *more)}))

    def _above(self, category: str) -> tuple[str, str]:
        levels = {self._tree.places[c][0]: c for c in self._tree.path(category)[:-1]}
        return levels.get(1, ROOT_CATEGORY), levels.get(2, ROOT_CATEGORY)


def row_json(places: Places, category: str, sums: Sums, before: int) -> bytes:
    """A list row; `before` are the posts of the window before."""
    first, second, third = places.of(category)
    return _encode(
        InsightRow(
            **sums.fields(),
            cover_url=None,
            ecom_type=ECOM_TYPE,
            first_ecom_category=first,
            post_change=percent(sums.posts - before, before),
            second_ecom_category=second,
            third_ecom_category=third,
            url_title=third.value,
        )
    )


def info_json(
    places: Places,
    category: str,
    ages: list[AgeShare] | None = None,
    interests: list[InterestIndex] | None = None,
    hashtags: list[str] | None = None,
    posts: list[str] | None = None,
) -> bytes:
    """The `info` of a detail."""
    first, second, third = places.of(category)
    return _encode(
        InsightInfo(
            audience_ages=ages or [],
            audience_interests=interests or [],
            cover_url=None,
            ecom_type=ECOM_TYPE,
            first_ecom_category=first,
            hashtags=hashtags or [],
            posts=posts or [],
            second_ecom_category=second,
            third_ecom_category=third,
            url_title=third.value,
        )
    )


def _label(category: str) -> str:
    return f"category_{category}"
