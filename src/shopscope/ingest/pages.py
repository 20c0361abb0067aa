"""Saved answers: rows of the API's own endpoints, found anywhere in a document by their keys.

One page or many, an envelope, a list of envelopes, or bare rows: a list belongs to the shape that
its first object has. The bytes of the rows are kept as they came.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from shopscope.ingest.batch import Bad
from shopscope.ingest.jsonfile import decode
from shopscope.ingest.library import CATEGORIES, PARTNER, PRODUCTS
from shopscope.ingest.numbers import Reject
from shopscope.ingest.parse import text

_SHAPES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # the keys a row must have, and those of which it must have one
    PRODUCTS: (frozenset({"product_id", "product_name", "total_sale_cnt"}), frozenset()),
    CATEGORIES: (frozenset({"category_id", "category_name", "parent_id"}), frozenset()),
    PARTNER: (frozenset({"id", "parent_id", "is_leaf"}), frozenset({"local_name", "name"})),
}
SHAPES = tuple(_SHAPES)
"""Names of the shapes, which are also names of profiles."""

_SUCCESS = (0, 200)
_ROOT = "0"

_as_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_as_list = msgspec.json.Decoder(list[msgspec.Raw])


class Answers(msgspec.Struct):
    """What is in a document: rows per shape, and what is wrong with answers that have none.

    `envelopes` counts the answers that are no errors, also those without rows.
    """

    rows: dict[str, list[msgspec.Raw]]
    errors: list[str]
    envelopes: int = 0


def find(document: msgspec.Raw, shapes: Iterable[str] = SHAPES) -> Answers:
    """The rows of these shapes in a document, in order."""
    answers = Answers({}, [])
    try:
        _walk(document, tuple(shapes), answers)
    except Reject as reject:
        answers.errors.append(f"the document {reject}")
    except RecursionError:
        answers.errors.append("the document is nested too deeply")
    return answers


def _walk(raw: msgspec.Raw, shapes: tuple[str, ...], answers: Answers) -> None:
    first = _first(raw)
    if first == b"{":
        fields = _as_object.decode(raw)
        shape = _shape(fields.keys(), shapes)
        if shape is not None:
            answers.rows.setdefault(shape, []).append(raw)
            return
        if "code" in fields and "data" in fields:
            if error := _error(fields):
                answers.errors.append(error)
                return
            answers.envelopes += 1
        for value in fields.values():
            _walk(value, shapes, answers)
    elif first == b"[":
        items = _as_list.decode(raw)
        sample = next((item for item in items if _first(item) == b"{"), None)
        shape = None if sample is None else _shape(_as_object.decode(sample).keys(), shapes)
        if shape is not None:
            answers.rows.setdefault(shape, []).extend(items)
            return
        for item in items:
            _walk(item, shapes, answers)


def _first(raw: msgspec.Raw) -> bytes:
    return bytes(memoryview(raw)[:1])


def _shape(keys: Iterable[str], shapes: tuple[str, ...]) -> str | None:
    there = frozenset(keys)
    for shape in shapes:
        needed, one_of = _SHAPES[shape]
        if needed <= there and (not one_of or one_of & there):
            return shape
    return None


def _error(fields: dict[str, msgspec.Raw]) -> str | None:
    """What an answer says that is an error; None: it is none."""
    code = decode(fields["code"])
    if code in _SUCCESS or not isinstance(code, int):
        return None
    said = decode(fields.get("message", msgspec.Raw(b'""')))
    return f"the answer is an error: {code} {said}".rstrip()


def objects(
    rows: Iterable[msgspec.Raw], lines: Iterable[int]
) -> tuple[list[dict[str, Any]], list[int], list[Bad]]:
    """Decoded rows with their lines; what is no object comes as Bad."""
    taken: list[dict[str, Any]] = []
    at: list[int] = []
    bad: list[Bad] = []
    for row, line in zip(rows, lines, strict=True):
        try:
            value = decode(row)
        except Reject as reject:
            bad.append(Bad(line, "", bytes(row).decode(), f"the row {reject}"))
            continue
        if isinstance(value, dict):
            taken.append(value)
            at.append(line)
        else:
            bad.append(Bad(line, "", text(value), "the row is not a JSON object"))
    return taken, at, bad


def with_levels(
    rows: list[dict[str, Any]], lines: list[int]
) -> tuple[list[dict[str, Any]], list[int], list[Bad]]:
    """Partner rows with `name` and `level`, which is counted along the parents.

    A row whose parents do not lead to the top comes as Bad.
    """
    parents = {text(row.get("id")): text(row.get("parent_id")) for row in rows}
    taken: list[dict[str, Any]] = []
    at: list[int] = []
    bad: list[Bad] = []
    for row, line in zip(rows, lines, strict=True):
        level = _level(text(row.get("id")), parents)
        if isinstance(level, str):
            bad.append(Bad(line, "parent_id", text(row.get("parent_id")), level))
            continue
        name = row.get("local_name") or row.get("name")
        taken.append({**row, "name": name, "level": level})
        at.append(line)
    return taken, at, bad


def _level(category: str, parents: dict[str, str]) -> int | str:
    """The level of a category, 1 at the top; else why there is none."""
    seen = {category}
    while (parent := parents[category]) != _ROOT:
        if parent not in parents:
            return "is no category of the file, so the level is unknown"
        if parent in seen:
            return "leads back to the category itself"
        seen.add(parent)
        category = parent
    return len(seen)
