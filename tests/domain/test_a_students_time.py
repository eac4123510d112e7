"""A student's calendar: sessions come and go, and the past is forgotten."""

from datetime import timedelta

from hypothesis import given as given_numbers
from hypothesis import strategies as st

from mentorbooking.domain.student_calendar.calendar import Session, StudentCalendar
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


def test_a_calendar_is_opened_for_an_account():
    decision = StudentCalendar.open(STUDENT, user_id=USER, now=NOW)
    assert decision.events == (OPENED,)
    assert decision.outcome() == StudentCalendar(id=STUDENT, version=1, user_id=USER)


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
    assert calendar().after(OPENED, ADDED, later).sessions == (Session("booking_2", slot(days=2)),)


def test_a_session_that_is_still_going_on_is_kept():
    later = SessionAdded(at=slot(days=1).start, booking_id="booking_2", slot=slot(days=2))
    kept = calendar().after(OPENED, ADDED, later).sessions
    assert [session.booking_id for session in kept] == ["booking_1", "booking_2"]


def booked(*starts):
    return calendar().after(
        OPENED, *(SessionAdded(at=NOW, booking_id=f"b{n}", slot=slot(hours=n)) for n in starts)
    )


def test_sessions_are_kept_by_start_whatever_order_they_come_in():
    assert [session.booking_id for session in booked(5, 1, 3).sessions] == ["b1", "b3", "b5"]


@given_numbers(
    st.sets(st.integers(1, 40)), st.integers(0, 41 * 4), st.integers(1, 12), st.integers(0, 41)
)
def test_whatever_overlaps_is_near(starts, quarter, quarters, now_hours):
    sessions = booked(*starts)
    later = SessionAdded(
        at=NOW + timedelta(hours=now_hours), booking_id="late", slot=slot(hours=100)
    )
    wanted = slot(hours=quarter / 4, lasting=timedelta(minutes=15 * quarters))
    for state in (sessions, sessions.after(later)):
        overlapping = [s.slot for s in state.sessions if s.slot.overlaps(wanted)]
        assert [s for s in state.near(wanted) if s.overlaps(wanted)] == overlapping
        assert list(state.sessions) == sorted(state.sessions, key=lambda s: s.slot)
        assert len(state.near(wanted)) <= len(overlapping) + 1
