"""Refresh tokens: 256 random bits that are told once and kept as a hash.

A plain SHA-256 is enough for what cannot be guessed; slow hashes are for what people think up.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from mentorbooking.adapters.identity import base64url
from mentorbooking.application.ports.identity import NewRefreshToken, RefreshTokens


class RandomRefreshTokens(RefreshTokens):
    """``token_bytes(n)`` returns n random bytes, as ``secrets.token_bytes`` does."""

    def __init__(self, token_bytes: Callable[[int], bytes]) -> None:
        self._token_bytes = token_bytes

    def new(self) -> NewRefreshToken:
        text = base64url.encode(self._token_bytes(32))
        return NewRefreshToken(text, self.hash_of(text))

    def hash_of(self, text: str) -> str:
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
