"""Keyed hashes that stand for e-mail addresses where the address itself must not be.

Without the key nobody can find out an address by hashing the likely ones.
"""

from __future__ import annotations

import hmac


def address_key(key: bytes, normalised_email: str) -> str:
    """Return HMAC-SHA-256 of an address as 64 hexadecimal digits.

    The address must be normalised: equal texts are equal addresses here.
    """
    return hmac.digest(key, normalised_email.encode(), "sha256").hex()
