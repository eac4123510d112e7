"""A student's time: why nobody is in two sessions at once.

Sessions that have ended are dropped from the state whenever a new one comes, so that it stays
small for ever; they can't overlap with anything that may still be booked.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.events import (
    SessionAdded,
    SessionRemoved,
    StudentCalendarEvent,
    StudentCalendarOpened,
)


class StudentCalendar(AggregateRoot):
    """The id is the student's."""

    TOPIC: ClassVar[str] = "student_calendar"

    user_id: str = ""
    sessions: dict[str, TimeSlot] = {}

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"student_calendar:{aggregate_id}"

    # -- decisions ---------------------------------------------------------

    @classmethod
    def open(cls, student_id: str, *, user_id: str, now: datetime) -> Decision[Self]:
        return cls(id=student_id).decide(StudentCalendarOpened(at=now, user_id=user_id))

    def add(self, booking_id: str, slot: TimeSlot, *, now: datetime) -> Decision[Self]:
        """Enter a session that ``scheduling.bookability`` has found to be free."""
        return self.decide(SessionAdded(at=now, booking_id=booking_id, slot=slot))

    def remove(self, booking_id: str, *, now: datetime) -> Decision[Self]:
        if booking_id not in self.sessions:
            return self.decide()
        return self.decide(SessionRemoved(at=now, booking_id=booking_id))

    # -- history -----------------------------------------------------------

    def evolve(self, event: StudentCalendarEvent) -> None:
        match event:
            case StudentCalendarOpened(user_id=user_id):
                self.user_id = user_id
            case SessionAdded(booking_id=booking_id, slot=slot, at=at):
                to_come = {key: taken for key, taken in self.sessions.items() if taken.end > at}
                self.sessions = {**to_come, booking_id: slot}
            case SessionRemoved(booking_id=booking_id):
                self.sessions = {k: v for k, v in self.sessions.items() if k != booking_id}
            case _:
                assert_never(event)
