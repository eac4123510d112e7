"""Event logs to try, each with a pen to write in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.event_store.codec import encode_event, encode_metadata
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import Append, Appended, NewEvent, StreamAppend
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.context import Metadata
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.domain.kernel.event import Event
from tests.support.aws_servers import aws_settings
from tests.support.dynamodb_logs import new_log
from tests.support.fixed import NOW
from tests.support.memory_log import SOMEBODY, MemoryLog

Happening = tuple[str, Sequence[Event]]
"""A stream, and what happened in it."""


class Place(ABC):
    """``log`` is what is tried; ``elsewhere`` is the same log as another process has it."""

    log: EventLog
    elsewhere: EventLog

    @abstractmethod
    async def happened(
        self, *happenings: Happening, at: datetime = NOW, metadata: Metadata = SOMEBODY
    ) -> None:
        """Append to some streams at once."""


class InMemory(Place):
    """The log that other tests stand on."""

    def __init__(self) -> None:
        self.log = self.elsewhere = self._log = MemoryLog()

    async def happened(
        self, *happenings: Happening, at: datetime = NOW, metadata: Metadata = SOMEBODY
    ) -> None:
        for stream, events in happenings:
            self._log.append(stream, *events, recorded_at=at, metadata=metadata)


class Stored(Place):
    """A log over one that keeps bytes; ``append`` writes to that."""

    def __init__(
        self,
        log: EventLog,
        elsewhere: EventLog,
        append: Callable[[Append], Awaitable[Appended]],
    ) -> None:
        self.log, self.elsewhere, self._append = log, elsewhere, append
        self._versions: Counter[str] = Counter()
        self._commits = 0

    async def happened(
        self, *happenings: Happening, at: datetime = NOW, metadata: Metadata = SOMEBODY
    ) -> None:
        streams = []
        for stream, events in happenings:
            stored = tuple(NewEvent(event.TOPIC, encode_event(event)) for event in events)
            streams.append(StreamAppend(stream, self._versions[stream], stored))
            self._versions[stream] += len(events)
        self._commits += 1
        await self._append(
            Append(
                commit_id=f"commit_{self._commits}",
                time_us=microseconds(at),
                metadata=encode_metadata(metadata),
                streams=tuple(streams),
            )
        )


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[Place]:
    yield InMemory()


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[Place]:
    with SQLiteLog(folder / "events.db") as log, SQLiteLog(folder / "events.db") as other:
        yield Stored(SQLiteEventLog(log), SQLiteEventLog(other), log.append)


@asynccontextmanager
async def on_sqlite_by_a_process(folder: Path) -> AsyncIterator[Place]:
    """Return a log that is written by a process of its own."""
    with SQLiteLog(folder / "events.db") as log, SQLiteLog(folder / "events.db") as other:
        async with log.written_by_a_process():
            yield Stored(SQLiteEventLog(log), SQLiteEventLog(other), log.append)


@asynccontextmanager
async def on_dynamodb(endpoint: str, lanes: int = 1) -> AsyncIterator[Place]:
    async with AwsClients(aws_settings(dynamodb=endpoint)) as clients:
        client = await clients.dynamodb()
        log = await new_log(client, lanes=lanes)
        other = await DynamoDBLog.open(client, log.table)

        async def append(request: Append) -> Appended:
            landed = await log.append(request)
            if lanes > 1:  # so that what happens at one instant is in order as it happened
                await log.head()
            return landed

        yield Stored(DynamoDBEventLog(log), DynamoDBEventLog(other), append)


def in_lanes(endpoint: str) -> AbstractAsyncContextManager[Place]:
    """Return a log whose commits are made in several lanes."""
    return on_dynamodb(endpoint, lanes=5)
