"""Stored events as the EventLog port tells them."""

from __future__ import annotations

from mentorbooking.adapters.event_store.codec import decode_event, decode_metadata
from mentorbooking.adapters.instants import instant
from mentorbooking.adapters.persistence.requests import StoredEvent
from mentorbooking.application.ports.event_log import RecordedEvent


def recorded(stored: StoredEvent) -> RecordedEvent:
    return RecordedEvent(
        position=stored.position,
        event_id=f"event_{stored.commit_id.removeprefix('commit_')}_{stored.number}",
        stream=stored.stream,
        version=stored.version,
        event=decode_event(stored.topic, stored.state),
        recorded_at=instant(stored.time_us),
        metadata=decode_metadata(stored.metadata),
    )
