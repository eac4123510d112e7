"""What can have happened to a student's time."""

from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class StudentCalendarOpened(Event, frozen=True, kw_only=True):
    """The student can book from now on."""

    TOPIC: ClassVar[str] = "student_calendar.opened"

    user_id: str


class SessionAdded(Event, frozen=True, kw_only=True):
    """The student is in a session then."""

    TOPIC: ClassVar[str] = "student_calendar.session_added"

    booking_id: str
    slot: TimeSlot


class SessionRemoved(Event, frozen=True, kw_only=True):
    """The student is free again then."""

    TOPIC: ClassVar[str] = "student_calendar.session_removed"

    booking_id: str


StudentCalendarEvent = StudentCalendarOpened | SessionAdded | SessionRemoved
