"""Invitations: the token in the mail by which an imported mentor takes their profile over.

It is made from its claims alone, without chance, so that it can be made when the mail is
written, and made again. That an invitation works once is the mentor's state to know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mentorbooking.adapters.identity.signed_claims import NotSigned, SignedClaims
from mentorbooking.application.ports.identity import (
    InvalidInvitationToken,
    InvitationClaims,
    Invitations,
)

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The invitation, the mentor, and whole seconds since the epoch."""

    jti: _Text
    sub: _Text
    exp: Annotated[int, msgspec.Meta(ge=0, le=_LATEST)]


class SignedInvitations(Invitations):
    def __init__(self, key: bytes) -> None:
        self._tokens = SignedClaims(_Claims, typ="invitation+jwt", key=key)

    def token(self, claims: InvitationClaims) -> str:
        return self._tokens.sign(
            _Claims(
                jti=claims.invitation_id,
                sub=claims.mentor_id,
                exp=int(claims.expires_at.timestamp()),
            )
        )

    def verify(self, token: str, now: datetime) -> InvitationClaims:
        try:
            claims = self._tokens.read(token)
        except NotSigned as error:
            raise InvalidInvitationToken("not an invitation of ours") from error
        if now.timestamp() >= claims.exp:
            raise InvalidInvitationToken("expired")
        return InvitationClaims(
            mentor_id=claims.sub,
            invitation_id=claims.jti,
            expires_at=datetime.fromtimestamp(claims.exp, UTC),
        )
