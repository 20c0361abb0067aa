"""Which rows an export has, and in which order."""

import numpy as np

from shopscope.contract.exports import ProductExportRequest
from shopscope.contract.products import ProductFilters, ProductListRequest
from shopscope.products.ordering import Rows
from shopscope.products.read import indexes
from shopscope.snapshot.reader import Snapshot


def rows_in_order(snapshot: Snapshot, request: ProductExportRequest) -> Rows:
    """The row numbers of an export, of which there are four bytes a product; none where the region
    has no data.

    Raises:
        ServedElsewhere: it has, on another server.
    """
    region = snapshot.region(request.region)
    if region is None:
        return np.empty(0, dtype=np.uint32)
    index = snapshot.keep(indexes)[request.region]
    most = region.size if request.limit is None else min(request.limit, region.size)
    if request.sort_field is not None:
        filters = {name: getattr(request, name) for name in ProductFilters.__struct_fields__}
        page = ProductListRequest(
            **filters,
            page_num=1,
            page_size=max(most, 1),
            sort_field=request.sort_field,
            descending=request.descending,
        )
        return index.search(page).rows
    selection = index.select(request)
    if selection is None:
        return np.arange(most, dtype=np.uint32)
    return np.sort(selection.numbers())[:most]
