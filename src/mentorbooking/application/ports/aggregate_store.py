"""Where aggregates come from and where decisions go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import Conflict, Refused

A = TypeVar("A", bound=AggregateRoot)


class ConcurrentChange(Exception):
    """Someone else appended to ``stream`` first. Load, decide and save again."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class IdempotencyKeyUsed(Exception):
    """A request with the same principal and key has been recorded before."""


class CredentialsInUse(Conflict):
    """Another account signs in with this address."""

    code = "email-taken"


class TooMuchAtOnce(Refused):
    """One command would change more than the store can record together."""

    code = "too-much-at-once"


class PasswordSet(msgspec.Struct, frozen=True):
    """Secret kept beside the events, in the same append: how an account signs in."""

    user_id: str
    address_key: str
    password_hash: str


class AddressKeyChanged(msgspec.Struct, frozen=True):
    """The account signs in with another address from now on."""

    user_id: str
    address_key: str


class SessionsRevoked(msgspec.Struct, frozen=True):
    """All refresh tokens of the account stop working."""

    user_id: str


Alongside = PasswordSet | AddressKeyChanged | SessionsRevoked


class AggregateStore(Protocol):
    """Promises: atomic over several streams, optimistic on each, durable once it answered."""

    async def get(self, kind: type[A], aggregate_id: str) -> A:
        """Return the committed state, or raise ``NotFound``."""

    async def find(self, kind: type[A], aggregate_id: str) -> A:
        """Return the committed state; with version 0 when there is none."""

    async def find_all(self, kind: type[A], aggregate_ids: Sequence[str]) -> Sequence[A]:
        """Return what ``find`` would for each, in this order: cheaper than one by one."""

    async def save(
        self,
        *decisions: Decision[Any],
        answer: object = None,
        alongside: Sequence[Alongside] = (),
    ) -> LogPlace:
        """Append everything atomically and return the place of the last event.

        ``answer`` is what the command answers: under an Idempotency-Key it is stored in the
        same transaction. Raises ``ConcurrentChange``, ``IdempotencyKeyUsed``,
        ``CredentialsInUse``, ``TooMuchAtOnce`` or ``StoreUnavailable``; then nothing was recorded,
        but where it is ``PerhapsRecorded``.
        """
