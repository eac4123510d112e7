"""One public event of each type, as a receiver gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from mentorbooking.application.context import SYSTEM, Metadata, user_actor
from mentorbooking.application.integration_events.events import IntegrationEvent, integration_event
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.bookings_export.events import BookingsExported
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor_import.events import ImportCounts, MentorsImported
from mentorbooking.domain.scheduling.time_slot import TimeSlot

SOURCE: Final = "https://mentors.example.org"

_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
_START = datetime(2026, 11, 25, 9, tzinfo=UTC)
_BOOKING = "booking_01kajz3m00e8fatw3vh4q8zr1d"
_ADMIN = "user_01kajz2a00f4g8s0r5x2m6k9qe"

_BY_A_USER = Metadata(
    actor=user_actor("user_01kajz2a00f4g8s0r5x2m6k9qe"), channel="http", correlation_id="9f1c6a2e"
)
_BY_A_JOB = Metadata(
    actor=SYSTEM,
    channel="job",
    correlation_id="7c02d9b1",
    causation_id="event_01kajz4k00f7a9b2c4d6e8g0hj_0",
)

_FACTS: Final[tuple[tuple[str, Event], ...]] = (
    (
        _BOOKING,
        BookingCreated(
            at=_AT,
            mentor_id="mentor_01kajz1p00fvbt1m5c9e7w3yha",
            student_id="student_01kajz1z00e6h9p2n4d8k5rjts",
            slot_id="slot_01kajz2h00fqx7v3b6m1c8e4wg",
            slot=TimeSlot(_START, _START + timedelta(hours=1)),
        ),
    ),
    (_BOOKING, BookingCancelled(at=_AT, cancelled_by=Party.STUDENT)),
    (
        "import_01kajz4s00ekc5r8t2v9w1x3yz",
        MentorsImported(
            at=_AT,
            counts=ImportCounts(total=1000, created=990, unchanged=7, failed=3),
            dry_run=False,
            requested_by=_ADMIN,
        ),
    ),
    (
        "export_01kajz5d00f1m3n5p7q9r2s4t6",
        BookingsExported(
            at=_AT,
            object_key=(
                "booking-exports/20261121T120000Z-export_01kajz5d00f1m3n5p7q9r2s4t6/bookings.csv"
            ),
            record_count=412,
            sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            as_of_position=2048,
            requested_by=_ADMIN,
        ),
    ),
)


def examples() -> list[IntegrationEvent]:
    """Make the public event of an example of each fact that has one."""
    return [
        integration_event(_recorded(position, stream, event), source=SOURCE)
        for position, (stream, event) in enumerate(_FACTS, start=2049)
    ]


def _recorded(position: int, stream: str, event: Event) -> RecordedEvent:
    return RecordedEvent(
        position=position,
        event_id=f"event_01kajz3m00e8fatw3vh4q8zr1d_{position}",
        stream=stream,
        version=1,
        event=event,
        recorded_at=event.at,
        metadata=_BY_A_JOB if stream.startswith(("import", "export")) else _BY_A_USER,
    )
