"""An open snapshot: its files mapped into memory, nothing copied, nothing read before it is used.

Any number of processes map the same pages. A snapshot never changes; an open one stays usable
after its folder is removed.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopscope.contract.errors import ServedElsewhere
from shopscope.errors import SnapshotError
from shopscope.snapshot.cuts import Cuts, read_cuts
from shopscope.snapshot.history import History, open_history
from shopscope.snapshot.insights import FOLDER as INSIGHTS
from shopscope.snapshot.insights import GROUPS, InsightData
from shopscope.snapshot.manifest import (
    CATEGORIES,
    TITLES,
    Manifest,
    check_sizes,
    read_manifest,
    region_folder,
)
from shopscope.snapshot.region import (
    COLUMNS,
    CUTS,
    GRAMS,
    NAME,
    ORDERS,
    PRODUCT_ID,
    ROWS,
    ROWS_PER_BATCH,
    VALUES,
)
from shopscope.snapshot.titles import TitleWords, read_titles

T = TypeVar("T")

_SHORT = 4_096
"""Distinct texts that are kept as Python's own: categories, not shops."""


class Column(NamedTuple):
    """One coded column (see `snapshot.coding`), mapped."""

    name: str
    codes: NDArray[Any]
    order: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    runs: memoryview
    """`starts` again: reading one number is faster from here."""
    values: Sequence[Any]
    """The distinct values, ascending."""
    cuts: Cuts | None = None
    """None: no request filters by it, nor is it one of the numbered orders."""

    def span(self, low: Any, high: Any) -> tuple[int, int]:
        """The codes from the first to behind the last of `low <= value <= high` (None: open)."""
        first = 0 if low is None else bisect_left(self.values, low)
        behind = len(self.values) if high is None else bisect_right(self.values, high)
        return first, behind


class _Texts(Sequence[str]):
    """Strings of an Arrow array, made when asked for."""

    def __init__(self, texts: pa.Array) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, place: Any) -> Any:
        return self._texts[place].as_py()


class RegionData:
    """The products of one region; a product's row number is its place in ascending id order."""

    def __init__(self, folder: Path, as_of: date, size: int) -> None:
        self.folder = folder
        self.as_of = as_of
        self.size = size
        columns = _only_batch(folder / COLUMNS)
        self.product_ids: NDArray[np.int64] = columns.column(PRODUCT_ID).to_numpy()
        self.names: pa.Array = columns.column(NAME)
        """Folded names (`snapshot.names.fold`) as large_string."""
        self._grams = _only_batch(folder / GRAMS).column(0)
        self.columns: dict[str, Column] = _columns(
            columns,
            _only_batch(folder / ORDERS),
            _only_batch(folder / VALUES),
            read_cuts(folder / CUTS),
        )
        self._rows = _row_buffers(folder / ROWS)
        self.history: History | None = open_history(folder)
        """None: no product has facts."""
        if columns.num_rows != size:
            raise SnapshotError(f"{folder}: {columns.num_rows} products, not {size}.")

    def row(self, number: int) -> bytes:
        """The JSON object of a product, as it goes over the wire."""
        offsets, data = self._rows[number // ROWS_PER_BATCH]
        place = number % ROWS_PER_BATCH
        return bytes(data[offsets[place] : offsets[place + 1]])

    def gram_bitmap(self, slot: int) -> NDArray[np.uint8]:
        """One of the bitmaps of `snapshot.names.bitmaps`."""
        return np.frombuffer(self._grams[slot].as_buffer(), dtype=np.uint8)


class Snapshot:
    """An open snapshot, or those of its regions that are served here."""

    def __init__(
        self,
        manifest: Manifest,
        categories: pa.Table,
        regions: Mapping[str, RegionData],
        insights: InsightData | None = None,
        titles: TitleWords | None = None,
    ) -> None:
        self.manifest = manifest
        self.categories = categories
        self.regions = regions
        self.insights = insights
        """None: there are none."""
        self.titles = titles
        """None: no product is in a leaf category."""
        self._kept: dict[Callable[[Snapshot], Any], Any] = {}
        self._keeping = threading.RLock()  # what is made may ask for more

    @property
    def id(self) -> str:
        """The id, made from the contents."""
        return self.manifest.id

    @classmethod
    def open(cls, path: Path, regions: Collection[str] = ()) -> "Snapshot":
        """Map the snapshot in a folder, with all its regions or those named.

        Files are held against their sizes in the manifest; `snapshot.manifest.verify` reads
        every byte.

        Raises:
            SnapshotError: a file is missing, damaged or of another format.
        """
        manifest = read_manifest(path)
        there = manifest.regions if manifest.only is None else manifest.only
        wanted = [region for region in there if not regions or region in regions]
        parts = (CATEGORIES, TITLES, f"{INSIGHTS}/", *(f"{region_folder(r)}/" for r in wanted))
        check_sizes(path, manifest, parts)
        try:
            with pa.memory_map(str(path / CATEGORIES)) as source:
                categories = pa.ipc.open_file(source).read_all()
            data = {
                region: RegionData(path / region_folder(region), info.as_of, info.products)
                for region, info in manifest.regions.items()
                if region in wanted
            }
            insights = InsightData(path) if GROUPS in manifest.files else None
            titles = read_titles(path / TITLES) if TITLES in manifest.files else None
        except (OSError, pa.ArrowException, KeyError, IndexError, ValueError) as error:
            raise SnapshotError(f"Snapshot {path.name} is damaged: {error}") from None
        return cls(manifest, categories, data, insights, titles)

    def region(self, name: str) -> RegionData | None:
        """The products of a region; None: there are none.

        Raises:
            ServedElsewhere: there are, but this server has other regions only.
        """
        data = self.regions.get(name)
        if data is None and name in self.manifest.regions:
            raise ServedElsewhere(name, sorted(self.regions))
        return data

    def keep(self, make: Callable[["Snapshot"], T]) -> T:
        """What `make` makes of this snapshot: made once, kept as long as the snapshot."""
        if make not in self._kept:
            with self._keeping:
                if make not in self._kept:
                    self._kept[make] = make(self)
        kept: T = self._kept[make]
        return kept


def _only_batch(path: Path) -> pa.RecordBatch:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).get_batch(0)


def _columns(
    codes: pa.RecordBatch,
    orders: pa.RecordBatch,
    values: pa.RecordBatch,
    cuts: Mapping[str, Cuts],
) -> dict[str, Column]:
    columns = {}
    for place, name in enumerate(values.column("name").to_pylist()):
        starts = values.column("starts")[place].values.to_numpy()
        columns[name] = Column(
            name,
            codes.column(name).to_numpy(),
            orders.column(name).to_numpy(),
            starts,
            memoryview(starts),
            _values(values, place),
            cuts.get(name),
        )
    return columns


def _values(lines: pa.RecordBatch, place: int) -> Sequence[Any]:
    for name in ("integers", "numbers"):
        numbers = lines.column(name)[place].values
        if len(numbers):
            return memoryview(numbers.to_numpy())
    texts = lines.column("texts")[place].values
    return texts.to_pylist() if len(texts) <= _SHORT else _Texts(texts)


def _row_buffers(path: Path) -> list[tuple[memoryview, memoryview]]:
    """Offsets and bytes of each batch of rows."""
    buffers = []
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            _, offsets, data = reader.get_batch(number).column(0).buffers()
            buffers.append((memoryview(offsets).cast("B").cast("q"), memoryview(data)))
    return buffers
