"""A region large enough for every plan, opened once, and the oracle over the same rows."""

from pathlib import Path

import pyarrow as pa
import pytest

from shopscope.contract.products import ProductListRequest
from shopscope.products.index import ProductIndex
from tests.products.oracle import Oracle
from tests.snapshot import rows


class Market:
    """The same products three times: as rows, as an index, as the oracle."""

    def __init__(self, table: pa.Table, folder: Path) -> None:
        self.rows = table
        self.snapshot = rows.opened(folder, rows.region_rows(table))
        self.data = self.snapshot.regions["US"]
        self.index = ProductIndex(self.data)
        self.oracle = Oracle(table)

    def ids(self, request: ProductListRequest) -> tuple[list[str], int]:
        """The ids of the page in order, and the total, as the index has them."""
        hits = self.index.search(request)
        return [str(self.data.product_ids[row]) for row in hits.rows.tolist()], hits.total

    def check(self, request: ProductListRequest) -> int:
        """Hold the index against the oracle; returns the total."""
        found, expected = self.ids(request), self.oracle.answer(request)
        assert found == expected, request
        return expected[1]


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return Market(rows.table(20_000), tmp_path_factory.mktemp("market"))
