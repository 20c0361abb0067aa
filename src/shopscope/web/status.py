"""The data behind the answers: the snapshot that is served, those kept, what does not add up in it,
and, for admins, the loads it was made from and the rows they rejected."""

import asyncio
import datetime

import msgspec
from msgspec import structs
from starlette.responses import Response

from shopscope.errors import SnapshotError
from shopscope.snapshot.fetch import RemoteState, read_state
from shopscope.snapshot.publish import SnapshotInfo, SnapshotStore
from shopscope.snapshot.reader import Snapshot
from shopscope.snapshot.report import Finding, LoadInfo, loads_of, read_findings
from shopscope.web import admins, rejects
from shopscope.web.admins import Tab
from shopscope.web.calls import Call
from shopscope.web.findings import told
from shopscope.web.language import N_
from shopscope.web.page import Visit, render
from shopscope.web.rejects import RejectsFile

KINDS: dict[str, str] = {
    "correction": N_("Counters that go back"),
    "growth": N_("Growth that differs from what is reported"),
    "gap": N_("Days without a fact"),
    "windows": N_("Windows out of order"),
    "channels": N_("Channels above the whole"),
    "category": N_("No category"),
    "category_name": N_("Unknown category"),
    "name": N_("No name"),
    "rate": N_("No exchange rate"),
}
"""What the kinds of findings are called."""

FINDINGS_MAX = 200


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """One market of the snapshot: `computed` and `delivered` rows, where that is told."""

    region: str
    as_of: datetime.date
    products: int
    computed: int | None
    delivered: int | None
    path: str


class Kind(msgspec.Struct, frozen=True):
    """Findings of one kind, the largest first; `count` is of all of them."""

    kind: str
    label: str
    count: int
    findings: list[Finding]


class StatusPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is served; `loads` and `rejects` None: the visitor is no admin.

    `remote` None: that, or snapshots are made here and not fetched.
    """

    tabs: list[Tab]
    snapshot_id: str
    created_at: datetime.datetime
    products: int
    markets: list[Market]
    snapshots: list[SnapshotInfo]
    kinds: list[Kind]
    findings: int
    more: int
    report_missing: bool
    remote: RemoteState | None
    loads: list[LoadInfo] | None = None
    rejects: list[RejectsFile] | None = None


class _Made(msgspec.Struct):
    """What a manifest tells of the making of a market."""

    computed: int
    delivered: int


async def status(visit: Visit) -> Response:
    """The state of the data."""
    snapshot = visit.snapshot
    await visit.enter(visit.endpoint("get_account"))
    is_admin = await admins.is_admin(visit)
    tabs = await admins.tabs(visit)
    page = await asyncio.to_thread(_page, visit, snapshot, tabs, is_admin)
    return render(visit, "status.html", page)


def _page(visit: Visit, snapshot: Snapshot, tabs: list[Tab], is_admin: bool) -> StatusPage:
    settings = visit.site.settings
    store = SnapshotStore(settings.snapshots_dir)
    findings = _findings(store, snapshot)
    shown = sorted(findings or [], key=lambda one: -one.count)[:FINDINGS_MAX]
    markets = _markets(visit, snapshot)
    return StatusPage(
        tabs=tabs,
        snapshot_id=snapshot.id,
        created_at=snapshot.manifest.created_at,
        products=sum(market.products for market in markets),
        markets=markets,
        snapshots=_kept(store),
        kinds=_by_kind(
            [structs.replace(one, what=told(one.what, visit.language)) for one in shown]
        ),
        findings=len(findings or []),
        more=max(len(findings or []) - len(shown), 0),
        report_missing=findings is None,
        remote=read_state(settings.snapshots_dir, settings.snapshots_url) if is_admin else None,
        loads=loads_of(snapshot.manifest) if is_admin else None,
        rejects=rejects.read_rejects(settings.rejects_dir) if is_admin else None,
    )


def _markets(visit: Visit, snapshot: Snapshot) -> list[Market]:
    """The markets that are served, each with the call that counts its products."""
    endpoint = visit.endpoint("list_products")
    made = msgspec.convert(snapshot.manifest.source.get("regions", {}), dict[str, _Made])
    markets = []
    for region, data in sorted(snapshot.regions.items()):
        known = made.get(region)
        query = {"region": region, "page_num": "1", "page_size": "1"}
        markets.append(
            Market(
                region=region,
                as_of=data.as_of,
                products=data.size,
                computed=None if known is None else known.computed,
                delivered=None if known is None else known.delivered,
                path=Call(endpoint=endpoint, query=query).paths()[0],
            )
        )
    return markets


def _kept(store: SnapshotStore) -> list[SnapshotInfo]:
    """The snapshots that are there, newest first; none: the folder can't be read."""
    try:
        return store.list()
    except (SnapshotError, OSError):
        return []


def _findings(store: SnapshotStore, snapshot: Snapshot) -> list[Finding] | None:
    """The quality report about the markets that are served; None: it can't be read.

    The files of the snapshot may be gone by now, while it is served on.
    """
    try:
        found = read_findings(store.root / snapshot.id)
    except SnapshotError:
        return None
    return [finding for finding in found if finding.region in snapshot.regions]


def _by_kind(findings: list[Finding]) -> list[Kind]:
    kinds = []
    for kind in dict.fromkeys(finding.kind for finding in findings):
        of_kind = [finding for finding in findings if finding.kind == kind]
        count = sum(finding.count for finding in of_kind)
        kinds.append(Kind(kind, KINDS.get(kind, kind), count, of_kind))
    return sorted(kinds, key=lambda one: -one.count)
