"""Ids of messages: made from what a message is about, so that a repeat has the same id.

That is a storage format: an id names a row, a file of mail and a Message-ID header. Made in
another way, mails that were sent would be sent again.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from mentorbooking.domain.kernel.ids import type_id, uuid7

PREFIX = "message"

_RANDOM_BITS = 74


def message_id_of(event_id: str, recipient: str, template: str, at: datetime) -> str:
    """Return a TypeID that sorts by ``at``; a hash of the key stands for its random bits."""
    digest = sha256(f"{event_id}\n{recipient}\n{template}".encode()).digest()
    bits = int.from_bytes(digest[:10], "big") >> (80 - _RANDOM_BITS)
    return type_id(PREFIX, uuid7(at, bits))
