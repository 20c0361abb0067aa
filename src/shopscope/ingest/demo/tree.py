"""The category tree of the demo: real ids and names of some categories, in six languages."""

import csv
import functools
import importlib.resources

import msgspec
import numpy as np
import pyarrow as pa

from shopscope.contract.vocab import FALLBACK_LOCALE, LOCALES, ROOT_CATEGORY
from shopscope.ingest.demo.plan import SOURCE, Amounts, Plan
from shopscope.lake.schema import CATEGORY_NAME

PERFUME = "601583"
"""Answered by default where a level-3 category is asked for, so always there and advertised."""

_POPULAR = {"601450": 1.8, "601152": 2.2, "700645": 1.6, "601739": 1.5, "700437": 1.3,
            "600001": 1.3, "824328": 1.2, "953224": 0.3, "834312": 0.2, "604453": 0.5}  # fmt: skip


class Category(msgspec.Struct, frozen=True):
    """One node: `path` is its own id under those of the levels above, level 1 first."""

    path: tuple[str, ...]
    names: dict[str, str]

    def name(self, locale: str) -> str:
        """The name in a language, or else in the fallback language."""
        return self.names.get(locale) or self.names[FALLBACK_LOCALE]


@functools.cache
def categories() -> dict[str, Category]:
    """Every category by id; parents come before their children."""
    file = importlib.resources.files("shopscope.ingest.demo") / "categories.csv"
    found: dict[str, Category] = {}
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        above = () if row["parent"] == ROOT_CATEGORY else found[row["parent"]].path
        names = {locale: row[locale] for locale in LOCALES if row[locale]}
        found[row["id"]] = Category((*above, row["id"]), names)
    return found


@functools.cache
def leaves() -> tuple[Category, ...]:
    """The categories of level 3."""
    return tuple(c for c in categories().values() if len(c.path) == 3)


def weights(plan: Plan) -> Amounts:
    """How popular each of the leaves is; the sum is 1."""
    rank = plan.chance(1).permutation(len(leaves())) + 3
    popular = np.array([_POPULAR.get(leaf.path[0], 1.0) for leaf in leaves()])
    found: Amounts = popular / rank**0.9
    found[[leaf.path[-1] for leaf in leaves()].index(PERFUME)] = found.max()
    part: Amounts = found / found.sum()
    return part


def category_rows(plan: Plan) -> pa.Table:
    """The tree as rows of the lake's table of names."""
    rows = [
        {
            "id": category.path[-1],
            "level": len(category.path),
            "parent_id": category.path[-2] if len(category.path) > 1 else ROOT_CATEGORY,
            "locale": locale,
            "name": name,
            "source": SOURCE,
            "valid_from": plan.start,
            "valid_to": plan.end,
        }
        for category in categories().values()
        for locale, name in category.names.items()
    ]
    return pa.Table.from_pylist(rows, schema=CATEGORY_NAME.schema)
