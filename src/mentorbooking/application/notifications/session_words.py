"""What all mails about a session say alike: which one, when, with whom, who did it."""

from __future__ import annotations

from mentorbooking.application.notifications.facts import DoneBy, Session, Side
from mentorbooking.application.notifications.letter import Detail
from mentorbooking.application.notifications.plain_words import shortened
from mentorbooking.application.notifications.when import in_brief, interval
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.scheduling.time_slot import TimeSlot

TAKES_PART = "you take part in this session"


def in_a_subject(session: Session, reader: Side) -> str:
    """Tell which session it is, on one short line."""
    what = shortened(session.title, 80) or "mentoring session"
    other = shortened(session.other(reader).name, 60)
    return f"{what} with {other}, {in_brief(session.start, session.reader(reader).time_zone)}"


def time_details(session: Session, reader: Side) -> tuple[Detail, ...]:
    """Tell when it is, on the reader's clock and on that of the other side."""
    here, there = session.reader(reader), session.other(reader)
    minutes = TimeSlot(session.start, session.end).duration_minutes
    return (
        Detail("When", interval(session.start, session.end, here.time_zone)),
        Detail(f"For {there.name}", interval(session.start, session.end, there.time_zone)),
        Detail("Length", f"{minutes} minutes"),
    )


def own_words(label: str, text: str) -> tuple[Detail, ...]:
    """Quote what somebody wrote; nothing when they wrote nothing."""
    return (Detail(label, text),) if text.strip() else ()


def who(done_by: DoneBy, reader: Side) -> str:
    """Name the one who did it, as the reader would."""
    if done_by.party is reader:
        return "you"
    if done_by.party is Party.ADMIN:
        return f"{done_by.name} (administrator)" if done_by.name.strip() else "an administrator"
    return done_by.name
