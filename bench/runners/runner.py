"""What an engine has to do, and what it is given."""

from pathlib import Path
from typing import NamedTuple, Protocol

from shopscope.contract.products import ProductListRequest

Answer = tuple[list[int], int]
"""The ids of the page in order, and the number of products on all pages."""


class Source(NamedTuple):
    """The products, and room for an engine's own files."""

    snapshot: Path
    parquet: Path
    """A file a region; see `bench.build`."""
    folder: Path


class Unavailable(Exception):
    """The engine can't run here, and why."""


class Runner(Protocol):
    """An engine with the products loaded."""

    def answer(self, request: ProductListRequest) -> Answer:
        """What it finds."""

    def close(self) -> None:
        """Stop what was started."""
