"""Recorded events as the command line tells them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec

from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.positions import LogPlace, position_token
from mentorbooking.domain.catalogue import EVENT_TYPES

_BATCH = 1_000


class Actor(msgspec.Struct, frozen=True):
    """Who caused it: ``user``, ``import`` or ``system``, and which."""

    type: str
    id: str | None

    @property
    def told(self) -> str:
        return f"{self.type}:{self.id}" if self.id else self.type


class ToldEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event with what surrounded it."""

    position: str
    event_id: str
    type: str
    stream: str
    version: int
    recorded_at: datetime
    actor: Actor
    channel: str
    correlation_id: str
    causation_id: str | None
    data: Any


class Wanted(msgspec.Struct, frozen=True):
    """Which events; None and nothing: any."""

    after: LogPlace = 0
    types: tuple[str, ...] = ()
    stream: str | None = None
    actor: str | None = None
    correlation_id: str | None = None

    def holds(self, recorded: RecordedEvent) -> bool:
        metadata = recorded.metadata
        return (
            (not self.types or recorded.event.TOPIC in self.types)
            and self.actor in (None, metadata.actor)
            and self.correlation_id in (None, metadata.correlation_id)
        )


def unknown_types(names: Iterable[str]) -> list[str]:
    """Return the names that no event is stored under."""
    return [name for name in names if name not in EVENT_TYPES]


async def events_of(log: EventLog, wanted: Wanted, limit: int) -> AsyncIterator[ToldEvent]:
    """Yield the first events that are wanted."""
    left = limit
    after = await log.position_at(wanted.after)
    async for recorded in _read(log, wanted, after):
        if recorded.position > after and wanted.holds(recorded):
            yield _told(recorded)
            left -= 1
            if left == 0:
                return


async def event_at(log: EventLog, place: LogPlace) -> ToldEvent | None:
    position = await log.position_at(place)
    found = await log.read(position - 1, 1)
    return _told(found[0]) if found and found[0].position == position else None


async def _read(log: EventLog, wanted: Wanted, after: int) -> AsyncIterator[RecordedEvent]:
    if wanted.stream is not None:
        for recorded in await log.read_stream(wanted.stream):
            yield recorded._replace(position=await log.position_at(recorded.place))
        return
    while events := await log.read(after, _BATCH, topics=wanted.types or None):
        for recorded in events:
            yield recorded
        after = events[-1].position
        await asyncio.sleep(0)  # a log that answers at once would leave Ctrl-C unheard


def _told(recorded: RecordedEvent) -> ToldEvent:
    metadata = recorded.metadata
    kind, _, actor_id = metadata.actor.partition(":")
    return ToldEvent(
        position=position_token(recorded.position),
        event_id=recorded.event_id,
        type=recorded.event.TOPIC,
        stream=recorded.stream,
        version=recorded.version,
        recorded_at=recorded.recorded_at,
        actor=Actor(kind, actor_id or None),
        channel=metadata.channel,
        correlation_id=metadata.correlation_id,
        causation_id=metadata.causation_id,
        data=recorded.event,
    )
