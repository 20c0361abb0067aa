"""Which profile a file fits, and so how its rows are read."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from shopscope.ingest import insights, pages
from shopscope.ingest.batch import Bad, Tabular
from shopscope.ingest.csvfile import CsvFile
from shopscope.ingest.files import InputFile
from shopscope.ingest.jsonfile import Documents, decode
from shopscope.ingest.library import INSIGHTS, profiles
from shopscope.ingest.numbers import Reject
from shopscope.ingest.parquetfile import ParquetFile
from shopscope.ingest.profile import Profile, nearest
from shopscope.ingest.readings import (
    DocumentReading,
    PageReading,
    Reading,
    TableReading,
    at_path,
    rows_in,
)
from shopscope.ingest.request import Request

SAMPLE = 100
"""Documents, and rows of each, that are looked at to recognize a file."""

NEAR = 1 / 3
"""Part of its columns that a profile must find, to be named as the nearest."""

_IGNORED = frozenset({"month"})
"""Columns of the lake that are made from others, and may stand in a file."""


def recognize(file: InputFile, request: Request) -> Reading:
    """How a file is read: as the user said, else by its content.

    Raises:
        BadInput: the file can't be read, fits no profile or several, or lacks columns of the
            profile that was asked for.
    """
    form = file.format()
    if form in ("json", "jsonl"):
        return _of_documents(Documents(file, form == "jsonl"), request)
    table: Tabular = ParquetFile(file) if form == "parquet" else CsvFile(file)
    profile = request.profile
    if profile is None:
        profile = choose(file, [p for p in profiles().values() if not p.paths], table.columns)
    if profile.paths:
        raise file.error(
            f"the profile {profile.name!r} reads {', '.join(profile.paths)} of a JSON document, "
            "and this file is a table"
        )
    _need_columns(file, profile, table.columns)
    return TableReading(file, table, profile, request)


def choose(file: InputFile, known: Iterable[Profile], columns: Iterable[str]) -> Profile:
    """The profile that a set of columns fits: of several, the one that asks for most of them.

    Raises:
        BadInput: none fits, or two ask for equally many.
    """
    known, columns = list(known), set(columns)
    fitting = [profile for profile in known if fits(profile, columns)]
    if not fitting:
        raise file.error(_unknown(known, columns))
    most = max(len(profile.required) for profile in fitting)
    best = [profile.name for profile in fitting if len(profile.required) == most]
    if len(best) > 1:
        raise file.error(f"fits {' and '.join(best)}; say which with --profile")
    return next(profile for profile in fitting if profile.name == best[0])


def fits(profile: Profile, columns: set[str]) -> bool:
    """Whether a file with these columns has all that the profile needs."""
    if profile.missing_from(columns):
        return False
    return not profile.exact or columns - _IGNORED <= set(profile.inputs)


def _of_documents(documents: Documents, request: Request) -> Reading:
    sample = [
        document.text for document in islice(documents, SAMPLE) if not isinstance(document, Bad)
    ]
    asked = request.profile
    if asked is None or asked.name in pages.SHAPES:
        shapes = pages.SHAPES if asked is None else (asked.name,)
        found = [
            shape for shape in shapes if any(pages.find(d, shapes).rows.get(shape) for d in sample)
        ]
        if found:
            return PageReading(documents, request, shapes, found)
    if asked.name == INSIGHTS if asked else any(insights.find(text) for text in sample):
        return insights.InsightReading(documents, request)
    ours = asked is None or asked.name in pages.SHAPES
    if ours and (errors := [error for d in sample for error in pages.find(d).errors]):
        raise documents.file.error(f"no rows in it; {errors[0]}")
    values = _values(documents, sample)
    if asked is not None:
        _need_rows(documents.file, asked, values)
        return DocumentReading(documents, asked, request)
    fitting = [profile for profile in profiles().values() if _fits_documents(profile, values)]
    if not fitting:
        raise documents.file.error(_nothing_known(values))
    return DocumentReading(
        documents, choose(documents.file, fitting, _keys(fitting[0], values)), request
    )


def _values(documents: Documents, sample: list[msgspec.Raw]) -> list[Any]:
    """The decoded documents; a line that can't be decoded is told of when it is read."""
    values = []
    for text in sample:
        try:
            values.append(decode(text))
        except Reject as reject:
            if not documents.by_line:
                raise documents.file.error(f"the document {reject}") from None
    return values


def _fits_documents(profile: Profile, values: list[Any]) -> bool:
    there = all(at_path(value, path) is not None for value in values for path in profile.paths)
    return bool(values) and there and fits(profile, _keys(profile, values))


def _keys(profile: Profile, values: list[Any]) -> set[str]:
    """The keys of the first rows of documents."""
    keys: set[str] = set()
    for value in values:
        for row in (rows_in(value, profile) or [])[:SAMPLE]:
            keys |= row.keys() if isinstance(row, dict) else set()
    return keys


def _need_rows(file: InputFile, profile: Profile, values: list[Any]) -> None:
    absent = [
        path for path in profile.paths if all(at_path(value, path) is None for value in values)
    ]
    if absent:
        raise file.error(
            f"the document has no {', '.join(absent)}, which the profile {profile.name!r} reads; "
            f"at its top are {_tops(values)}"
        )
    _need_columns(file, profile, _keys(profile, values))


def _need_columns(file: InputFile, profile: Profile, columns: Iterable[str]) -> None:
    there = list(columns)
    lacking = profile.missing_from(there)
    if lacking:
        raise file.error(
            f"the profile {profile.name!r} needs {_listed(lacking)}; "
            f"the file has {', '.join(there) or 'no columns'}.{nearest(lacking[0], there)}"
        )


def _listed(names: list[str]) -> str:
    noun = "the column" if len(names) == 1 else "the columns"
    return f"{noun} {', '.join(map(repr, names))}"


def _unknown(known: list[Profile], columns: set[str]) -> str:
    """What to say of columns that fit nothing: the nearest profile and what it lacks."""
    if not columns:
        return "no columns"

    def nearness(profile: Profile) -> float:
        there = len(profile.required) - len(profile.missing_from(columns))
        known_part = len(columns & set(profile.inputs)) / len(columns) if profile.exact else 1
        return there / max(len(profile.required), 1) * known_part

    best = max(known, key=nearness)
    lacking = best.missing_from(columns)
    advice = "Write a profile for it (docs/profiles.md) and give it with --profile-file"
    if nearness(best) < NEAR:
        return f"the columns fit no known profile: {', '.join(sorted(columns))}. {advice}"
    if not lacking:
        more = sorted(columns - _IGNORED - set(best.inputs))
        return f"nearest is {best.name!r}, which has no {', '.join(map(repr, more))}. {advice}"
    return (
        f"the columns fit no known profile. Nearest is {best.name!r}, and the file lacks "
        f"{_listed(lacking)}.{nearest(lacking[0], columns)} {advice}"
    )


def _nothing_known(values: list[Any]) -> str:
    if not values:
        return "no JSON value in it"
    if all(isinstance(value, dict) and value.get("data") == [] for value in values):
        return "no rows in it; the answer is empty"
    return (
        f"no rows of a known shape in it; at its top are {_tops(values)}. Write a profile for it "
        "(docs/profiles.md) and give it with --profile-file"
    )


def _tops(values: list[Any]) -> str:
    for value in values:
        if isinstance(value, dict):
            return ", ".join(list(value)[:12]) or "no keys"
    return f"a {type(values[0]).__name__}" if values else "nothing"
