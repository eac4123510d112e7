"""The EventLog port on DynamoDB: decoded events with what surrounded them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mentorbooking.adapters.event_store.recorded import recorded
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import StoredEvent
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.positions import LogPlace


class DynamoDBEventLog(EventLog):
    """Reads see what any process has committed, whichever lane it is in."""

    def __init__(self, log: DynamoDBLog) -> None:
        self._log = log

    async def head(self) -> int:
        return await self._log.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        return [_told(stored) for stored in await self._log.read_log(after, limit, topics)]

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return [_told(stored) for stored in await self._log.read_stream(stream)]

    async def position_at(self, place: LogPlace) -> int:
        if isinstance(place, int):
            return place
        return await self._log.position_at(place)


def _told(stored: StoredEvent) -> RecordedEvent:
    told = recorded(stored)
    if not stored.lane:
        return told
    return told._replace(lane=stored.lane, lane_position=stored.lane_position)
