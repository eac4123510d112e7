"""The log of everything that happened, as projections, outbox and audits read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from mentorbooking.application.context import Metadata
from mentorbooking.domain.kernel.event import Event


class RecordedEvent(NamedTuple):
    """A domain event with its place in the log and what surrounded it.

    ``event_id`` is stable and unique; ``recorded_at`` is when its append was made, in UTC.
    """

    position: int
    event_id: str
    stream: str
    version: int
    event: Event
    recorded_at: datetime
    metadata: Metadata


class EventLog(Protocol):
    """Positions have no holes and become visible in order (promise 3 of the event store)."""

    async def head(self) -> int:
        """Return the newest position; 0 when nothing has happened yet."""

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        """Return events behind a position, in order, at most ``limit``."""

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        """Return one stream's events, oldest first."""
