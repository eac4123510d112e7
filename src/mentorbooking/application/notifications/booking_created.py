"""A session was booked: what its student and its mentor are told."""

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
    """``at`` is when it was booked."""

    service: Service
    session: Session
    booked_by: DoneBy
    at: datetime


def to_student(facts: Facts) -> MailContent:
    return _write(
        facts,
        Party.STUDENT,
        subject="Booked",
        headline="Your session is booked",
        opening=f"You are going to meet {facts.session.mentor.name}.",
    )


def to_mentor(facts: Facts) -> MailContent:
    return _write(
        facts,
        Party.MENTOR,
        subject="New booking",
        headline="You have a new booking",
        opening=f"{facts.session.student.name} is going to meet you.",
    )


def _write(facts: Facts, reader: Side, *, subject: str, headline: str, opening: str) -> MailContent:
    from mentorbooking.application.notifications.calendar_part import calendar_part

    session = facts.session
    letter = Letter(
        subject=f"{subject}: {in_a_subject(session, reader)}",
        headline=headline,
        reader=session.reader(reader).name,
        opening=opening,
        details=(
            *time_details(session, reader),
            *own_words("Title", session.title),
            *own_words("Description", session.description),
            Detail("Booked by", who(facts.booked_by, reader)),
        ),
        closing=(
            "The attached invitation puts the session into your calendar.",
            "If you can't make it, please cancel early, so that the time is free for others.",
        ),
        link=Link("See the booking", session.link),
        because=TAKES_PART,
    )
    calendar = calendar_part("REQUEST", session, facts.service, reader=reader, at=facts.at)
    return write(letter, facts.service, calendar)
