"""A JSON Web Key Set (RFC 7517), read: the RSA keys in it that sign tokens with RS256."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import jwt
import msgspec

from mentorbooking.adapters.identity import base64url

ALGORITHM = "RS256"

KEY_BITS = range(2048, 8193)
"""RFC 7518, section 3.3, and what is still quick to check."""


class _Key(msgspec.Struct):
    """Names are those of RFC 7517 and RFC 7518; what else a key says is not looked at."""

    kty: str
    kid: Annotated[str, msgspec.Meta(min_length=1)]
    use: str = "sig"
    alg: str = ALGORITHM
    n: str = ""
    e: str = ""


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


_read_set = msgspec.json.Decoder(_KeySet).decode
_read_key = msgspec.json.Decoder(_Key).decode


def read_key_set(content: bytes) -> Mapping[str, jwt.PyJWK]:
    """Return the keys by ``kid``; ``ValueError`` where there is none that could be used.

    Keys of other kinds are passed over (RFC 7517, section 5).
    """
    try:
        found = _read_set(content).keys
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError("this is no set of keys") from error
    keys = dict(filter(None, map(_usable, found)))
    if not keys:
        raise ValueError("the set holds no RSA key that signs with RS256")
    return keys


def _usable(written: msgspec.Raw) -> tuple[str, jwt.PyJWK] | None:
    try:
        key = _read_key(written)
        if (key.kty, key.use, key.alg) != ("RSA", "sig", ALGORITHM):
            return None
        bits = int.from_bytes(base64url.decode(key.n)).bit_length()
        if bits not in KEY_BITS:
            return None
        return key.kid, jwt.PyJWK({"kty": "RSA", "n": key.n, "e": key.e}, ALGORITHM)
    except (ValueError, msgspec.ValidationError, jwt.PyJWKError, jwt.InvalidKeyError):
        return None
