"""A session was called off: what its student and its mentor are told."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mentorbooking.application.notifications.facts import DoneBy, Service, Session, Side
from mentorbooking.application.notifications.letter import (
    Detail,
    Letter,
    Link,
    MailContent,
    write,
)
from mentorbooking.application.notifications.session_words import (
    TAKES_PART,
    in_a_subject,
    own_words,
    time_details,
    who,
)
from mentorbooking.domain.booking.events import Party


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` is when it was cancelled; ``session.sequence`` counts that change too."""

    service: Service
    session: Session
    cancelled_by: DoneBy
    at: datetime
    reason: str = ""


def to_student(facts: Facts) -> MailContent:
    return _write(
        facts,
        Party.STUDENT,
        opening=f"Your session with {facts.session.mentor.name} will not take place.",
        closing="If you would still like to meet, you are welcome to book another time.",
    )


def to_mentor(facts: Facts) -> MailContent:
    return _write(
        facts,
        Party.MENTOR,
        opening=f"The session that {facts.session.student.name} had with you will not take place.",
        closing="The time is open for bookings again. Remove it if you want to keep it free.",
    )


def _write(facts: Facts, reader: Side, *, opening: str, closing: str) -> MailContent:
    from mentorbooking.application.notifications.calendar_part import calendar_part

    session = facts.session
    letter = Letter(
        subject=f"Cancelled: {in_a_subject(session, reader)}",
        headline="Your session is cancelled",
        reader=session.reader(reader).name,
        opening=opening,
        details=(
            Detail("Cancelled by", who(facts.cancelled_by, reader)),
            Detail("Reason", facts.reason.strip() or "No reason was given."),
            *time_details(session, reader),
            *own_words("Title", session.title),
        ),
        closing=(closing, "The attached note takes the session out of your calendar."),
        link=Link("See the booking", session.link),
        because=TAKES_PART,
    )
    calendar = calendar_part("CANCEL", session, facts.service, reader=reader, at=facts.at)
    return write(letter, facts.service, calendar)
