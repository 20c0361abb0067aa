"""Coded columns straight from values, without a snapshot on disk."""

from typing import Any

import pyarrow as pa

from shopscope.snapshot.coding import encode
from shopscope.snapshot.cuts import cut
from shopscope.snapshot.reader import Column


def column_of(values: list[Any]) -> Column:
    """The column of these values (integers, floats or texts) as a reader has it."""
    coded = encode(pa.array(values))
    return Column(
        "column",
        coded.codes,
        coded.order,
        coded.starts,
        coded.starts.data,
        coded.values.to_pylist(),
        cut(coded.codes, coded.starts),
    )
