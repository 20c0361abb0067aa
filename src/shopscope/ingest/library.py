"""The profiles that come with the package, and those made from the lake's own tables."""

import functools
import hashlib
import importlib.resources
from pathlib import Path

import msgspec

from shopscope.contract.products import FIELDS
from shopscope.errors import BadInput, NotFound
from shopscope.ingest.profile import VALIDITY, Cell, Profile, Target, nearest, read_profile
from shopscope.lake.schema import INSIGHT_ROW, LOADS, PRODUCT_ROW, TABLES, Table

PRODUCTS = "products"
CATEGORIES = "categories"
PARTNER = "partner-categories"
INSIGHTS = "insights"
"""Profiles for the rows that are found in saved answers."""

READY = {PRODUCTS: PRODUCT_ROW.name, INSIGHTS: INSIGHT_ROW.name}
"""The tables of the profiles whose rows are kept as they came."""

API_SOURCE = "echotik"
"""Source of rows that the API answered, ours or the hosted one."""

OWN_SOURCE = "own"
"""Source of rows in the lake's own columns that name none."""


@functools.cache
def profiles() -> dict[str, Profile]:
    """Every profile by name: the shipped ones, then one per table of the lake."""
    folder = importlib.resources.files("shopscope.ingest") / "profiles"
    shipped = [
        read_profile(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    own = [
        canonical(table)
        for table in TABLES.values()
        if table.name not in (LOADS.name, PRODUCT_ROW.name)
    ]
    rows = Profile(
        name=PRODUCTS,
        title="Product rows as the API answers them, kept byte for byte",
        source=API_SOURCE,
        targets=(),
        recognize=tuple(field.name for field in FIELDS),
    )
    insights = Profile(
        name=INSIGHTS,
        title="Insights as the API or Creative Center answers them, kept byte for byte (JSON)",
        source=API_SOURCE,
        targets=(),
        rows="data.list",
        recognize=("third_ecom_category", "post", "impression"),
    )
    return {profile.name: profile for profile in (*shipped, rows, insights, *own)}


def profile_named(name: str) -> Profile:
    """The profile called `name`.

    Raises:
        NotFound: there is none; the message names the nearest.
    """
    known = profiles()
    if name not in known:
        raise NotFound(
            f"No profile {name!r}, known are {', '.join(known)}.{nearest(name, known)} "
            "A file of your own is given with --profile-file."
        )
    return known[name]


def profile_in(path: Path) -> Profile:
    """The profile in a file of the user's.

    Raises:
        BadInput: the file can't be read, or is no profile.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(f"{path}: can't read the profile: {reason}") from None
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    return msgspec.structs.replace(read_profile(text, str(path)), version=version)


def canonical(table: Table) -> Profile:
    """The profile for a file whose columns carry the names of a table of the lake.

    The day of a table with history may stand in `valid_from` and `valid_to`, as the lake writes
    it, or is the day of the file; `source` may be absent.
    """
    cells = {
        column.name: Cell(column=column.name, optional=not column.required)
        for column in table.columns
        if column.name not in ("source", "month", *VALIDITY)
    }
    if "source" in table.schema.names:
        cells["source"] = Cell(column="source", optional=True, default=OWN_SOURCE)
    if table.merge == "versions":
        cells |= {name: Cell(column=name, optional=True) for name in VALIDITY}
    return Profile(
        name=table.name,
        title=f"{table.title} (a table of the lake, in its own columns)",
        source=OWN_SOURCE,
        targets=(Target(table, cells),),
        exact=True,
    )
