"""Facets: counts over the whole selection, from the codes of its columns.

A column's codes are small numbers, so counting them is one pass without a look at the values;
over a whole region the counts are the lengths of the runs, which are known.
"""

from datetime import date
from typing import Any, NamedTuple

import numpy as np

from shopscope.contract.facets import (
    BAND_FACETS,
    NOTHING,
    VALUE_FACETS,
    VALUES_MAX,
    FacetValue,
    ProductFacets,
    bands,
)
from shopscope.contract.products import ProductFilters
from shopscope.products.counting import Counts, code_counts, counts_between
from shopscope.products.read import indexes
from shopscope.snapshot.reader import Column, Snapshot


class Facets(NamedTuple):
    """The counts, and the day they are as of."""

    facets: ProductFacets
    as_of: date | None
    """None: the region has no data."""


def count_facets(snapshot: Snapshot, request: ProductFilters) -> Facets:
    """The facets of a selection; in a region without data nothing is counted."""
    region = snapshot.region(request.region)
    if region is None:
        return Facets(NOTHING, None)
    selection = snapshot.keep(indexes)[request.region].select(request)
    rows = None if selection is None else selection.numbers()
    found: dict[str, Any] = {"total": region.size if rows is None else len(rows)}
    for name in VALUE_FACETS:
        column = region.columns[name]
        found[name] = _largest(column, code_counts(column, rows))
    for facet, (name, edges) in BAND_FACETS.items():
        column = region.columns[name]
        found[facet] = bands(facet, counts_between(column, code_counts(column, rows), edges))
    return Facets(ProductFacets(**found), region.as_of)


def count_values(snapshot: Snapshot, request: ProductFilters, name: str) -> dict[str, int]:
    """How many products of a selection have each value of a column of text; none: not in it."""
    region = snapshot.region(request.region)
    if region is None:
        return {}
    selection = snapshot.keep(indexes)[request.region].select(request)
    column = region.columns[name]
    counts = code_counts(column, None if selection is None else selection.numbers())
    present = np.flatnonzero(counts).tolist()
    return {column.values[code]: int(counts[code]) for code in present}


def _largest(column: Column, counts: Counts) -> list[FacetValue]:
    """The most frequent values; codes ascend with the values, so a stable order breaks ties."""
    present = np.flatnonzero(counts)
    if len(present) > VALUES_MAX:
        least = np.partition(counts, -VALUES_MAX)[-VALUES_MAX]
        present = np.flatnonzero(counts >= least)
    by_count = present[np.argsort(-counts[present], kind="stable")][:VALUES_MAX]
    return [FacetValue(column.values[code], int(counts[code])) for code in by_count.tolist()]
