"""What every history of bookings promises: events in, entries out."""

from __future__ import annotations

import pytest

from mentorbooking.application.context import Metadata
from mentorbooking.application.read_models.booking_history import Change, HistoryEntry
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.student_calendar.events import SessionAdded
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, STUDENT, USER, slot
from tests.support.read_models import ReadModels

pytestmark = pytest.mark.anyio

CREATED = BookingCreated(
    at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot_1", slot=slot(days=1), title="C++"
)
CANCELLED = BookingCancelled(at=NOW + HOUR, cancelled_by=Party.MENTOR, reason="ill")
BY_STUDENT = Metadata(actor=f"user:{USER}", channel="http", correlation_id="a")
BY_NOBODY = Metadata(actor="system", channel="job", correlation_id="b")


async def test_each_event_tells_who_did_what_and_what_it_changed(read_models: ReadModels) -> None:
    await read_models.happened("somebody", SessionAdded(at=NOW, booking_id="x", slot=slot()))
    await read_models.happened(BOOKING, CREATED, metadata=BY_STUDENT)
    await read_models.happened(BOOKING, CANCELLED, metadata=BY_NOBODY)
    assert await read_models.history.of_booking(BOOKING) == [
        HistoryEntry(
            event_id="event_2",
            position=2,
            type="booking.created",
            occurred_at=NOW,
            actor_type="user",
            actor_id=USER,
            channel="http",
            changes={
                "mentor_id": Change(None, MENTOR),
                "student_id": Change(None, STUDENT),
                "slot_id": Change(None, "slot_1"),
                "start": Change(None, "2026-09-02T09:00:00Z"),
                "end": Change(None, "2026-09-02T10:00:00Z"),
                "title": Change(None, "C++"),
                "status": Change(None, "confirmed"),
            },
        ),
        HistoryEntry(
            event_id="event_3",
            position=3,
            type="booking.cancelled",
            occurred_at=NOW + HOUR,
            actor_type="system",
            actor_id=None,
            channel="job",
            reason="ill",
            changes={
                "status": Change("confirmed", "cancelled"),
                "cancelled_by": Change(None, "mentor"),
            },
        ),
    ]


async def test_bookings_do_not_mix(read_models: ReadModels) -> None:
    await read_models.happened(BOOKING, CREATED)
    await read_models.happened("booking_2", CREATED)
    assert [entry.position for entry in await read_models.history.of_booking("booking_2")] == [2]


async def test_an_unknown_booking_has_no_history(read_models: ReadModels) -> None:
    assert await read_models.history.of_booking(BOOKING) == []
