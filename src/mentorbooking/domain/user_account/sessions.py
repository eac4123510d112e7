"""What becomes of a refresh token that somebody presents.

A family is one sign-in and all its successors. A token works once; that one is presented again
means that two parties hold it, and nobody can tell which of them is the owner (RFC 9700,
section 4.14.2).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

LONGEST_IDLE = timedelta(days=30)
LONGEST_SESSION = timedelta(days=90)


class RefreshToken(Protocol):
    """What is known of a token; ``family_started_at`` is the sign-in that it goes back to."""

    @property
    def issued_at(self) -> datetime: ...
    @property
    def family_started_at(self) -> datetime: ...
    @property
    def used_at(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...


class Verdict(Enum):
    """What to do."""

    ROTATE = "rotate"
    """Use it up and answer a successor of the same family."""
    REVOKE_FAMILY = "revoke-family"
    """Let no token of the family work any more, and refuse."""
    REFUSE = "refuse"


def verdict_on(token: RefreshToken, now: datetime) -> Verdict:
    """Decide on a token that is presented. Its second use counts even after it has expired."""
    if token.revoked_at is not None:
        return Verdict.REFUSE
    if token.used_at is not None:
        return Verdict.REVOKE_FAMILY
    return Verdict.ROTATE if now < expiry_of(token) else Verdict.REFUSE


def expiry_of(token: RefreshToken) -> datetime:
    """Return the first instant at which the token does not work any more."""
    return min(token.issued_at + LONGEST_IDLE, token.family_started_at + LONGEST_SESSION)
