"""A booking as the service tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.domain.booking.booking import Booking


class BookingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` is that of the booking's stream; instants are in UTC."""

    id: str
    mentor_id: str
    student_id: str
    slot_id: str
    start: datetime
    end: datetime
    duration_minutes: int
    title: str
    description: str
    status: str
    created_at: datetime
    updated_at: datetime
    version: int
    cancelled_by: str | UnsetType = UNSET
    cancellation_reason: str | UnsetType = UNSET


def booking_answer(booking: Booking) -> BookingAnswer:
    return BookingAnswer(
        id=booking.id,
        mentor_id=booking.mentor_id,
        student_id=booking.student_id,
        slot_id=booking.slot_id,
        start=booking.slot.start,
        end=booking.slot.end,
        duration_minutes=booking.slot.duration_minutes,
        title=booking.title,
        description=booking.description,
        status=booking.status,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
        version=booking.version,
        cancelled_by=booking.cancelled_by or UNSET,
        cancellation_reason=booking.cancellation_reason or UNSET,
    )
