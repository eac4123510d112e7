"""States from what a log keeps of a stream: a snapshot, if it is of use, and events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from mentorbooking.adapters.event_store.codec import decode_event
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent, StreamEvent
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import NotFound

A = TypeVar("A", bound=AggregateRoot)


def state_in(snapshot: Snapshot | None, kind: type[A]) -> A | None:
    """Return the state that was kept; None if it is of another shape than today's."""
    if snapshot is None or snapshot.schema != kind.SNAPSHOT_SCHEMA:
        return None
    return msgspec.json.decode(snapshot.state, type=kind)


def snapshot_of(state: AggregateRoot) -> Snapshot:
    return Snapshot(state.stream, state.version, state.SNAPSHOT_SCHEMA, msgspec.json.encode(state))


def replayed(state: A, events: Iterable[StoredEvent | StreamEvent]) -> A:
    """Return the state that follows; the one given stays as it is."""
    return state.after(*(decode_event(event.topic, event.state) for event in events))


def existing(found: A) -> A:
    """Return the state, or raise ``NotFound`` when nothing is known of it."""
    if not found.exists:
        raise NotFound(f"There is no such {found.TOPIC.replace('_', ' ')}.")
    return found
