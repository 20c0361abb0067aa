"""Facets on the wire: how the products of a selection are spread over categories, shops, bands."""

import msgspec

from shopscope.contract.parameters import Parameter
from shopscope.contract.products import REGION, filter_parameters

VALUES_MAX = 50
"""Values that are told of a facet, the largest."""

VALUE_FACETS: tuple[str, ...] = ("category_id", "category_l2_id", "category_l3_id", "seller_id")
"""Columns whose values are counted, each under its own name."""

BAND_FACETS: dict[str, tuple[str, tuple[float, ...]]] = {
    "price": ("spu_avg_price", (0, 5, 10, 20, 30, 50, 100, 200, 500)),
    "commission": ("product_commission_rate", (0, 5, 10, 15, 20, 30)),
    "rating": ("product_rating", (0, 1, 2, 3, 4, 4.5)),
}
"""By facet: the column, and where its bands begin; each ends before the next, the last is open."""


class FacetValue(msgspec.Struct, frozen=True):
    """A value, and how many products of the selection have it."""

    value: str
    count: int


class FacetBand(msgspec.Struct, frozen=True):
    """How many products of the selection are in `min <= value < max`; null: no end."""

    min: float
    max: float | None
    count: int


class ProductFacets(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over a whole selection. Values come largest count first, then in text order."""

    total: int
    category_id: list[FacetValue]
    category_l2_id: list[FacetValue]
    category_l3_id: list[FacetValue]
    seller_id: list[FacetValue]
    price: list[FacetBand]
    commission: list[FacetBand]
    rating: list[FacetBand]


def _edges(facet: str) -> str:
    return " ".join(f"{edge:g}" for edge in BAND_FACETS[facet][1])


FACET_TITLES: dict[str, str] = {
    "total": "Number of products that match",
    "category_id": f"Products by level-1 category, the largest {VALUES_MAX}",
    "category_l2_id": f"Products by level-2 category, the largest {VALUES_MAX}; `0`: not assigned",
    "category_l3_id": f"Products by level-3 category, the largest {VALUES_MAX}; `0`: not assigned",
    "seller_id": f"Products by shop, the largest {VALUES_MAX}; empty: unknown",
    "price": f"Products by average SKU price in US dollars; bands begin at {_edges('price')}",
    "commission": f"Products by commission in percent; bands begin at {_edges('commission')}; the "
    "first has those without or unknown",
    "rating": f"Products by rating; bands begin at {_edges('rating')}; the first has those "
    "without reviews",
}
"""What each field of `ProductFacets` means."""


def parameters() -> tuple[Parameter, ...]:
    """The product list's, without page and order."""
    return (REGION, *filter_parameters())


def bands(facet: str, counts: list[int]) -> list[FacetBand]:
    """The bands of a facet with their counts."""
    edges = BAND_FACETS[facet][1]
    ends = (*edges[1:], None)
    return [FacetBand(*band) for band in zip(edges, ends, counts, strict=True)]


NOTHING = ProductFacets(
    total=0,
    category_id=[],
    category_l2_id=[],
    category_l3_id=[],
    seller_id=[],
    price=bands("price", [0] * 9),
    commission=bands("commission", [0] * 6),
    rating=bands("rating", [0] * 6),
)
"""Of no product."""

EXAMPLE = ProductFacets(
    total=3,
    category_id=[FacetValue("601450", 2), FacetValue("602118", 1)],
    category_l2_id=[FacetValue("848648", 2), FacetValue("1001992", 1)],
    category_l3_id=[FacetValue("601583", 2), FacetValue("0", 1)],
    seller_id=[FacetValue("7490000000000000001", 3)],
    price=bands("price", [0, 0, 1, 2, 0, 0, 0, 0, 0]),
    commission=bands("commission", [1, 0, 2, 0, 0, 0]),
    rating=bands("rating", [0, 0, 0, 0, 1, 2]),
)
