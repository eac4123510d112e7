"""Facts that become public events, and the public events themselves."""

from __future__ import annotations

from mentorbooking.application.context import Metadata
from mentorbooking.application.integration_events.events import IntegrationEvent, integration_event
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.kernel.event import Event
from tests.support.fixed import MENTOR, NOW, STUDENT, slot

SOURCE = "https://mentors.example.org"
ACTOR = Metadata(
    actor="user:user_1", channel="http", correlation_id="request-1", causation_id="event_0"
)


def created(title: str = "Career talk", *, days: float = 1) -> BookingCreated:
    return BookingCreated(
        at=NOW,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id="slot_1",
        slot=slot(days=days),
        title=title,
        description="I am Ada, ada@example.org",
    )


def cancelled(reason: str | None = "I am ill") -> BookingCancelled:
    return BookingCancelled(at=NOW, cancelled_by=Party.STUDENT, reason=reason)


def recorded(stream: str, event: Event, *, position: int = 1, version: int = 1) -> RecordedEvent:
    return RecordedEvent(position, f"event_{position}", stream, version, event, NOW, ACTOR)


def public(number: int) -> IntegrationEvent:
    """Return the public event of a booking of its own."""
    return integration_event(
        recorded(f"booking_{number}", created(), position=number), source=SOURCE
    )
