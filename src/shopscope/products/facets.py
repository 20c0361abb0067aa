"""Facets: counts over the whole selection, from the codes of its columns.

A column's codes are small numbers, so counting them is one pass without a look at the values;
over a whole region the counts are the lengths of the runs, which are known.
"""

from bisect import bisect_left
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from shopscope.products.ordering import Rows
from shopscope.products.read import indexes
from shopscope.snapshot.reader import Column, Snapshot

_Counts = NDArray[np.int64]


class Facets(NamedTuple):
    """The counts, and the day they are as of."""

    facets: ProductFacets
    as_of: date | None
    """None: the region has no data."""


def count_facets(snapshot: Snapshot, request: ProductFilters) -> Facets:
    """The facets of a selection; in a region without data nothing is counted."""
    region = snapshot.regions.get(request.region)
    if region is None:
        return Facets(NOTHING, None)
    selection = snapshot.keep(indexes)[request.region].select(request)
    rows = None if selection is None else selection.numbers()
    found: dict[str, Any] = {"total": region.size if rows is None else len(rows)}
    for name in VALUE_FACETS:
        column = region.columns[name]
        found[name] = _largest(column, _counts(column, rows))
    for facet, (name, edges) in BAND_FACETS.items():
        column = region.columns[name]
        found[facet] = bands(facet, _between(column, _counts(column, rows), edges))
    return Facets(ProductFacets(**found), region.as_of)


def _counts(column: Column, rows: Rows | None) -> _Counts:
    """How many of the rows (None: of all) have each code."""
    if rows is None:
        return np.diff(column.starts).astype(np.int64)
    counts: _Counts = np.bincount(column.codes.take(rows), minlength=len(column.starts) - 1)
    return counts


def _largest(column: Column, counts: _Counts) -> list[FacetValue]:
    """The most frequent values; codes ascend with the values, so a stable order breaks ties."""
    present = np.flatnonzero(counts)
    if len(present) > VALUES_MAX:
        least = np.partition(counts, -VALUES_MAX)[-VALUES_MAX]
        present = np.flatnonzero(counts >= least)
    by_count = present[np.argsort(-counts[present], kind="stable")][:VALUES_MAX]
    return [FacetValue(column.values[code], int(counts[code])) for code in by_count.tolist()]


def _between(column: Column, counts: _Counts, edges: tuple[float, ...]) -> list[int]:
    """How many values are in each band that begins at an edge and ends before the next."""
    places = [*(bisect_left(column.values, edge) for edge in edges), len(counts)]
    below = np.concatenate(([0], np.cumsum(counts)))[places]
    found: list[int] = np.diff(below).tolist()
    return found
