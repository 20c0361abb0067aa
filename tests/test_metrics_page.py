"""docs/metrics.md against the contract: no field of any row without formula, unit and source."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.products import EXTRA_FIELDS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "metrics.md").read_text("utf-8")
LINES = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


def field_names(kind: Any) -> Iterator[str]:
    """The names of every field of an answer type, those of the objects in it included."""
    for inner in typing.get_args(kind):
        yield from field_names(inner)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            yield field.encode_name
            yield from field_names(field.type)


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda e: e.operation_id)
def test_every_field_of_an_answer_is_explained(endpoint: Endpoint) -> None:
    names = set(field_names(endpoint.answer))
    assert names
    assert names <= {name for name, *_ in LINES}


def test_growth_rates_are_explained() -> None:
    assert {field.name for field in EXTRA_FIELDS} <= {name for name, *_ in LINES}


def test_every_line_has_a_formula_a_unit_and_a_source() -> None:
    assert all(cell.strip() for line in LINES for cell in line)
    assert len(LINES) == PAGE.count("\n| `")
