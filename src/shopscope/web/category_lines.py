"""The table of categories: rows of the API, what each sold, and where one goes from there."""

from collections.abc import Callable
from typing import Any

import msgspec

from shopscope.categories.localized import localized_tree
from shopscope.categories.tree import Category, Tree
from shopscope.contract.categories import CategoryRow
from shopscope.contract.vocab import ROOT_CATEGORY
from shopscope.products.category_sales import (
    LEVELS,
    Measured,
    Sales,
    category_sales,
    market_sales,
    percent,
)
from shopscope.snapshot.reader import Snapshot
from shopscope.web.category_query import GMV, ORDERS, PATH, UNITS, Asked
from shopscope.web.links import link

NOTHING = Sales(0, Measured(0, None, None), Measured(0, None, None))
"""What a category without products sold."""

FOUND_MAX = 60
"""How many categories a search shows."""

_SCOPE_MAX = 30  # days of insights' longest window


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A category; `measured` is what counts, `share` its percent of that in all around it."""

    row: CategoryRow
    sales: Sales
    measured: Measured
    share: float | None
    current: bool
    href: str
    products_href: str
    insights_href: str


class Head(msgspec.Struct, frozen=True):
    """The address that orders the table by a column, and the order it has."""

    href: str
    order: str


def sales(snapshot: Snapshot, asked: Asked, node: Category | None) -> Sales | None:
    """What a category sold, or without one the market; None: it has no data."""
    if node is None or asked.region not in snapshot.regions:
        return market_sales(snapshot, asked.region, asked.days)
    by_id = category_sales(snapshot, asked.region, LEVELS[node.level - 1], asked.days)
    return by_id.get(node.id, NOTHING)


def measured(asked: Asked, sold: Sales) -> Measured:
    """What counts of it."""
    return sold.units if asked.measure == UNITS else sold.gmv


def lines(snapshot: Snapshot, asked: Asked, named: list[CategoryRow]) -> list[Line]:
    """The lines of rows that are of one level, in the order that is asked for."""
    around = sales(snapshot, asked, asked.parent)
    whole = measured(asked, around).total if around else 0
    tree = snapshot.keep(Tree)
    found = []
    for row in named:
        level = LEVELS[int(row.category_level) - 1]
        sold = category_sales(snapshot, asked.region, level, asked.days).get(row.category_id)
        counts = measured(asked, sold or NOTHING)
        found.append(
            Line(
                row=row,
                sales=sold or NOTHING,
                measured=counts,
                share=percent(counts.total, whole),
                current=asked.node is not None and asked.node.id == row.category_id,
                href=asked.href(row.category_id),
                products_href=link("/products", {"region": asked.region, level: row.category_id}),
                insights_href=insights_href(snapshot, asked, tree.node(row.category_id)),
            )
        )
    return _ordered(asked, found)


class Found(msgspec.Struct, frozen=True):
    """A category whose name has what is looked for: `above` are the names on the way to it."""

    name: str
    above: str
    href: str


def found(snapshot: Snapshot, asked: Asked) -> list[Found]:
    """The categories whose names have what is looked for, from the top of the tree down."""
    if not asked.find:
        return []
    tree = snapshot.keep(Tree)
    nodes = [node for node, _, _ in localized_tree(snapshot, asked.language, asked.find)]
    named = [
        Found(
            asked.name(node),
            " › ".join(asked.name(step) for step in tree.path(node)[:-1]),
            asked.href(node.id),
        )
        for node in sorted(nodes, key=lambda node: (node.level, asked.name(node)))
    ]
    return named[:FOUND_MAX]


def rest(asked: Asked, whole: Sales | None, below: list[Line]) -> Sales | None:
    """What is in a category, but in none of those below it; None: nothing."""
    if whole is None or asked.node is None or asked.beside:
        return None
    products = whole.products - sum(line.sales.products for line in below)
    if products <= 0:
        return None
    units = whole.units.total - sum(line.sales.units.total for line in below)
    gmv = round(whole.gmv.total - sum(line.sales.gmv.total for line in below), 2)
    return Sales(products, Measured(units, None, None), Measured(gmv, None, None))


def insights_href(snapshot: Snapshot, asked: Asked, node: Category | None) -> str:
    """The insights of a level-3 category, or a search for what is below another; "": none."""
    insights = snapshot.insights
    if insights is None or node is None or node.id == ROOT_CATEGORY:
        return ""
    where = {"region": asked.region, "time_scope": str(min(asked.days, _SCOPE_MAX))}
    if node.level < len(LEVELS):
        return link("/insights", where, search_keyword=asked.name(node))
    return "" if insights.blank(node.id) is None else link("/insight", where, id=node.id)


def heads(asked: Asked) -> dict[str, Head]:
    """The heads of the columns that the table can be ordered by: the largest come first."""
    found = {}
    for name in ORDERS:
        order = ""
        if asked.order == name:
            order = "descending" if asked.descending else "ascending"
        ascend = order == "descending" or (name == "name" and not order)
        href = link(PATH, asked.query, order=name, sort_type=0 if ascend else None)
        found[name] = Head(href, order)
    return found


_KEYS: dict[str, Callable[[Line], Any]] = {
    "name": lambda line: line.row.category_name.casefold(),
    "products": lambda line: line.sales.products,
    UNITS: lambda line: line.sales.units.total,
    GMV: lambda line: line.sales.gmv.total,
    "growth": lambda line: line.measured.growth,
    "top": lambda line: line.measured.top_share,
}


def _ordered(asked: Asked, given: list[Line]) -> list[Line]:
    """Those without a value are last."""
    key = _KEYS[asked.order]
    known = [line for line in given if key(line) is not None]
    unknown = [line for line in given if key(line) is None]
    return sorted(known, key=key, reverse=asked.descending) + unknown
