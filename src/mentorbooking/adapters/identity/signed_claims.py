"""JSON Web Tokens (RFC 7519) of one type, under one key, by one algorithm, in one spelling.

A token is good only if it is, letter by letter, what would be issued for its claims. That
leaves nothing to interpret: a header with anything else in it (``kid``, ``jku``, ``crit`` …) is
not even read, no claim can be there twice or be of another type, and no signature can be
written differently. What the claims mean is for the caller to check, times included.

All that is left of RFC 7515 is HMAC with SHA-256 over two segments, which the standard library
has. PyJWT reads tokens that others issue; it would bring every algorithm along, 10 MB of them,
into each process that writes an invitation.
"""

from __future__ import annotations

import hmac
from typing import Generic, TypeVar

import msgspec

from mentorbooking.adapters.identity import base64url

C = TypeVar("C", bound=msgspec.Struct)

_LONGEST = 2048


class NotSigned(Exception):  # noqa: N818  an answer, not a malfunction
    """The text is not a token of this type under this key."""


class SignedClaims(Generic[C]):
    """``typ`` tells tokens of several purposes apart (RFC 8725, section 3.11)."""

    def __init__(self, claims: type[C], *, typ: str, key: bytes) -> None:
        header = {"alg": "HS256", "typ": typ}
        self._first_segment = base64url.encode(msgspec.json.encode(header)) + "."
        self._key = key
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(claims)

    def sign(self, claims: C) -> str:
        segments = self._first_segment + base64url.encode(self._encoder.encode(claims))
        return f"{segments}.{self._signature(segments)}"

    def read(self, token: str) -> C:
        """Return the claims, or raise ``NotSigned``."""
        first = self._first_segment
        if len(token) > _LONGEST or not token.isascii() or not token.startswith(first):
            raise NotSigned
        segments, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(segments)):
            raise NotSigned
        try:
            claims = self._decoder.decode(base64url.decode(segments.removeprefix(first)))
        except ValueError as error:
            raise NotSigned from error
        if self.sign(claims) != token:
            raise NotSigned
        return claims

    def _signature(self, segments: str) -> str:
        return base64url.encode(hmac.digest(self._key, segments.encode("ascii"), "sha256"))
