"""The EventLog port on the SQLite log: decoded events with what surrounded them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mentorbooking.adapters.event_store.codec import decode_event, decode_metadata
from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.instants import instant
from mentorbooking.adapters.persistence.requests import StoredEvent
from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent


class SQLiteEventLog(EventLog):
    """Reads only; safe in any thread."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log

    def head(self) -> int:
        with as_store_unavailable():
            return self._log.head()

    def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        with as_store_unavailable():
            return [_recorded(stored) for stored in self._log.read_log(after, limit, topics)]

    def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        with as_store_unavailable():
            return [_recorded(stored) for stored in self._log.read_stream(stream)]


def _recorded(stored: StoredEvent) -> RecordedEvent:
    return RecordedEvent(
        position=stored.position,
        event_id=f"event_{stored.commit_id.removeprefix('commit_')}_{stored.number}",
        stream=stored.stream,
        version=stored.version,
        event=decode_event(stored.topic, stored.state),
        recorded_at=instant(stored.time_us),
        metadata=decode_metadata(stored.metadata),
    )
