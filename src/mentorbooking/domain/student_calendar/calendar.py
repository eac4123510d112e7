"""A student's time: why nobody is in two sessions at once.

Sessions are kept by start. As no two overlap, only the neighbours of a wanted time matter, and
those that have ended come first: they are dropped whenever a new one comes, so that the state
stays small for ever.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime
from typing import ClassVar, Self, assert_never

import msgspec

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.events import (
    SessionAdded,
    SessionRemoved,
    StudentCalendarEvent,
    StudentCalendarOpened,
)


class Session(msgspec.Struct, frozen=True, gc=False):
    """A time at which the student is in a session."""

    booking_id: str
    slot: TimeSlot


class StudentCalendar(AggregateRoot):
    """The id is the student's. ``sessions`` are sorted by start and don't overlap."""

    TOPIC: ClassVar[str] = "student_calendar"

    user_id: str = ""
    sessions: tuple[Session, ...] = ()

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"student_calendar:{aggregate_id}"

    @property
    def extent(self) -> int:
        return 1 + len(self.sessions)

    def near(self, slot: TimeSlot) -> list[TimeSlot]:
        """Return the sessions that may overlap with a time: none but these can."""
        behind = bisect_left(self.sessions, slot.end, key=_start)
        before = bisect_right(self.sessions, slot.start, key=_start) - 1
        return [session.slot for session in self.sessions[max(before, 0) : behind]]

    # -- decisions ---------------------------------------------------------

    @classmethod
    def open(cls, student_id: str, *, user_id: str, now: datetime) -> Decision[Self]:
        return cls(id=student_id).decide(StudentCalendarOpened(at=now, user_id=user_id))

    def add(self, booking_id: str, slot: TimeSlot, *, now: datetime) -> Decision[Self]:
        """Enter a session that ``scheduling.bookability`` has found to be free."""
        return self.decide(SessionAdded(at=now, booking_id=booking_id, slot=slot))

    def remove(self, booking_id: str, *, now: datetime) -> Decision[Self]:
        if all(session.booking_id != booking_id for session in self.sessions):
            return self.decide()
        return self.decide(SessionRemoved(at=now, booking_id=booking_id))

    # -- history -----------------------------------------------------------

    def evolve(self, event: StudentCalendarEvent) -> None:
        match event:
            case StudentCalendarOpened(user_id=user_id):
                self.user_id = user_id
            case SessionAdded(booking_id=booking_id, slot=slot, at=at):
                ended = bisect_right(self.sessions, at, key=_end)
                place = bisect_left(self.sessions, slot.start, key=_start)
                self.sessions = (
                    *self.sessions[ended:place],
                    Session(booking_id, slot),
                    *self.sessions[max(ended, place) :],
                )
            case SessionRemoved(booking_id=booking_id):
                self.sessions = tuple(
                    session for session in self.sessions if session.booking_id != booking_id
                )
            case _:
                assert_never(event)


def _start(session: Session) -> datetime:
    return session.slot.start


def _end(session: Session) -> datetime:
    return session.slot.end
