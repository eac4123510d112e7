"""The EventLog port on DynamoDB: decoded events with what surrounded them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mentorbooking.adapters.event_store.recorded import recorded
from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent


class DynamoEventLog(EventLog):
    """Reads see what any process has committed. A log of one lane, so that it has one order."""

    def __init__(self, log: DynamoLog) -> None:
        """ValueError for a log with several lanes."""
        self._log = in_one_order(log)

    async def head(self) -> int:
        with as_store_unavailable():
            return await self._log.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        with as_store_unavailable():
            return [recorded(stored) for stored in await self._log.read_log(after, limit, topics)]

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        with as_store_unavailable():
            return [recorded(stored) for stored in await self._log.read_stream(stream)]


def in_one_order(log: DynamoLog) -> DynamoLog:
    """Return the log; ValueError if a position alone does not tell a place in it."""
    if log.lanes > 1:
        raise ValueError(f"the log has {log.lanes} lanes; positions are told of one")
    return log
