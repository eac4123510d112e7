"""Audiences of public events, and the words that people among them read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentorbooking.application.integration_events.audiences import (
    AUDIENCES,
    Audience,
    Participants,
    participants_from,
    types_for,
)
from mentorbooking.application.integration_events.events import EventData, integration_event
from mentorbooking.application.notifications.topic_letters import topic_letter
from mentorbooking.domain.bookings_export.events import BookingsExported
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor_import.events import ImportCounts, MentorsImported
from tests.support import mail_house
from tests.support.fixed import MENTOR, NOW, STUDENT
from tests.support.public_events import SOURCE, cancelled, created, recorded

IMPORTED = MentorsImported(
    at=NOW,
    requested_by="user_1",
    dry_run=True,
    counts=ImportCounts(total=10, created=4, updated=3, unchanged=2, failed=1),
)
EXPORTED = BookingsExported(
    at=NOW,
    requested_by="user_1",
    object_key="booking-exports/x/bookings.csv",
    record_count=3,
    sha256="0" * 64,
    as_of_position=7,
)


def test_every_public_event_has_an_audience() -> None:
    assert set(AUDIENCES) == {kind.TYPE for kind in EventData.__subclasses__()}


def test_admins_may_hear_of_everything_and_others_of_sessions() -> None:
    assert set(types_for(Audience.ADMINS)) == set(AUDIENCES)
    assert types_for(Audience.SUBSCRIBERS) == ("booking.created", "booking.cancelled")


@pytest.mark.parametrize(
    ("stream", "event", "subject", "words"),
    [
        ("booking_1", created(), "A session was booked", f"{SOURCE}/bookings/booking_1"),
        ("booking_1", cancelled(), "A session was cancelled", "Cancelled by the student on"),
        ("import_1", IMPORTED, "Mentors were imported", "10 rows: 4 created, 3 updated, "),
        ("export_1", EXPORTED, "Bookings were exported", f"3 bookings.\n\n{SOURCE}/exports"),
    ],
)
def test_words_tell_what_and_where_and_name_nobody(
    stream: str, event: Event, subject: str, words: str
) -> None:
    letter = topic_letter(integration_event(recorded(stream, event), source=SOURCE))

    assert letter.subject == subject
    assert letter.subject.isascii()
    assert len(letter.subject) < 100
    assert words in letter.text
    assert "@" not in letter.text
    assert "Ada" not in letter.text


@pytest.mark.anyio
async def test_who_takes_part_is_known_of_every_event_about_a_session(tmp_path: Path) -> None:
    house = mail_house.MailHouse(tmp_path)
    await house.has_people()
    booking_id = await house.book()
    await house.cancel(booking_id)
    find = participants_from(house.aggregates)

    booked = integration_event(recorded(booking_id, created()), source=SOURCE)
    ended = integration_event(recorded(booking_id, cancelled()), source=SOURCE)
    exported = integration_event(recorded("export_1", EXPORTED), source=SOURCE)

    assert await find(booked) == Participants(MENTOR, STUDENT)
    assert await find(ended) == Participants(mail_house.MENTOR, mail_house.STUDENT)
    assert await find(exported) is None
    house.close()
