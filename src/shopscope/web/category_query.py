"""What an address of the categories asks for.

`region` and `language` are those of the API; `category_id` is a category of any level; `find` is
part of the name of others; `days`, `measure`, `order` and `sort_type` say what is added up,
compared, and in which order.
"""

import msgspec

from shopscope.categories.tree import Category, Tree
from shopscope.contract.errors import InvalidParameter
from shopscope.contract.parameters import Parameter, bind
from shopscope.contract.products import REGION
from shopscope.contract.vocab import FALLBACK_LOCALE, LOCALES, ROOT_CATEGORY
from shopscope.snapshot.reader import Snapshot
from shopscope.web.links import link
from shopscope.web.page import Visit

PATH = "/categories"
UNITS, GMV = "units", "gmv"
DAYS = (7, 30, 90)
ORDERS = ("name", "products", UNITS, GMV, "growth", "top")

_PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        REGION,
        Parameter(name="language", choices=LOCALES, description="Language of the names"),
        Parameter(name="category_id", description="Which category; none: the whole market"),
        Parameter(name="find", description="Part of the name of a category to look for"),
        Parameter(name="days", type="integer", choices=DAYS, default=30, description="Window"),
        Parameter(name="measure", choices=(GMV, UNITS), default=GMV, description="What counts"),
        Parameter(name="order", choices=ORDERS, description="Column of the order"),
        Parameter(
            name="sort_type", type="integer", choices=(0, 1), default=1, description="1: down"
        ),
    )
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks for, and the query that says so.

    `node` is the category, None: the whole market; `path` the way to it, itself included. `parent`
    is whose children are shown: the category, or at the end of the tree the one above it.
    """

    query: dict[str, str]
    region: str
    days: int
    measure: str
    order: str
    descending: bool
    language: str
    find: str
    node: Category | None
    path: list[Category]
    parent: Category | None

    @property
    def beside(self) -> bool:
        """Whether what is shown stands beside the category, not below it."""
        return self.parent is not self.node

    def href(self, category_id: str | None) -> str:
        """The address of the same view of another category."""
        return link(PATH, self.query, category_id=category_id, find=None)

    def name(self, node: Category) -> str:
        """The name of a category in the language that is asked for."""
        return node.names[node.locale((self.language, FALLBACK_LOCALE))]


def understood(visit: Visit, snapshot: Snapshot) -> Asked:
    """What the address asks for; names come in the language of the page if nothing else is said.

    Raises:
        InvalidParameter: a value that its parameter does not take, or an unknown category.
    """
    query = {"region": visit.region, **visit.query}
    values = bind(_PARAMETERS, query.items()).values
    tree = snapshot.keep(Tree)
    node = tree.node(query["category_id"]) if "category_id" in values else None
    if node is None and "category_id" in values:
        expected = "the id of a category, as the category endpoints list them"
        raise InvalidParameter("category_id", query["category_id"], expected)
    path = tree.path(node) if node else []
    above = path[:-1] if node and _ends(tree, node) else path
    return Asked(
        query={name: text for name, text in query.items() if name in _PARAMETERS},
        region=str(values["region"]),
        days=int(values["days"]),
        measure=str(values["measure"]),
        order=str(values.get("order", values["measure"])),
        descending=values["sort_type"] == 1,
        language=str(values.get("language", visit.language.category_locale)),
        find=str(values.get("find", "")).strip(),
        node=node,
        path=path,
        parent=above[-1] if above else None,
    )


def _ends(tree: Tree, node: Category) -> bool:
    """Whether nothing is below; `0` is the category Other, and above level 1 in name only."""
    return node.id == ROOT_CATEGORY or tree.is_leaf(node)
