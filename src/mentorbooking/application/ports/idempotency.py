"""Where the answers to requests with an Idempotency-Key are found again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from mentorbooking.application.context import StoredAnswer


class AnsweredRequest(NamedTuple):
    """What was asked, as a hash of route and body, and what was answered."""

    request_hash: bytes
    answer: StoredAnswer


class AnsweredRequests(Protocol):
    """Records land with the events they answer: see ``CommandContext.idempotent``."""

    async def find(self, principal: str, key: str, now: datetime) -> AnsweredRequest | None:
        """Return the answer, unless it has expired by the clock (24 hours)."""
