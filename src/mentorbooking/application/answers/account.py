"""An account as the service tells it to its owner, and the tokens that it is given."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.domain.user_account.account import UserAccount


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``/me`` answers. ``email`` is null where no address is known."""

    id: str
    email: str | None
    name: str
    role: str
    time_zone: str
    student_id: str | UnsetType = UNSET
    mentor_id: str | UnsetType = UNSET
    created_at: datetime
    version: int


class TokensAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``expires_in`` counts seconds (RFC 6749, section 5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  the scheme's name
    expires_in: int
    refresh_token: str


def account_answer(account: UserAccount) -> AccountAnswer:
    return AccountAnswer(
        id=account.id,
        email=account.email or None,
        name=account.name,
        role=account.role,
        time_zone=account.time_zone,
        student_id=account.student_id or UNSET,
        mentor_id=account.mentor_id or UNSET,
        created_at=account.created_at,
        version=account.version,
    )
