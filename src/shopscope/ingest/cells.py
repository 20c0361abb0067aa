"""A column of cells becomes a column of the lake: fast where text is clean, once per distinct
value where it is not.
"""

import functools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopscope.ingest.numbers import Reject
from shopscope.ingest.parse import Form, parser, text
from shopscope.lake import schema as lake

Codes = npt.NDArray[np.int32]

_CLEAN = {
    "count": r"^[0-9]{1,18}$",
    "product_id": r"^[0-9]{1,19}$",
    "money": r"^[0-9]{1,15}(\.[0-9]{1,9})?$",
    "number": r"^[0-9]{1,15}(\.[0-9]{1,9})?$",
}
"""Text that an Arrow cast reads exactly as the parser of its kind would, where . is the point."""

MEMORY = 100_000
"""Texts a reader remembers; prices and rounded counts come again and again."""

_CLEAN_COMMA = r"^[0-9]{1,15}$"


class Column:
    """Cells of one input column: an Arrow array, or Python values where their types differ."""

    def __init__(self, array: pa.Array | None, values: Sequence[object] = ()) -> None:
        self.array = array
        self._values = values

    @classmethod
    def of(cls, values: Sequence[object]) -> "Column":
        """A column of values as a JSON decoder gives them."""
        kinds = {type(value) for value in values} - {type(None)}
        for kind, arrow in ((str, pa.string()), (int, pa.int64()), (float, pa.float64())):
            if kinds <= {kind}:
                try:
                    return cls(pa.array(values, arrow))
                except (pa.ArrowException, OverflowError):
                    break
        return cls(None, values)

    @classmethod
    def constant(cls, value: object, length: int) -> "Column":
        """The same cell in every row."""
        return cls(None, [value] * length)

    def __len__(self) -> int:
        return len(self._values) if self.array is None else len(self.array)

    def at(self, row: int) -> object:
        """The cell of one row, as it came."""
        return self._values[row] if self.array is None else self.array[row].as_py()

    def distinct(self) -> tuple[list[object], Codes]:
        """The distinct cells, and per row which of them it is; -1 where there is none."""
        if self.array is not None:
            return distinct(self.array)
        known: dict[object, int] = {}
        values: list[object] = []
        codes = np.empty(len(self._values), np.int32)
        for row, value in enumerate(self._values):
            if value is None:
                codes[row] = -1
                continue
            # 1, 1.0 and True are equal in Python, and lists can't be keys.
            key = (type(value), text(value) if isinstance(value, (list, dict)) else value)
            code = known.setdefault(key, len(values))
            if code == len(values):
                values.append(value)
            codes[row] = code
        return values, codes


class Parsed(msgspec.Struct, frozen=True):
    """A column of the lake. `faults` says per row which of `reasons` speaks against its cell.

    `faults` is None where nothing does. `named` holds what currency each amount came with.
    """

    values: pa.Array
    faults: Codes | None = None
    reasons: tuple[str, ...] = ()
    named: pa.Array | None = None


def distinct(array: pa.Array) -> tuple[list[object], Codes]:
    """The distinct values of an array, and per row which of them it is; -1 for null."""
    if not pa.types.is_dictionary(array.type):
        try:
            array = array.dictionary_encode()
        except pa.ArrowNotImplementedError:  # lists and structs of a Parquet file
            return Column(None, array.to_pylist()).distinct()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return array.dictionary.to_pylist(), codes.astype(np.int32)


class CellReader:
    """Reads columns of cells as one kind of lake column; remembers the texts it has parsed."""

    def __init__(self, column: lake.Column, form: Form, missing: frozenset[str]) -> None:
        self._kind = column.kind
        self._type = column.type
        self._form = form
        self._missing = missing
        self._parse = parser(column.kind, form)
        self._parse_text = functools.lru_cache(MEMORY)(self._parse)

    def read(self, column: Column) -> Parsed:
        """Every cell parsed; null where the cell is empty or says that there is nothing."""
        array = column.array
        if array is None:
            return self._each(*column.distinct())
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            return self._text(self._present(array.cast(pa.string())))
        direct = None if self._form.map else self._direct(array)
        if direct is not None:
            return self._unnamed(direct)
        return self._each(*distinct(array))

    def _present(self, array: pa.Array) -> pa.Array:
        """Trimmed text, null where it says that there is nothing."""
        array = pc.utf8_trim_whitespace(array)
        markers = pa.array(sorted(self._missing | {""}), pa.string())
        absent = pc.is_in(array, value_set=markers)
        if not pc.any(absent).as_py():
            return array
        return pc.if_else(absent, pa.scalar(None, pa.string()), array)

    def _text(self, array: pa.Array) -> Parsed:
        """Clean cells through one cast, the others through the parser."""
        if self._form.map is not None or self._form.type:
            return self._each(*distinct(array))
        if self._kind == "text":
            return Parsed(array)
        pattern = self._clean()
        if pattern is None:
            return self._each(*distinct(array))
        clean = pc.fill_null(pc.match_substring_regex(array, pattern), True)
        if not pc.any(clean).as_py():
            return self._each(*distinct(array))
        nothing = pa.scalar(None, pa.string())
        whole = pc.all(clean).as_py()
        try:
            cast = (array if whole else pc.if_else(clean, array, nothing)).cast(self._type)
        except pa.ArrowInvalid:  # an id beyond 64 bits
            return self._each(*distinct(array))
        if whole:
            return self._unnamed(cast)
        rest = self._each(*distinct(pc.if_else(clean, nothing, array)))
        return msgspec.structs.replace(rest, values=pc.coalesce(cast, rest.values))

    def _clean(self) -> str | None:
        if self._kind in ("money", "number") and self._form.numbers.decimal_mark == ",":
            return _CLEAN_COMMA
        return _CLEAN.get(self._kind)

    def _direct(self, array: pa.Array) -> pa.Array | None:
        """Typed numbers that are valid as they are, cast; None: they must be looked at."""
        if pa.types.is_integer(array.type):
            fits = self._kind in ("count", "product_id", "money", "number")
        else:
            fits = pa.types.is_floating(array.type) and self._kind in ("count", "money", "number")
        if not fits or array.null_count == len(array):
            return None
        low, high = (pc.min_max(array)[side].as_py() for side in ("min", "max"))
        if low < 0:
            return None
        if pa.types.is_floating(array.type):
            exact = self._kind != "count" or high < 2**53
            if not (exact and pc.all(pc.is_finite(array)).as_py()):
                return None
        try:
            return array.cast(self._type)
        except pa.ArrowInvalid:
            return None

    def _unnamed(self, array: pa.Array) -> Parsed:
        named = pa.nulls(len(array), pa.string()) if self._kind == "money" else None
        return Parsed(array, named=named)

    def _each(self, values: list[object], codes: Codes) -> Parsed:
        """Parse each distinct value once and spread the results over the rows."""
        parsed, faults, reasons = self._tried(values)
        rows = pa.array(codes, mask=codes < 0)
        named = None
        if self._kind == "money":
            names = [None if pair is None else pair[1] for pair in parsed]
            parsed = [None if pair is None else pair[0] for pair in parsed]
            named = pa.array(names, pa.string()).take(rows)
        taken = pa.array(parsed, self._type).take(rows)
        return Parsed(taken, faults[codes] if reasons else None, tuple(reasons), named)

    def _tried(self, values: list[object]) -> tuple[list[Any], Codes, dict[str, int]]:
        """The value of each cell, which reason speaks against it, and the reasons."""
        parsed: list[Any] = []
        faults = np.full(len(values) + 1, -1, np.int32)  # the last one is that of missing cells
        reasons: dict[str, int] = {}
        for index, value in enumerate(values):
            result = None
            if not _is_missing(value, self._missing):
                parse = self._parse_text if isinstance(value, str) else self._parse
                try:
                    result = parse(value)
                except Reject as reject:
                    faults[index] = reasons.setdefault(str(reject), len(reasons))
            parsed.append(result)
        return parsed, faults, reasons


def _is_missing(value: object, missing: frozenset[str]) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        value = value.strip()
        return not value or value in missing
    return isinstance(value, float) and value != value and "nan" in missing
