"""A booking from its creation to its end."""

from datetime import timedelta

from mentorbooking.domain.booking.booking import Booking, BookingStatus
from mentorbooking.domain.booking.errors import AlreadyStarted
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT, slot
from tests.support.scenario import given

TOMORROW = slot(days=1)


def created(at=TOMORROW):
    return BookingCreated(
        at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot_1", slot=at, title="Resumes"
    )


def test_a_new_booking_is_confirmed_and_knows_its_slot():
    booking = Booking.create(
        BOOKING,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id="slot_1",
        slot=TOMORROW,
        title="Resumes",
        description="Two pages",
        now=NOW,
    ).outcome()
    assert (booking.status, booking.slot, booking.version) == (BookingStatus.CONFIRMED, TOMORROW, 1)
    assert (booking.title, booking.description) == ("Resumes", "Two pages")
    assert (booking.created_at, booking.updated_at) == (NOW, NOW)


def test_a_booking_can_be_cancelled_with_a_reason():
    given(Booking(id=BOOKING), created()).when(
        lambda booking: booking.cancel(by=Party.STUDENT, reason="ill", now=NOW)
    ).then(BookingCancelled(at=NOW, cancelled_by=Party.STUDENT, reason="ill"))


def test_cancelling_twice_changes_nothing():
    cancelled = BookingCancelled(at=NOW, cancelled_by=Party.MENTOR)
    given(Booking(id=BOOKING), created(), cancelled).when(
        lambda booking: booking.cancel(by=Party.STUDENT, reason=None, now=NOW)
    ).then_nothing()


def test_cancelling_twice_is_harmless_even_after_the_start():
    cancelled = BookingCancelled(at=NOW, cancelled_by=Party.MENTOR)
    given(Booking(id=BOOKING), created(), cancelled).when(
        lambda booking: booking.cancel(by=Party.STUDENT, reason=None, now=TOMORROW.end)
    ).then_nothing()


def test_a_session_that_has_started_cannot_be_cancelled():
    given(Booking(id=BOOKING), created()).when(
        lambda booking: booking.cancel(by=Party.STUDENT, reason=None, now=TOMORROW.start)
    ).then_refused(AlreadyStarted)


def test_a_session_can_be_cancelled_until_the_moment_before_it_starts():
    just_before = TOMORROW.start - timedelta(microseconds=1)
    given(Booking(id=BOOKING), created()).when(
        lambda booking: booking.cancel(by=Party.ADMIN, reason=None, now=just_before)
    ).then(BookingCancelled(at=just_before, cancelled_by=Party.ADMIN))


def test_what_was_booked_stays_readable_after_cancelling():
    booking = Booking(id=BOOKING).after(
        created(), BookingCancelled(at=NOW, cancelled_by=Party.MENTOR, reason="travel")
    )
    assert (booking.title, booking.slot, booking.status) == ("Resumes", TOMORROW, "cancelled")
    assert (booking.cancelled_by, booking.cancellation_reason) == ("mentor", "travel")
