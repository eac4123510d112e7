"""GET /bookings/{booking_id}/history: who did what to a booking, when, and what it changed."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never, cast

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.positions import position_token
from mentorbooking.domain.booking.booking import BookingStatus
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, BookingEvent


class Change(msgspec.Struct, frozen=True):
    """A field before and after; null: there was nothing. Instants are text, as in answers."""

    old: str | None
    new: str | None


class Actor(msgspec.Struct, frozen=True):
    """Who did it. ``id`` is a user's id, or an import's; null for the system.

    ``name`` is what a user is called today.
    """

    type: str
    id: str | None
    name: str | None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a booking's stream."""

    event_id: str
    position: str
    type: str
    occurred_at: datetime
    actor: Actor
    channel: str
    reason: str | UnsetType = UNSET
    changes: dict[str, Change]


class BookingHistoryAnswer(msgspec.Struct, frozen=True):
    """Oldest first."""

    data: list[HistoryEntry]


def actor_of(recorded: RecordedEvent) -> tuple[str, str | None]:
    """Return the kind of who acted (``user``, ``import``, ``system``), and the id."""
    kind, _, actor_id = recorded.metadata.actor.partition(":")
    return kind, actor_id or None


def history_entry(recorded: RecordedEvent, actor_name: str | None) -> HistoryEntry:
    """Tell of an event of a booking; events of other aggregates have no entry."""
    event = cast("BookingEvent", recorded.event)
    reason: str | None = None
    match event:
        case BookingCreated():
            changes = _first_values(event)
        case BookingCancelled(cancelled_by=by):
            reason = event.reason
            changes = {
                "status": Change(BookingStatus.CONFIRMED.value, BookingStatus.CANCELLED.value),
                "cancelled_by": Change(None, by.value),
            }
        case _:
            assert_never(event)
    return HistoryEntry(
        event_id=recorded.event_id,
        position=position_token(recorded.place),
        type=event.TOPIC,
        occurred_at=event.at,
        actor=Actor(*actor_of(recorded), actor_name),
        channel=recorded.metadata.channel,
        reason=UNSET if reason is None else reason,
        changes=changes,
    )


def _first_values(event: BookingCreated) -> dict[str, Change]:
    """Tell the fields of a new booking that say something."""
    values: dict[str, str] = {
        "mentor_id": event.mentor_id,
        "student_id": event.student_id,
        "slot_id": event.slot_id,
        "start": msgspec.to_builtins(event.slot.start),
        "end": msgspec.to_builtins(event.slot.end),
        "title": event.title,
        "description": event.description,
        "status": BookingStatus.CONFIRMED.value,
    }
    return {field: Change(None, value) for field, value in values.items() if value}
