"""Keyed hashes that stand for people of another identity provider, as those of addresses do.

The key is the store's own, not the secret of the tokens: with another key nobody would be found
again. What is hashed can't be an e-mail address, so the hashes of the two never meet.
"""

from __future__ import annotations

import hmac


def subject_key(key: bytes, issuer: str, subject: str) -> str:
    """Return HMAC-SHA-256 of a subject of an issuer as 64 hexadecimal digits."""
    return hmac.digest(key, f"subject\n{issuer}\n{subject}".encode(), "sha256").hex()
