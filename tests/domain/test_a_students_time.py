"""A student's calendar: sessions come and go, and the past is forgotten."""

from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import (
    SessionAdded,
    SessionRemoved,
    StudentCalendarOpened,
)
from tests.support.fixed import NOW, STUDENT, USER, slot
from tests.support.scenario import given

OPENED = StudentCalendarOpened(at=NOW, user_id=USER)
ADDED = SessionAdded(at=NOW, booking_id="booking_1", slot=slot(days=1))


def calendar():
    return StudentCalendar(id=STUDENT)


def test_a_session_is_entered():
    given(calendar(), OPENED).when(lambda c: c.add("booking_1", slot(days=1), now=NOW)).then(ADDED)


def test_a_session_is_taken_out():
    given(calendar(), OPENED, ADDED).when(lambda c: c.remove("booking_1", now=NOW)).then(
        SessionRemoved(at=NOW, booking_id="booking_1")
    )
    assert calendar().after(OPENED, ADDED, SessionRemoved(at=NOW, booking_id="booking_1")) == (
        StudentCalendar(id=STUDENT, version=3, user_id=USER)
    )


def test_taking_out_what_is_not_there_changes_nothing():
    given(calendar(), OPENED).when(lambda c: c.remove("booking_1", now=NOW)).then_nothing()


def test_sessions_that_have_ended_are_forgotten_when_a_new_one_comes():
    later = SessionAdded(at=slot(days=1).end, booking_id="booking_2", slot=slot(days=2))
    assert calendar().after(OPENED, ADDED, later).sessions == {"booking_2": slot(days=2)}


def test_a_session_that_is_still_going_on_is_kept():
    later = SessionAdded(at=slot(days=1).start, booking_id="booking_2", slot=slot(days=2))
    assert set(calendar().after(OPENED, ADDED, later).sessions) == {"booking_1", "booking_2"}
