"""A student's session with a mentor.

Life cycle: confirmed -> cancelled. The calendars guard the time; the booking guards its own
promises, and is never erased.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.booking import policies
from mentorbooking.domain.booking.errors import AlreadyStarted
from mentorbooking.domain.booking.events import (
    BookingCancelled,
    BookingCreated,
    BookingEvent,
    Party,
)
from mentorbooking.domain.kernel.aggregate import NEVER, AggregateRoot, Decision
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class BookingStatus(StrEnum):
    """Where a booking is in its life."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Booking(AggregateRoot):
    """Refers to people by id; their names are in their own streams."""

    TOPIC: ClassVar[str] = "booking"

    mentor_id: str = ""
    student_id: str = ""
    slot_id: str = ""
    slot: TimeSlot = TimeSlot(NEVER, NEVER)
    title: str = ""
    description: str = ""
    status: BookingStatus = BookingStatus.CONFIRMED
    created_at: datetime = NEVER
    updated_at: datetime = NEVER
    cancelled_by: Party | None = None
    cancellation_reason: str | None = None

    # -- decisions ---------------------------------------------------------

    @classmethod
    def create(
        cls,
        booking_id: str,
        *,
        mentor_id: str,
        student_id: str,
        slot_id: str,
        slot: TimeSlot,
        title: str,
        description: str,
        now: datetime,
    ) -> Decision[Self]:
        return cls(id=booking_id).decide(
            BookingCreated(
                at=now,
                mentor_id=mentor_id,
                student_id=student_id,
                slot_id=slot_id,
                slot=slot,
                title=title,
                description=description,
            )
        )

    def cancel(self, *, by: Party, reason: str | None, now: datetime) -> Decision[Self]:
        """Call the session off; doing so twice changes nothing."""
        if self.status is BookingStatus.CANCELLED:
            return self.decide()
        if not policies.can_be_cancelled(self.slot, now=now):
            raise AlreadyStarted("The session has already started.")
        return self.decide(BookingCancelled(at=now, cancelled_by=by, reason=reason))

    # -- history -----------------------------------------------------------

    def evolve(self, event: BookingEvent) -> None:
        self.updated_at = event.at
        match event:
            case BookingCreated():
                self.mentor_id = event.mentor_id
                self.student_id = event.student_id
                self.slot_id = event.slot_id
                self.slot = event.slot
                self.title = event.title
                self.description = event.description
                self.created_at = event.at
            case BookingCancelled(cancelled_by=by, reason=reason):
                self.status = BookingStatus.CANCELLED
                self.cancelled_by = by
                self.cancellation_reason = reason
            case _:
                assert_never(event)
