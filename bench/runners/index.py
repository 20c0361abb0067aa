"""The search index alone, from the mapped snapshot."""

from bench.runners.runner import Answer, Source
from shopscope.contract.products import ProductListRequest
from shopscope.products.index import ProductIndex
from shopscope.products.selection import CACHE_BYTES, SelectionCache
from shopscope.snapshot.reader import Snapshot


class Index:
    """The index as a server has it, or without keeping selections: as if each were the first."""

    def __init__(self, source: Source, cache_bytes: int = 0) -> None:
        snapshot = Snapshot.open(source.snapshot)
        cache = SelectionCache(cache_bytes)
        self._regions = snapshot.regions
        self._indexes = {name: ProductIndex(data, cache) for name, data in self._regions.items()}

    def answer(self, request: ProductListRequest) -> Answer:
        """The ids of the page in order, and the total."""
        hits = self._indexes[request.region].search(request)
        return self._regions[request.region].product_ids[hits.rows].tolist(), hits.total

    def close(self) -> None:
        """Nothing to stop."""


def keeping(source: Source) -> Index:
    """The index with the room for selections that a server gives it."""
    return Index(source, CACHE_BYTES)
