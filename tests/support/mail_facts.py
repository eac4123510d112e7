"""People and a session for tests of mails: a student in Berlin, a mentor in Kolkata."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from mentorbooking.application.notifications.facts import (
    DoneBy,
    Mailbox,
    Person,
    Service,
    Session,
)
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.domain.booking.events import Party

SERVICE = Service(Mailbox("Mentor Booking", "no-reply@booking.example"), "https://booking.example")
STUDENT = Person("Sam Student", "sam@students.example", "Europe/Berlin")
MENTOR = Person("Ada Lovelace", "ada@mentors.example", "Asia/Kolkata")
ADMIN = Person("Grace Hopper", "grace@booking.example", "America/New_York")
BOOKED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

_SESSION = Session(
    booking_id="booking_01h455vb4pex5vsknk084sn02q",
    start=datetime(2026, 12, 1, 9, tzinfo=UTC),
    end=datetime(2026, 12, 1, 10, tzinfo=UTC),
    student=STUDENT,
    mentor=MENTOR,
    sequence=0,
    link="https://booking.example/bookings/booking_01h455vb4pex5vsknk084sn02q",
    title="Career talk",
    description="Where to go from here?\nAnd how?",
)


def session(**changes: object) -> Session:
    """Make the session, 1 December 2026, 9 to 10 UTC, with some of it changed."""
    return replace(_SESSION, **changes)


def by_student() -> DoneBy:
    return DoneBy(Party.STUDENT, STUDENT.name)


def by_mentor() -> DoneBy:
    return DoneBy(Party.MENTOR, MENTOR.name)


def by_admin() -> DoneBy:
    return DoneBy(Party.ADMIN, ADMIN.name)


def plain_mail(
    message_id: str = "message_01h455vb4pex5vsknk084sn02q", to_address: str = MENTOR.address
) -> OutgoingMail:
    """Make a short mail without a calendar part."""
    return OutgoingMail(
        message_id=message_id,
        to_address=to_address,
        to_name=MENTOR.name,
        subject="Hello",
        text="Hello\n",
        html="<p>Hello</p>\n",
        sent_at=BOOKED_AT,
    )
