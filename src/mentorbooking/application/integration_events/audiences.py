"""Who may hear of a public event by topic, and what they can choose by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from mentorbooking.application.integration_events.events import (
    BookingCancelledData,
    BookingCreatedData,
    BookingsExportedData,
    IntegrationEvent,
    MentorsImportedData,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.domain.booking.booking import Booking


class Audience(StrEnum):
    """``admins`` may hear of everything, ``subscribers`` of the sessions they take part in."""

    ADMINS = "admins"
    SUBSCRIBERS = "subscribers"


AUDIENCES: Final[Mapping[str, tuple[Audience, ...]]] = {
    BookingCreatedData.TYPE: (Audience.ADMINS, Audience.SUBSCRIBERS),
    BookingCancelledData.TYPE: (Audience.ADMINS, Audience.SUBSCRIBERS),
    MentorsImportedData.TYPE: (Audience.ADMINS,),
    BookingsExportedData.TYPE: (Audience.ADMINS,),
}
"""By type of the public event."""


def types_for(audience: Audience) -> tuple[str, ...]:
    """Return the types of the events that an audience may hear of."""
    return tuple(kind for kind, audiences in AUDIENCES.items() if audience in audiences)


class Participants(msgspec.Struct, frozen=True):
    """Whose session an event is about."""

    mentor_id: str
    student_id: str


FindParticipants = Callable[[IntegrationEvent], Awaitable[Participants | None]]


def participants_from(aggregates: AggregateStore) -> FindParticipants:
    """Look participants up where the event does not name them; None: it is about no session."""

    async def find(event: IntegrationEvent) -> Participants | None:
        match event.data:
            case BookingCreatedData(mentor_id=mentor_id, student_id=student_id):
                return Participants(mentor_id, student_id)
            case BookingCancelledData(booking_id=booking_id):
                booking = await aggregates.get(Booking, booking_id)
                return Participants(booking.mentor_id, booking.student_id)
            case _:
                return None

    return find
