"""JSON Web Tokens (RFC 7519) of one type, under one key, by one algorithm, in one spelling.

A token is good only if it is, letter by letter, what would be issued for its claims. That
leaves nothing to interpret: a header with anything else in it (``kid``, ``jku``, ``crit`` …) is
not even read, no claim can be there twice or be of another type, and no signature can be
written differently. What the claims mean is for the caller to check, times included.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import jwt
import msgspec

from mentorbooking.adapters.identity import base64url

C = TypeVar("C", bound=msgspec.Struct)

_ALGORITHM = "HS256"
_LONGEST = 2048


class NotSigned(Exception):
    """The text is not a token of this type under this key."""


class SignedClaims(Generic[C]):
    """``typ`` tells tokens of several purposes apart (RFC 8725, section 3.11)."""

    def __init__(self, claims: type[C], *, typ: str, key: bytes) -> None:
        self._header = {"alg": _ALGORITHM, "typ": typ}
        self._first_segment = base64url.encode(msgspec.json.encode(self._header)) + "."
        self._key = key
        self._jws = jwt.PyJWS(algorithms=[_ALGORITHM])
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(claims)

    def sign(self, claims: C) -> str:
        content = self._encoder.encode(claims)
        return self._jws.encode(content, self._key, _ALGORITHM, self._header)

    def read(self, token: str) -> C:
        """Return the claims, or raise ``NotSigned``."""
        if len(token) > _LONGEST or not token.startswith(self._first_segment):
            raise NotSigned
        try:
            content = self._jws.decode(token, self._key, algorithms=[_ALGORITHM])
            claims = self._decoder.decode(content)
        except (jwt.InvalidTokenError, msgspec.MsgspecError, UnicodeError) as error:
            raise NotSigned from error
        if self.sign(claims) != token:
            raise NotSigned
        return claims
