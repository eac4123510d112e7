"""People whom another identity provider signs in: its tokens are taken beside our own."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from mentorbooking.application.ports.unavailable import Unavailable
from mentorbooking.domain.user_account.role import Role


class UserPoolUnavailable(Unavailable):
    """The pool can't be asked now, so nobody knows whether the token is good."""

    code = "user-pool-unavailable"
    detail = "The service that signs people in can't be reached now."

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(self.detail)
        self.retry_after_seconds = retry_after_seconds


class PoolUser(msgspec.Struct, frozen=True):
    """Whom a token tells of. ``subject`` is theirs for ever; ``told_at``: when it was issued."""

    subject: str
    role: Role
    told_at: datetime


class PersonalDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the pool knows of a person, as they typed it. ``email``: only if it was verified."""

    name: str | None = None
    email: str | None = None
    time_zone: str | None = None


class UserPool(Protocol):
    """Promises: no two spellings of one token; a key that the pool has withdrawn stops working."""

    def names_itself_in(self, token: str) -> bool:
        """Tell whether a token looks like one of the pool's: quick, and proves nothing."""

    async def verify(self, token: str, now: datetime) -> PoolUser:
        """Return whom the token was issued to.

        Raises ``InvalidToken`` or ``UserPoolUnavailable``.
        """

    async def details(self, token: str, now: datetime) -> PersonalDetails:
        """Return what the token's owner lets us know of them; it may be nothing.

        Raises ``InvalidToken``, also where the pool has taken the token back, and
        ``UserPoolUnavailable``.
        """
