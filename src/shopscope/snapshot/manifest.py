"""What a snapshot folder holds, written down beside it: ids, counts, sizes, checksums."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from shopscope.errors import SnapshotError

FORMAT = 4
"""Raised whenever older code could not read the files."""

MANIFEST = "manifest.json"
CATEGORIES = "categories.arrow"
TITLES = "titles.arrow"
QUALITY = "quality.json"
ID_PATTERN = r"[0-9]{8}-[0-9a-f]{12}"


class RegionInfo(msgspec.Struct, frozen=True):
    """One region: the day its windows end with, and its number of products."""

    as_of: date
    products: int


class FileInfo(msgspec.Struct, frozen=True):
    """One file: size and SHA-256 of its bytes."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The contents of `manifest.json`; `source` says what the snapshot was made from.

    A copy with some regions has the id of the whole, and in `files` those that are there; `only`
    names its regions (None: it is whole).
    """

    id: str
    format: int
    created_at: datetime
    source: dict[str, Any]
    regions: dict[str, RegionInfo]
    files: dict[str, FileInfo]
    counts: dict[str, int]
    only: tuple[str, ...] | None = None


class _Version(msgspec.Struct):
    format: int


def region_folder(region: str) -> str:
    """Where a region's files are, relative to the snapshot."""
    return f"products/{region}"


def content_id(regions: dict[str, RegionInfo], files: dict[str, FileInfo]) -> str:
    """The id that these contents have: newest as-of day, and a hash over every file.

    Equal contents have equal ids, whenever and from whatever they were built.
    """
    newest = max((info.as_of for info in regions.values()), default=None)
    contents = [FORMAT, sorted(regions.items()), sorted(files.items())]
    digest = hashlib.sha256(msgspec.json.encode(contents)).hexdigest()
    day = "00000000" if newest is None else f"{newest:%Y%m%d}"
    return f"{day}-{digest[:12]}"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot folder.

    Raises:
        SnapshotError: it is missing, damaged or of another format.
    """
    path = folder / MANIFEST
    try:
        return parse_manifest(folder.name, path.read_bytes())
    except OSError as error:
        raise SnapshotError(
            f"Snapshot {folder.name} has no readable manifest ({error.strerror}): {path}"
        ) from None


def parse_manifest(snapshot_id: str, text: bytes) -> Manifest:
    """The manifest in a text; raises SnapshotError if it is damaged or of another format."""
    try:
        version = msgspec.json.decode(text, type=_Version).format
        if version != FORMAT:
            raise SnapshotError(
                f"Snapshot {snapshot_id} has format {version}, this program reads format {FORMAT}: "
                "build it again with `shopscope rollup`."
            )
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"Snapshot {snapshot_id} has a damaged manifest: {error}") from None


def check_sizes(folder: Path, manifest: Manifest, prefixes: tuple[str, ...] = ("",)) -> None:
    """Hold the files' sizes against the manifest, those whose path starts with a prefix.

    Raises:
        SnapshotError: a file is missing or has another size.
    """
    for name, info in manifest.files.items():
        if not name.startswith(prefixes):
            continue
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise SnapshotError(f"Snapshot {folder.name}: {name}: {error.strerror}") from None
        if size != info.bytes:
            raise SnapshotError(
                f"Snapshot {folder.name} is damaged: {name} has {size} bytes, not {info.bytes}."
            )


def file_info(path: Path) -> FileInfo:
    """Size and checksum of a file, read in full."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileInfo(file.tell(), digest.hexdigest())


def verify(folder: Path) -> list[str]:
    """What is wrong with a snapshot's files, each in a sentence; reads every byte.

    Raises:
        SnapshotError: the manifest itself is missing or damaged.
    """
    manifest = read_manifest(folder)
    problems = []
    for name, expected in manifest.files.items():
        try:
            found = file_info(folder / name)
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")
            continue
        if found.bytes != expected.bytes:
            problems.append(f"{name} has {found.bytes} bytes, not {expected.bytes}")
        elif found.sha256 != expected.sha256:
            problems.append(f"{name} has another checksum than when it was written")
    whole = manifest.only is None
    if whole and content_id(manifest.regions, manifest.files) != manifest.id:
        problems.append(f"{MANIFEST} does not belong to the id {manifest.id}")
    return problems
