"""Access tokens: who calls, for 15 minutes (RFC 9068's type and claims, signed by ourselves)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec

from mentorbooking.adapters.identity.signed_claims import NotSigned, SignedClaims
from mentorbooking.application.ports.identity import (
    InvalidToken,
    IssuedToken,
    TokenIssuer,
    TokenVerifier,
)
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role

LIFETIME = timedelta(minutes=15)
_LIFETIME_SECONDS = int(LIFETIME.total_seconds())

AUDIENCE = "mentorbooking"

_SKEW_SECONDS = 5
"""How far ahead of ours the clock of the process that issued a token may be."""

_REMEMBERED = 4096
"""Verified tokens that are not verified again; about 1 KB each."""

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Times in whole seconds since the epoch."""

    iss: str
    aud: str
    sub: _Text
    jti: _Text
    iat: int
    nbf: int
    exp: int
    role: Role
    student_id: _Text | None = None
    mentor_id: _Text | None = None


class _Verified(NamedTuple):
    principal: Principal
    not_before: int
    expires: int


class AccessTokens(TokenIssuer, TokenVerifier):
    """``issuer`` is who we are to those who read tokens: the public URL, or a name."""

    def __init__(self, key: bytes, ids: Ids, *, issuer: str = "mentorbooking") -> None:
        self._tokens = SignedClaims(_Claims, typ="at+jwt", key=key)
        self._ids = ids
        self._issuer = issuer
        self._verified = lru_cache(_REMEMBERED)(self._verify)

    def issue(self, principal: Principal, now: datetime) -> IssuedToken:
        seconds = int(now.timestamp())
        claims = _Claims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=principal.user_id,
            jti=self._ids.new("token"),
            iat=seconds,
            nbf=seconds,
            exp=seconds + _LIFETIME_SECONDS,
            role=principal.role,
            student_id=principal.student_id,
            mentor_id=principal.mentor_id,
        )
        return IssuedToken(self._tokens.sign(claims), _LIFETIME_SECONDS)

    def verify(self, token: str, now: datetime) -> Principal:
        principal, not_before, expires = self._verified(token)
        seconds = now.timestamp()
        if seconds >= expires:
            raise InvalidToken("The access token has expired.")
        if seconds < not_before - _SKEW_SECONDS:
            raise InvalidToken("The access token is not valid yet.")
        return principal

    def _verify(self, token: str) -> _Verified:
        """Check all that does not change with time; refusals are not remembered."""
        try:
            claims = self._tokens.read(token)
        except NotSigned as error:
            raise InvalidToken("The access token is not valid.") from error
        if claims.iss != self._issuer or claims.aud != AUDIENCE:
            raise InvalidToken("The access token is for another service.")
        if (claims.nbf, claims.exp) != (claims.iat, claims.iat + _LIFETIME_SECONDS):
            raise InvalidToken("The access token is not valid.")
        principal = Principal(claims.sub, claims.role, claims.student_id, claims.mentor_id)
        return _Verified(principal, claims.nbf, claims.exp)
