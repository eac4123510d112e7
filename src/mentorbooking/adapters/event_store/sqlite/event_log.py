"""The EventLog port on the SQLite log: decoded events with what surrounded them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from mentorbooking.adapters.event_store.recorded import recorded
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.ports.unavailable import StoreUnavailable

PATIENCE_SECONDS: Final = 2.0
"""Enough for another process that writes to be started."""


class SQLiteLogReader:
    """Reads only; safe in any thread. For callers without an event loop."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log

    def head(self) -> int:
        return self._log.head()

    def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        return [recorded(stored) for stored in self._log.read_log(after, limit, topics)]

    def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return [recorded(stored) for stored in self._log.read_stream(stream)]


class SQLiteEventLog(EventLog):
    """Answers at once: a read is too short to be worth a thread."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log
        self.reader = SQLiteLogReader(log)

    async def reach(self) -> None:
        """Go the way of an append, with nothing to write; as if away if that takes long."""
        await super().reach()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._log.write()
        except TimeoutError as error:
            raise StoreUnavailable("the event log can't be written to") from error

    async def head(self) -> int:
        return self.reader.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        return self.reader.read(after, limit, topics=topics)

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return self.reader.read_stream(stream)
