"""The gate every request passes: who asks, may they, are they in their rate, can they pay.

    key       401   live, and known by the keyed hash of its text
    allowed   403   its list of endpoints, if it has one, names this one
    rate      429   never more than burst + rate x time
    credits   402   enough for this request

One statement decides all four and books rate and credits together, so that any number of workers
and nodes stay exact. Only where it books nothing is the key read, to say which of the four it was.
"""

import datetime
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Protocol, TypeVar

import msgspec

from shopscope.accounts.database import Accounts
from shopscope.accounts.keys import PREFIX_LENGTH, Keys, is_key
from shopscope.accounts.runner import LocalRunner, Runner, ThreadRunner
from shopscope.accounts.store.booking import Booked, BookingDesk, KeyState, Refusal
from shopscope.accounts.usage import UsageLog, usage_rows
from shopscope.contract.accounts import OPEN_ID, Account, UsageRequest, UsageRow
from shopscope.contract.endpoints import Endpoint
from shopscope.contract.errors import (
    AccountsUnavailable,
    ApiError,
    KeyInvalid,
    KeyMissing,
    NotAllowed,
    QuotaExhausted,
    RateLimited,
)
from shopscope.errors import StoreUnavailable

_ANSWERED = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
_DAY_ZERO = datetime.date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000

T = TypeVar("T")

log = logging.getLogger(__name__)


class Rate(msgspec.Struct, frozen=True):
    """A key's rate at this moment: requests that may come at once, those of them that may come
    now, and the seconds until all may again."""

    limit: int
    remaining: int
    reset: int


class Admission(msgspec.Struct, frozen=True):
    """The gate's verdict: what was booked, or the `refusal` the request gets instead.

    `key_id` is None where no live key is known. `prefix` is of the key that was shown, live or
    not. `left` is the balance after `credits` were booked, None: unlimited.
    """

    key_id: str | None = None
    prefix: str | None = None
    credits: int = 0
    left: int | None = None
    rate: Rate | None = None
    refusal: ApiError | None = None


class Gate(Protocol):
    """Admits requests, gives back what an answer does not cost, and keeps what was used.

    `needs_key`: whoever asks must show a key. `remote`: an admission may take milliseconds.
    """

    needs_key: bool
    remote: bool

    def start(self) -> None:
        """Begin to work, in the process that serves."""

    def close(self) -> None:
        """Write what is left to write."""

    async def admit(self, authorization: str | None, endpoint: Endpoint, cost: int) -> Admission:
        """Book a request by the value of its Authorization header; raises nothing."""

    async def admit_session(self, digest: bytes | None, endpoint: Endpoint, cost: int) -> Admission:
        """Book a request by what is kept of a key, None: by nothing; raises nothing."""

    async def extend(self, admission: Admission, credits: int) -> Admission:
        """Book more credits for a request that was admitted; raises nothing.

        If it is refused, the admission has the refusal and what was booked before.
        """

    async def release(self, admission: Admission) -> None:
        """Give back the credits that were booked: the answer is not one that is charged."""

    def record(
        self, admission: Admission, endpoint: Endpoint, code: int, credits: int, seconds: float
    ) -> None:
        """Keep what became of a request: the HTTP status, and the credits that were charged."""

    async def account(self, key_id: str) -> Account:
        """The account of a key that was admitted; raises AccountsUnavailable."""

    async def usage(self, key_id: str, request: UsageRequest) -> list[UsageRow]:
        """What a key used; raises AccountsUnavailable, and InvalidParameter for its days."""


class OpenGate:
    """Admits everyone and books nothing."""

    needs_key = False
    remote = False

    def start(self) -> None:
        """Nothing begins."""

    def close(self) -> None:
        """Nothing is left."""

    async def admit(self, authorization: str | None, endpoint: Endpoint, cost: int) -> Admission:
        """The admission of whoever asks."""
        return _OPEN

    async def admit_session(self, digest: bytes | None, endpoint: Endpoint, cost: int) -> Admission:
        """The admission of whoever asks."""
        return _OPEN

    async def extend(self, admission: Admission, credits: int) -> Admission:
        """The same admission."""
        return admission

    async def release(self, admission: Admission) -> None:
        """Nothing was booked."""

    def record(
        self, admission: Admission, endpoint: Endpoint, code: int, credits: int, seconds: float
    ) -> None:
        """Nothing is kept."""

    async def account(self, key_id: str) -> Account:
        """An account without limits."""
        return Account(
            id=OPEN_ID,
            prefix=None,
            name=OPEN_ID,
            created_at=None,
            expires_at=None,
            credits_left=None,
            credits_used=0,
            qps=None,
            burst=None,
            endpoints=None,
        )

    async def usage(self, key_id: str, request: UsageRequest) -> list[UsageRow]:
        """No days."""
        return []


_OPEN = Admission(key_id=OPEN_ID)


class KeyGate:
    """Admits the keys of one database."""

    needs_key = True

    def __init__(self, accounts: Accounts, clock: Callable[[], int]) -> None:
        """The clock gives microseconds since 1970."""
        store, self._secret = accounts
        self._desk = BookingDesk(store)
        self._keys = Keys(store, self._secret)
        self._usage = UsageLog(store)
        self._store = store
        self._clock = clock
        self.remote = store.remote
        self._runner: Runner = ThreadRunner() if store.remote else LocalRunner(self._desk.together)
        self._away = False

    def start(self) -> None:
        """Write usage in the background from now on."""
        self._usage.start()

    def close(self) -> None:
        """Write the usage that is not written yet, and close all connections."""
        self._runner.close()
        self._usage.close()
        self._desk.close()

    async def admit(self, authorization: str | None, endpoint: Endpoint, cost: int) -> Admission:
        """Book a request by the value of its Authorization header; raises nothing."""
        if not authorization:
            return Admission(refusal=KeyMissing())
        scheme, _, key = authorization.partition(" ")
        key = key.lstrip(" ")
        if scheme.lower() != "bearer" or not is_key(key):
            return Admission(refusal=KeyInvalid())
        return await self._admit(self._secret.digest(key), key[:PREFIX_LENGTH], endpoint, cost)

    async def admit_session(self, digest: bytes | None, endpoint: Endpoint, cost: int) -> Admission:
        """Book a request by what is kept of a key, None: by nothing; raises nothing."""
        if digest is None:
            return Admission(refusal=KeyMissing())
        return await self._admit(digest, None, endpoint, cost)

    async def _admit(
        self, digest: bytes, prefix: str | None, endpoint: Endpoint, cost: int
    ) -> Admission:
        decide = partial(self._decide, digest, prefix, endpoint, cost)
        try:
            return await self._reached(self._runner.book(decide, self._refund))
        except AccountsUnavailable as unavailable:
            return Admission(prefix=prefix, refusal=unavailable)

    def _decide(
        self, digest: bytes, prefix: str | None, endpoint: Endpoint, cost: int
    ) -> Admission:
        names = (endpoint.operation_id, endpoint.resource)
        for _ in range(2):  # a key may change between the two questions
            now = self._clock()
            booked = self._desk.book(digest, names, cost, now)
            if booked is not None:
                return Admission(booked.key_id, prefix, cost, booked.credits_left, _rate(booked))
            state = self._desk.state(digest, names, now)
            reason = "key" if state is None else state.refusal(cost)
            if state is None or reason == "key":
                return Admission(prefix=prefix, refusal=KeyInvalid())
            if reason is not None:
                refusal = _refusal(reason, state)
                return Admission(state.key_id, prefix, 0, state.credits_left, _rate(state), refusal)
        raise AccountsUnavailable

    async def extend(self, admission: Admission, credits: int) -> Admission:
        """Book more credits for a request that was admitted; raises nothing."""

        def undo(extended: Admission) -> None:
            more = extended.credits - admission.credits
            self._refund(msgspec.structs.replace(extended, credits=more))

        decide = partial(self._extend, admission, credits)
        try:
            return await self._reached(self._runner.book(decide, undo))
        except AccountsUnavailable as unavailable:
            return msgspec.structs.replace(admission, refusal=unavailable)

    def _extend(self, admission: Admission, credits: int) -> Admission:
        extended = self._desk.extend(admission.key_id or "", credits)
        if extended is None:
            return msgspec.structs.replace(admission, refusal=QuotaExhausted())
        return msgspec.structs.replace(
            admission, credits=admission.credits + credits, left=extended.credits_left
        )

    async def release(self, admission: Admission) -> None:
        """Give back the credits that were booked, at once or as soon as the store allows it."""
        if admission.credits:
            await self._runner.finish(partial(self._refund, admission))

    def _refund(self, admission: Admission) -> None:
        if admission.key_id is not None and admission.credits:
            try:
                self._desk.refund(admission.key_id, admission.credits)
            except StoreUnavailable:
                self._usage.refund(admission.key_id, admission.credits)

    def record(
        self, admission: Admission, endpoint: Endpoint, code: int, credits: int, seconds: float
    ) -> None:
        """Keep what became of a request of a known key: HTTP status, and credits charged."""
        if admission.key_id is not None:
            day = _day(self._clock())
            ended = 0 if code in _ANSWERED else code
            name = endpoint.operation_id
            self._usage.record(admission.key_id, name, day, ended, credits, seconds)

    async def account(self, key_id: str) -> Account:
        """The account of a key that was admitted; raises AccountsUnavailable."""
        get = partial(self._keys.get, key_id, _moment(self._clock()))
        key = await self._reached(self._runner.run(get))
        return Account(
            id=key.id,
            prefix=key.prefix,
            name=key.name,
            created_at=key.created_at,
            expires_at=key.expires_at,
            credits_left=key.credits_left,
            credits_used=key.credits_used,
            qps=key.qps,
            burst=key.burst,
            endpoints=None if key.endpoints is None else list(key.endpoints),
        )

    async def usage(self, key_id: str, request: UsageRequest) -> list[UsageRow]:
        """What a key used; raises AccountsUnavailable, and InvalidParameter for its days."""
        first, last = request.days(_day(self._clock()))
        read = partial(usage_rows, self._store, key_id, first, last)
        return await self._reached(self._runner.run(read))

    async def _reached(self, coming: Awaitable[T]) -> T:
        """What comes of the store; raises AccountsUnavailable if nothing does."""
        try:
            answer = await coming
        except (StoreUnavailable, TimeoutError) as error:
            if not self._away:
                self._away = True
                log.warning("requests get 503: %s", str(error) or "no answer from the accounts")
            raise AccountsUnavailable from error
        if self._away:
            self._away = False
            log.info("the accounts are back")
        return answer


def _rate(key: Booked) -> Rate | None:
    if not key.interval_us:
        return None
    return Rate(key.burst, key.remaining, _whole_seconds(key.ahead_us))


def _refusal(reason: Refusal, key: KeyState) -> ApiError:
    if reason == "allowed":
        return NotAllowed()
    if reason == "rate":
        return RateLimited(_whole_seconds(key.wait_us))
    return QuotaExhausted()


def _whole_seconds(micros: int) -> int:
    return -(-micros // 1_000_000)


def _moment(micros: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(micros / 1e6, datetime.UTC)


def _day(micros: int) -> datetime.date:
    return datetime.date.fromordinal(_DAY_ZERO + micros // _DAY_US)
