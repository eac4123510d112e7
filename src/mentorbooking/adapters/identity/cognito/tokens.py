"""Access tokens of one Cognito user pool, checked without asking anybody.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html

Nothing in a header chooses a key or an algorithm: it names RS256 and one of the pool's keys, and
a header that says more than Cognito's is not one of the pool's.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import jwt
import msgspec

from mentorbooking.adapters.identity import base64url
from mentorbooking.adapters.identity.cognito.key_set import ALGORITHM
from mentorbooking.application.ports.identity import InvalidToken

LONGEST: Final = 8192
"""Characters of a token; one with a hundred groups has about 4,000."""

LEEWAY_SECONDS: Final = 5
"""How far the clocks of the pool and of this process may be apart."""

LONGEST_LIFE_SECONDS: Final = 24 * 3600
"""More can't be set for a client of a pool."""

_LONGEST_HEADER = 512
_REMEMBERED = 4096
"""Verified tokens that are not verified again; some 2 KB each."""

_Visible = Annotated[str, msgspec.Meta(pattern=r"\A[\x21-\x7e]{1,256}\Z")]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["RS256"]
    kid: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    typ: Literal["JWT"] = "JWT"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says; times in whole seconds since the epoch. The pool may add to it.

    The last four are there only if the pool's owner puts them into access tokens.
    """

    iss: str
    sub: _Visible
    client_id: str
    token_use: str
    iat: int
    exp: int
    nbf: int | None = None
    scope: str = ""
    groups: tuple[str, ...] = msgspec.field(default=(), name="cognito:groups")
    email: str | None = None
    email_verified: bool | str = False
    name: str | None = None
    zoneinfo: str | None = None


@lru_cache(64)
def _key_id(first_segment: str) -> str | None:
    try:
        return msgspec.convert(_read_json(base64url.decode(first_segment)), _Header).kid
    except (ValueError, msgspec.ValidationError, RecursionError):
        return None


def key_id_of(token: str) -> str | None:
    """Return which key a token says it is signed with; None if it can't be one of a pool's."""
    first_segment, _, _ = token.partition(".")
    if len(token) > LONGEST or len(first_segment) > _LONGEST_HEADER:
        return None
    return _key_id(first_segment)


class PoolTokens:
    """The tokens that one issuer has issued to one of the named clients."""

    def __init__(self, issuer: str, client_ids: Collection[str]) -> None:
        self._issuer, self._client_ids = issuer, frozenset(client_ids)
        self._jws = jwt.PyJWS(algorithms=[ALGORITHM])
        self._read_once = lru_cache(_REMEMBERED)(self._read)

    def read(self, token: str, key: jwt.PyJWK, now: datetime) -> Claims:
        """Return what a token says that ``key`` has signed, or raise ``InvalidToken``.

        Remembered together with the key: with another set of keys it is verified again.
        """
        claims = self._read_once(token, key)
        seconds = now.timestamp()
        if seconds >= claims.exp + LEEWAY_SECONDS:
            raise InvalidToken("The access token has expired.")
        if seconds < max(claims.iat, claims.nbf or claims.iat) - LEEWAY_SECONDS:
            raise InvalidToken("The access token is not valid yet.")
        return claims

    def _read(self, token: str, key: jwt.PyJWK) -> Claims:
        """Check all that does not change with time; refusals are not remembered."""
        try:
            for segment in token.split("."):
                base64url.decode(segment)
            content = self._jws.decode(token, key, algorithms=[ALGORITHM])
            claims = msgspec.convert(_read_json(content), Claims)
        except (jwt.InvalidTokenError, ValueError, msgspec.ValidationError, RecursionError):
            raise _not_valid() from None
        if claims.token_use != "access":  # noqa: S105  not a secret: the token's kind
            raise InvalidToken("This is no access token.")
        if claims.iss != self._issuer or claims.client_id not in self._client_ids:
            raise InvalidToken("The access token is for another service.")
        if not 0 < claims.exp - claims.iat <= LONGEST_LIFE_SECONDS:
            raise _not_valid()
        return claims


def _not_valid() -> InvalidToken:
    return InvalidToken("The access token is not valid.")


def _read_json(content: bytes) -> Any:
    """Read JSON in which no name stands twice; ``ValueError`` otherwise."""
    return json.loads(content.decode(), object_pairs_hook=_once_each, parse_constant=_refuse)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not JSON")
