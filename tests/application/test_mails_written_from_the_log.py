"""From a message to a mail: the facts come from the log, people as they are on that day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event
from msgspec.structs import replace

from mentorbooking.application.notifications.addressees import NothingToSend
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount
from tests.support.fixed import NOW
from tests.support.mail_house import (
    BY_ADMIN,
    BY_STUDENT,
    MENTOR,
    MailHouse,
)
from tests.support.mails_from_the_log import mails_of, messages_of

pytestmark = pytest.mark.anyio


DAY = timedelta(days=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


def entry_of(mail: OutgoingMail) -> Event:
    assert mail.calendar is not None
    (entry,) = Calendar.from_ical(mail.calendar.content).events
    return entry


async def test_both_sides_are_told_of_a_booking_in_their_own_words(house: MailHouse) -> None:
    booking_id = await house.book()

    to_student, to_mentor = await mails_of(house, booking_id)

    assert (to_student.to_name, to_student.to_address) == ("Sam Student", "sam@people.example")
    assert (to_mentor.to_name, to_mentor.to_address) == ("Ada Lovelace", "ada@people.example")
    assert "You are going to meet Ada Lovelace" in to_student.text
    assert "Sam Student is going to meet you" in to_mentor.text
    assert f"https://booking.example/bookings/{booking_id}" in to_student.text
    assert (to_student.sent_at, to_student.message_id) == (
        house.clock.now(),
        (await messages_of(house, booking_id))[0].id,
    )


async def test_the_calendar_entry_counts_the_changes_of_the_booking(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.cancel(booking_id)

    mails = await mails_of(house, booking_id)

    entries = [entry_of(mail) for mail in mails]
    assert [entry["SEQUENCE"] for entry in entries] == [0, 0, 1, 1]
    assert {entry["UID"] for entry in entries} == {f"{booking_id}@mentorbooking"}
    assert [mail.calendar.method for mail in mails if mail.calendar] == [
        "REQUEST",
        "REQUEST",
        "CANCEL",
        "CANCEL",
    ]


async def test_a_booking_mail_tells_the_booking_as_it_was_then(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.cancel(booking_id)

    created, *_ = await mails_of(house, booking_id)

    assert "booked" in created.subject.lower()
    assert entry_of(created)["STATUS"] == "CONFIRMED"


async def test_people_are_called_and_reached_as_on_the_day_of_sending(house: MailHouse) -> None:
    booking_id = await house.book()
    student = await house.aggregates.get(UserAccount, BY_STUDENT.removeprefix("user:"))
    mentor = await house.aggregates.get(Mentor, MENTOR)
    await house.do(
        student.follow_profile(
            name="Sam Smith", time_zone=None, email="smith@new.example", now=NOW
        ),
        mentor.change_profile(ProfileChanges(name="Ada King", email="king@new.example"), now=NOW),
    )

    to_student, to_mentor = await mails_of(house, booking_id)

    assert (to_student.to_name, to_student.to_address) == ("Sam Smith", "smith@new.example")
    assert (to_mentor.to_name, to_mentor.to_address) == ("Ada King", "king@new.example")
    assert "Ada King" in to_student.subject


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        (BY_STUDENT, "Sam Student"),
        (BY_ADMIN, "Grace Hopper (administrator)"),
        ("system", "an administrator"),
        ("user:user_unknown", "an administrator"),
    ],
)
async def test_a_mail_tells_who_booked(house: MailHouse, actor: str, name: str) -> None:
    booking_id = await house.book(actor=actor)

    _, to_mentor = await mails_of(house, booking_id)

    assert f"Booked by: {name}\n" in to_mentor.text


@pytest.mark.parametrize(
    ("by", "actor", "name"),
    [
        (Party.STUDENT, BY_STUDENT, "you"),
        (Party.MENTOR, "user:user_01k40000000000000000000002", "Ada Lovelace"),
        (Party.ADMIN, BY_ADMIN, "Grace Hopper (administrator)"),
    ],
)
async def test_a_mail_tells_who_cancelled_and_why(
    house: MailHouse, by: Party, actor: str, name: str
) -> None:
    booking_id = await house.book()
    await house.cancel(booking_id, by=by, actor=actor)

    *_, to_student, _ = await mails_of(house, booking_id)

    assert f"Cancelled by: {name}\n" in to_student.text
    assert "Reason: Ill\n" in to_student.text


async def test_who_has_no_address_is_not_written_to(house: MailHouse) -> None:
    booking_id = await house.book(student_id="student_of_whom_nothing_is_known")
    to_student, to_mentor = await messages_of(house, booking_id)

    with pytest.raises(NothingToSend, match="no address"):
        await house.writer.write(to_student, now=NOW)

    assert (await house.writer.write(to_mentor, now=NOW)).to_address == "ada@people.example"


async def test_a_session_long_over_is_no_news_unless_somebody_asks(house: MailHouse) -> None:
    booking_id = await house.book(in_hours=24)
    house.moving_clock.advance(DAY + timedelta(hours=1) + DAY)
    assert len(await mails_of(house, booking_id)) == 2

    house.moving_clock.advance(timedelta(seconds=1))

    with pytest.raises(NothingToSend, match="over"):
        await mails_of(house, booking_id)
    assert len(await mails_of(house, booking_id, resends=1)) == 2


async def test_what_nobody_is_told_makes_no_mail(house: MailHouse) -> None:
    booking_id = await house.book()
    first = (await messages_of(house, booking_id))[0]

    with pytest.raises(NothingToSend):
        await house.writer.write(replace(first, position=1), now=NOW)


async def test_a_session_may_be_called_off_without_a_reason(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.cancel(booking_id, reason=None)

    for mail in (await mails_of(house, booking_id))[2:]:
        assert "Reason: No reason was given.\n" in mail.text
