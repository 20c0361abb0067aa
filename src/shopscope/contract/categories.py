"""Categories on the wire: the request for one level, and its rows."""

import msgspec

from shopscope.contract.parameters import Parameter, Value
from shopscope.contract.vocab import LOCALES


class CategoryRow(msgspec.Struct, frozen=True):
    """One node of the category tree; `language` is the language its name is in."""

    category_id: str
    category_level: str
    category_name: str
    language: str
    parent_id: str


class CategoryRequest(msgspec.Struct, frozen=True):
    """Every node of `level`, or those under `parent_id`, named in `language`."""

    level: int
    language: str
    parent_id: str | None = None

    @classmethod
    def of(cls, level: int, values: dict[str, Value]) -> "CategoryRequest":
        """The request that bound parameters ask for."""
        parent = values.get("parent_id")
        return cls(level, str(values["language"]), None if parent is None else str(parent))


EXAMPLES: dict[int, CategoryRow] = {
    1: CategoryRow("602118", "1", "Pet Supplies", "en-US", "0"),
    2: CategoryRow("1001992", "2", "Farm Animal & Poultry Supplies", "en-US", "602118"),
    3: CategoryRow("601583", "3", "Perfume", "en-US", "848648"),
}
"""A row of each level."""


def parameters(level: int) -> tuple[Parameter, ...]:
    """The parameters of the endpoint that answers one level."""
    return (
        Parameter(
            name="language",
            required=True,
            choices=LOCALES,
            example="en-US",
            description="Language of the names. A name that is missing in it comes in en-US, "
            "else in the alphabetically first language that has one; the row's `language` tells "
            "which.",
        ),
        Parameter(
            name="parent_id",
            example=EXAMPLES[level].parent_id,
            description="Only the children of this category. Absent: every node of the level.",
        ),
    )
