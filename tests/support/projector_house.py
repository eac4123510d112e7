"""Read models on DynamoDB with projectors that a test starts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.read_models.progress import (
    ProjectionState,
)
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.memory_log import MemoryLog

if TYPE_CHECKING:
    pass


CREATED = BookingCreated(
    at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot", slot=slot(days=1)
)


class GatedLog(EventLog):
    """Readable while the gate is open; may have troubles of its own."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble: Exception | None = None

    async def head(self) -> int:
        return await self._log.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return await self._log.read(after, limit, topics=topics)

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return await self._log.read_stream(stream)


class House(DynamoDBReadModels):
    """Projectors at work on a log in memory, each as in a process of its own."""

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.seen = GatedLog(self.log)
        self._reads = self.seen
        self._projectors: list[Projector] = []

    def another(self, *, client: Any = None, **options: Any) -> Projector:
        """Start one more."""
        following = self.another_following(
            table=ViewsTable(client, self.table.name) if client else self.table
        )
        started = Projector(following, **options)
        started.start()
        self._projectors.append(started)
        return started

    def booked(self, *wake: Projector) -> int:
        position = self.log.append(f"booking_{self.log.reader.head()}", CREATED)
        for each in wake:
            each.wake()
        return position

    async def close(self) -> None:
        self.seen.gate.set()
        for each in self._projectors:
            await each.close()


async def state_of(projector: Projector, name: str = "bookings") -> ProjectionState:
    return next(state for state in await projector.states() if state.name == name)
