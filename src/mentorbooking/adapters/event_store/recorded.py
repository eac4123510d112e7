"""What a log holds, as the EventLog and AnsweredRequests ports tell it."""

from __future__ import annotations

from mentorbooking.adapters.event_store.codec import decode_event, decode_metadata
from mentorbooking.adapters.instants import instant
from mentorbooking.adapters.persistence.requests import IdempotencyRecord, StoredEvent
from mentorbooking.application.context import StoredAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.ports.idempotency import AnsweredRequest
from mentorbooking.application.positions import place_in


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


def answered(record: IdempotencyRecord) -> AnsweredRequest:
    place = place_in(record.lane, record.position)
    answer = StoredAnswer(record.status, record.location, record.body, place)
    return AnsweredRequest(record.request_hash, answer)
