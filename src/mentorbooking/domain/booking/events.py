"""What can have happened to a booking. Title, description and reason are people's own words."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class Party(StrEnum):
    """In which part somebody acts on a booking."""

    STUDENT = "student"
    MENTOR = "mentor"
    ADMIN = "admin"


class BookingCreated(Event, frozen=True, kw_only=True):
    """A student has a session with a mentor."""

    TOPIC: ClassVar[str] = "booking.created"

    mentor_id: str
    student_id: str
    slot_id: str
    slot: TimeSlot
    title: str = ""
    description: str = ""


class BookingCancelled(Event, frozen=True, kw_only=True):
    """The session will not take place."""

    TOPIC: ClassVar[str] = "booking.cancelled"

    cancelled_by: Party
    reason: str | None = None


BookingEvent = BookingCreated | BookingCancelled
