"""GET /bookings/{booking_id}/history: who did what to a booking, when, and what it changed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Protocol, assert_never, get_args

import msgspec

from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.projection import Projection, Rows
from mentorbooking.domain.booking.booking import BookingStatus
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, BookingEvent


class Change(msgspec.Struct, frozen=True):
    """A field before and after; null: there was nothing. Instants are text, as in answers."""

    old: str | None
    new: str | None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a booking, with the actor's kind (``user``, ``import``, ``system``) and id.

    Names are not in here: they may change, and people may be forgotten.
    """

    event_id: str
    position: int
    type: str
    occurred_at: datetime
    actor_type: str
    actor_id: str | None
    channel: str
    reason: str | None = None
    changes: dict[str, Change] = {}


class BookingHistory(Protocol):
    """``fed_by`` names the projections that a list depends on."""

    fed_by: ClassVar[tuple[str, ...]] = ("booking_history",)

    async def of_booking(self, booking_id: str) -> list[HistoryEntry]:
        """Return what happened, oldest first; nothing for a booking that is not known."""


class BookingHistoryProjection(Projection[BookingEvent, HistoryEntry]):
    """The key is the booking's id and the event's position."""

    name: ClassVar[str] = "booking_history"
    handles = frozenset(get_args(BookingEvent))

    def apply(self, event: BookingEvent, recorded: RecordedEvent, rows: Rows[HistoryEntry]) -> None:
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
        actor_type, _, actor_id = recorded.metadata.actor.partition(":")
        entry = HistoryEntry(
            event_id=recorded.event_id,
            position=recorded.position,
            type=event.TOPIC,
            occurred_at=event.at,
            actor_type=actor_type,
            actor_id=actor_id or None,
            channel=recorded.metadata.channel,
            reason=reason,
            changes=changes,
        )
        rows.put((recorded.stream, recorded.position), entry)


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
