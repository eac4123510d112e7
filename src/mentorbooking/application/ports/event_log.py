"""The log of everything that happened, as projections, outbox and audits read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from mentorbooking.application.context import Metadata
from mentorbooking.application.positions import LogPlace, in_one_lane, place_in
from mentorbooking.domain.kernel.event import Event


class RecordedEvent(NamedTuple):
    """A domain event with its place in the log and what surrounded it.

    ``event_id`` is stable and unique; ``recorded_at`` is when its append was made, in UTC.
    ``position`` is its place in the one order of all events. Where it was committed to another
    lane than that, ``lane`` and ``lane_position`` tell where there, and ``position`` is 0 when
    it was read with its stream, which does not know more.
    """

    position: int
    event_id: str
    stream: str
    version: int
    event: Event
    recorded_at: datetime
    metadata: Metadata
    lane: int = 0
    lane_position: int = 0

    @property
    def place(self) -> LogPlace:
        """Where it is, as far as is known."""
        return self.position or place_in(self.lane, self.lane_position)


class EventLog(Protocol):
    """Positions have no holes and become visible in order (promise 3 of the event store)."""

    async def head(self) -> int:
        """Return the newest position; 0 when nothing has happened yet."""

    async def reach(self) -> None:
        """Return if it can be used now, to read and to append; else raise ``StoreUnavailable``."""
        await self.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        """Return events behind a position, in order, at most ``limit``."""

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        """Return one stream's events, oldest first."""

    async def position_at(self, place: LogPlace) -> int:
        """Return the first position at which all up to a place has happened.

        Where that is still to come, it is the newest one, or one that is still to come. Raises
        ``InvalidPosition`` for a place that this log can't have.
        """
        return in_one_lane(place)
