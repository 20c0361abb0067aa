"""The gate every request passes first: who asks, may they, and what it costs them."""

from typing import Protocol

import msgspec

from shopscope.contract.endpoints import Endpoint


class Admission(msgspec.Struct, frozen=True):
    """Leave to be answered, and the credits that were booked for it."""

    credits: int = 0


class Gate(Protocol):
    """Admits a request or raises the answer it gets instead."""

    def admit(self, authorization: str | None, endpoint: Endpoint) -> Admission:
        """Book a request to `endpoint` by the value of its Authorization header.

        Raises:
            ApiError: the request is not admitted.
        """

    def release(self, admission: Admission) -> None:
        """Give back what was booked: the answer is not one that is charged."""


class OpenGate:
    """Admits everyone and books nothing."""

    def admit(self, authorization: str | None, endpoint: Endpoint) -> Admission:
        """An admission of no credits."""
        return Admission()

    def release(self, admission: Admission) -> None:
        """Nothing was booked."""
