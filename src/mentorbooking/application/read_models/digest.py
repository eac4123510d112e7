"""A fingerprint of a read model, to compare a rebuilt one with the live one, or two backends."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from mentorbooking.application.read_models.projection import Key

_encoder = msgspec.json.Encoder()


def digest_of(rows: Iterable[tuple[Key, Any]]) -> str:
    """Return the SHA-256 (hex) over rows in ascending order of their keys (by code point)."""
    digest = sha256()
    for row in rows:
        digest.update(_encoder.encode(row))
    return digest.hexdigest()
