"""Booking a request: one statement that decides and books rate and credits together.

The rate is GCRA (the generic cell rate algorithm of ATM's traffic management): a key's `tat` is
when its next request would be due at the full rate. A request moves it on by one interval, and is
refused if that puts it more than `burst` intervals ahead of now. So in any time t no more than
burst + rate x t requests pass.
"""

from contextlib import AbstractContextManager
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from shopscope.accounts.store.calls import Statement, calls
from shopscope.accounts.store.engine import Store
from shopscope.accounts.store.tables import keys, secrets

Refusal = Literal["key", "allowed", "rate", "credits"]


class Booked(msgspec.Struct, frozen=True):
    """A key after a request was booked; times in microseconds."""

    key_id: str
    credits_left: int | None
    interval_us: int
    burst: int
    tat: int
    now: int

    @property
    def ahead_us(self) -> int:
        """How far `tat` is ahead of now; when this is over, the whole burst is there again."""
        return max(self.tat - self.now, 0)

    @property
    def remaining(self) -> int:
        """How many requests would pass right now, where the key has a rate."""
        return max(self.burst - -(-self.ahead_us // self.interval_us), 0)


class KeyState(Booked, frozen=True):
    """A key as it is; nothing was booked."""

    live: bool
    allowed: bool

    @property
    def wait_us(self) -> int:
        """Until the rate lets a request pass; 0: it does now."""
        return max(self.ahead_us - (self.burst - 1) * self.interval_us, 0)

    def refusal(self, cost: int) -> Refusal | None:
        """Why a request of `cost` credits is not booked; None: it would be by now."""
        if not self.live:
            return "key"
        if not self.allowed:
            return "allowed"
        if self.interval_us and self.wait_us:
            return "rate"
        if self.credits_left is not None and self.credits_left < cost:
            return "credits"
        return None


class Extended(NamedTuple):
    """A key after more credits were booked; None: without limit."""

    credits_left: int | None


class BookingDesk:
    """Books requests. Safe in threads; made after a fork, not before.

    `remote`: a call may block for two seconds, so it is made in one of `engine.THREADS` threads
    and not on an event loop.
    """

    def __init__(self, store: Store) -> None:
        self.remote = store.remote
        self._store = store
        self._calls = calls(store)
        made = statements(remote=store.remote)
        self._book = self._calls.prepare(made.book)
        self._state = self._calls.prepare(made.state)
        self._extend = self._calls.prepare(made.extend)
        self._refund = self._calls.prepare(made.refund)

    def together(self) -> AbstractContextManager[None]:
        """On SQLite, one transaction around what is booked inside; raises StoreUnavailable."""
        return self._calls.together()

    def book(self, digest: bytes, names: tuple[str, str], cost: int, now: int) -> Booked | None:
        """Book a request, if its key is live, allowed, within its rate and can pay.

        Args:
            digest: of the key's text, by the server's secret.
            names: operation id and resource of the endpoint.
            cost: credits.
            now: microseconds since 1970; on PostgreSQL its clock counts instead, so that all
                nodes have the same.

        Returns:
            None if it is refused; `state` tells why.

        Raises:
            StoreUnavailable: the database failed; nothing was booked.
        """
        row = self._book(
            {"digest": digest, **_listed(names), "cost": cost, "now": now},
        )
        return None if row is None else Booked(*row)

    def state(self, digest: bytes, names: tuple[str, str], now: int) -> KeyState | None:
        """A key as it is now, None: there is none; arguments and errors as of `book`."""
        row = self._state({"digest": digest, **_listed(names), "now": now})
        if row is None:
            return None
        key_id, credits_left, interval_us, burst, tat, now, live, allowed = row
        return KeyState(
            key_id, credits_left, interval_us, burst, tat, now, bool(live), bool(allowed)
        )

    def extend(self, key_id: str, credits: int) -> Extended | None:
        """Book more credits for a request that is booked.

        Returns:
            None if the key has fewer left: nothing was booked.

        Raises:
            StoreUnavailable: the database failed; nothing was booked.
        """
        row = self._extend({"key_id": key_id, "cost": credits})
        return None if row is None else Extended(*row)

    def refund(self, key_id: str, credits: int) -> None:
        """Give credits back that were booked; raises StoreUnavailable."""
        self._refund({"key_id": key_id, "credits": credits})

    def close(self) -> None:
        """Close all connections."""
        self._calls.close()
        self._store.close()


def _listed(names: tuple[str, str]) -> dict[str, str]:
    """The names as they stand in `allowed`, which has a comma before and after each."""
    return {"operation": f",{names[0]},", "resource": f",{names[1]},"}


class Statements(NamedTuple):
    """What a desk runs; parameters as of its methods, `now` on SQLite only."""

    book: Statement
    state: Statement
    extend: Statement
    refund: Statement


def statements(*, remote: bool) -> Statements:
    """The statements for SQLite, or for PostgreSQL, which is `remote`."""
    now: sa.ColumnElement[int] = sa.bindparam("now", type_=sa.BigInteger)
    position = sa.func.instr
    if remote:
        micros = sa.func.extract("epoch", sa.func.clock_timestamp()) * 1_000_000
        now, position = sa.cast(micros, sa.BigInteger), sa.func.strpos
    digest = sa.bindparam("digest", type_=sa.LargeBinary)
    cost = sa.bindparam("cost", type_=sa.BigInteger)
    credits = sa.bindparam("credits", type_=sa.BigInteger)

    def listed(name: str) -> sa.ColumnElement[bool]:
        text = sa.literal(",") + keys.c.allowed + ","
        return position(text, sa.bindparam(name, type_=sa.Text)) > 0

    allowed = keys.c.allowed.is_(None) | listed("operation") | listed("resource")
    ahead = sa.case((keys.c.tat > now, keys.c.tat - now), else_=0)
    in_rate = (keys.c.interval_us == 0) | (ahead <= (keys.c.burst - 1) * keys.c.interval_us)
    paid = keys.c.credits_left.is_(None) | (keys.c.credits_left >= cost)
    fresh = secrets.c.expires.is_(None) | (secrets.c.expires > now)
    live = keys.c.revoked.is_(None) & (keys.c.expires.is_(None) | (keys.c.expires > now))
    row = (
        keys.c.id,
        keys.c.credits_left,
        keys.c.interval_us,
        keys.c.burst,
        keys.c.tat,
        now.label("now"),
    )
    opened = sa.select(secrets.c.key_id).where(secrets.c.digest == digest, fresh)
    return Statements(
        book=sa.update(keys)
        .values(
            tat=sa.case((keys.c.tat > now, keys.c.tat), else_=now) + keys.c.interval_us,
            credits_left=keys.c.credits_left - cost,
            credits_used=keys.c.credits_used + cost,
        )
        .where(keys.c.id == opened.scalar_subquery(), live, allowed, in_rate, paid)
        .returning(*row),
        state=sa.select(*row, (live & fresh).label("live"), allowed.label("allowed"))
        .join_from(secrets, keys)
        .where(secrets.c.digest == digest),
        extend=sa.update(keys)
        .values(credits_left=keys.c.credits_left - cost, credits_used=keys.c.credits_used + cost)
        .where(keys.c.id == sa.bindparam("key_id", type_=sa.Text), paid)
        .returning(keys.c.credits_left),
        refund=sa.update(keys)
        .values(
            credits_left=keys.c.credits_left + credits, credits_used=keys.c.credits_used - credits
        )
        .where(keys.c.id == sa.bindparam("key_id", type_=sa.Text)),
    )
