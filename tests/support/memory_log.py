"""The log and the aggregates on it, in memory: for tests of what stands beside the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from mentorbooking.application.context import Metadata, current_context
from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.kernel.event import Event

A = TypeVar("A", bound=AggregateRoot)

SOMEBODY = Metadata(actor="user:user_1", channel="http", correlation_id="request-1")


class MemoryLogReader:
    """A log as who has no event loop reads it; ``append`` of ``MemoryLog`` fills it."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.streams: dict[str, list[RecordedEvent]] = {}

    def head(self) -> int:
        return len(self.events)

    def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        found = []
        for recorded in self.events[after:]:
            if topics is None or recorded.event.TOPIC in topics:
                found.append(recorded)
                if len(found) == limit:
                    break
        return found

    def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return list(self.streams.get(stream, ()))


class MemoryLog(EventLog):
    """``reader`` is the same log for those who can't wait."""

    def __init__(self) -> None:
        self.reader = MemoryLogReader()

    def append(
        self,
        stream: str,
        *events: Event,
        recorded_at: datetime | None = None,
        metadata: Metadata = SOMEBODY,
    ) -> int:
        for event in events:
            history = self.reader.streams.setdefault(stream, [])
            position = self.reader.head() + 1
            recorded = RecordedEvent(
                position=position,
                event_id=f"event_{position}",
                stream=stream,
                version=len(history) + 1,
                event=event,
                recorded_at=recorded_at or event.at,
                metadata=metadata,
            )
            history.append(recorded)
            self.reader.events.append(recorded)
        return self.reader.head()

    async def head(self) -> int:
        return self.reader.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        return self.reader.read(after, limit, topics=topics)

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return self.reader.read_stream(stream)


class MemoryAggregates:
    """An ``AggregateStore`` on such a log."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def find(self, kind: type[A], aggregate_id: str) -> A:
        history = await self._log.read_stream(kind.stream_of(aggregate_id))
        return kind(id=aggregate_id).after(*(recorded.event for recorded in history))

    async def get(self, kind: type[A], aggregate_id: str) -> A:
        found = await self.find(kind, aggregate_id)
        if not found.exists:
            raise NotFound(aggregate_id)
        return found

    async def save(self, *decisions: Decision[Any], **_: object) -> int:
        for decision in decisions:
            if len(await self._log.read_stream(decision.stream)) != decision.expected_version:
                raise ConcurrentChange(decision.stream)
        context = current_context()
        metadata = Metadata(
            actor=context.actor,
            channel=context.channel,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
        )
        for decision in decisions:
            self._log.append(decision.stream, *decision.events, metadata=metadata)
        return await self._log.head()
