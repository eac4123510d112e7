"""From a message to a mail: the facts come from the log, people as they are on that day."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event
from msgspec.structs import replace

from mentorbooking.application.notifications.addressees import NothingToSend
from mentorbooking.application.notifications.planning import MessagePlan
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.application.ports.messages import MessageRecord
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.mentor_import.events import ImportCounts, RowOutcome, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from mentorbooking.domain.user_account.account import UserAccount
from tests.support.fixed import NOW
from tests.support.mail_house import (
    ADMIN,
    BY_ADMIN,
    BY_STUDENT,
    IMPORTED,
    MENTOR,
    MailHouse,
)

pytestmark = pytest.mark.anyio

IMPORT, EXPORT = "import_01k40000000000000000000005", "export_01k40000000000000000000006"
DAY = timedelta(days=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


async def messages_of(house: MailHouse, stream: str) -> list[MessageRecord]:
    plan = MessagePlan(house.log)
    return [
        each
        for recorded in await house.log.read_stream(stream)
        for each in await plan.messages(recorded)
    ]


async def mails_of(house: MailHouse, stream: str, **others: object) -> list[OutgoingMail]:
    return [
        await house.writer.write(replace(message, **others), now=house.clock.now())
        for message in await messages_of(house, stream)
    ]


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


# -- invitations -------------------------------------------------------------------------


def token_in(mail: OutgoingMail) -> str:
    found = re.search(r"https://booking\.example/register\?invitation=([\w.-]+)\s", mail.text)
    assert found
    return found[1]


async def test_an_invitation_proves_itself_and_names_who_invites(house: MailHouse) -> None:
    await house.has_imported_mentor()

    (mail,) = await mails_of(house, IMPORTED)

    assert (mail.to_name, mail.to_address) == ("Alan Turing", "alan@people.example")
    assert mail.subject == "Grace Hopper invites you to be a mentor at Mentor Booking"
    claims = house.invitations.verify(token_in(mail), NOW)
    assert (claims.mentor_id, claims.invitation_id) == (IMPORTED, "invitation_1")
    assert claims.expires_at == NOW + timedelta(days=7)


async def test_without_an_admin_the_team_invites(house: MailHouse) -> None:
    await house.has_imported_mentor(invited_by="system")

    (mail,) = await mails_of(house, IMPORTED)

    assert mail.subject.startswith("The team of Mentor Booking invites you")


async def test_only_the_newest_invitation_is_sent(house: MailHouse) -> None:
    await house.has_imported_mentor()
    mentor = await house.aggregates.get(Mentor, IMPORTED)
    await house.do(mentor.invite("invitation_2", by=ADMIN, now=NOW))
    old, new = await messages_of(house, IMPORTED)

    with pytest.raises(NothingToSend, match="newer"):
        await house.writer.write(old, now=NOW)

    mail = await house.writer.write(new, now=NOW)
    assert house.invitations.verify(token_in(mail), NOW).invitation_id == "invitation_2"


@pytest.mark.parametrize(
    ("later", "is_good"), [(7 * DAY - timedelta(seconds=1), True), (7 * DAY, False)]
)
async def test_an_expired_invitation_is_not_sent(
    house: MailHouse, later: timedelta, is_good: bool
) -> None:
    await house.has_imported_mentor()
    house.moving_clock.advance(later)

    if is_good:
        assert len(await mails_of(house, IMPORTED)) == 1
    else:
        with pytest.raises(NothingToSend, match="expired"):
            await mails_of(house, IMPORTED)


async def test_a_mentor_who_has_registered_is_not_invited_any_more(house: MailHouse) -> None:
    await house.has_imported_mentor()
    mentor = await house.aggregates.get(Mentor, IMPORTED)
    await house.do(mentor.accept_invitation("invitation_1", user_id="user_9", now=NOW))

    with pytest.raises(NothingToSend, match="used"):
        await mails_of(house, IMPORTED)


# -- imports and exports -----------------------------------------------------------------


async def ask_for_import(house: MailHouse, import_id: str = IMPORT) -> MentorImport:
    await house.do(
        MentorImport.request(
            import_id,
            object_key="k",
            file_name="mentors.csv",
            sha256="0",
            size_bytes=1,
            dry_run=False,
            requested_by=ADMIN,
            now=NOW,
        )
    )
    return await house.aggregates.get(MentorImport, import_id)


async def row(house: MailHouse, line: int, *problems: str, import_id: str = IMPORT) -> None:
    kept = MentorImportRow(id=MentorImportRow.id_of(import_id, line))
    outcome = RowOutcome.FAILED if problems else RowOutcome.UNCHANGED
    await house.do(
        kept.record(
            outcome,
            problems=tuple(RowProblem("email", code, f"what {code} means") for code in problems),
            now=NOW,
        )
    )


async def end_import(house: MailHouse, import_: MentorImport, *, total: int, failed: int) -> None:
    counts = ImportCounts(total=total, unchanged=total - failed, failed=failed)
    await house.do(import_.complete(counts, (), now=NOW))


async def test_the_admin_is_told_the_first_errors_in_the_order_of_the_file(
    house: MailHouse,
) -> None:
    import_ = await ask_for_import(house)
    other = await ask_for_import(house, "import_other")
    await row(house, 2, "in-the-other-file", import_id=other.id)
    for line in (33, 9, 12, 3):
        await row(house, line, f"wrong-{line}", *(["twice"] if line == 9 else []))
    await row(house, 4)
    for line in range(34, 44):
        await row(house, line, f"wrong-{line}")
    await end_import(house, import_, total=15, failed=14)

    (mail,) = await mails_of(house, IMPORT)

    assert (mail.to_name, mail.to_address) == ("Grace Hopper", "grace@people.example")
    assert "14 of 15 rows failed (mentors.csv)" in mail.subject
    lines = re.findall(r"Line (\d+), email: what ([\w-]+) means", mail.text)
    assert lines == [
        ("3", "wrong-3"),
        ("9", "wrong-9"),
        ("9", "twice"),
        ("12", "wrong-12"),
        ("33", "wrong-33"),
        *((str(line), f"wrong-{line}") for line in range(34, 39)),
    ]
    assert f"https://booking.example/import/mentors/{IMPORT}/report.csv" in mail.text


async def test_errors_of_later_rows_are_found_behind_many_good_ones(house: MailHouse) -> None:
    import_ = await ask_for_import(house)
    rows = [
        MentorImportRow(id=MentorImportRow.id_of(IMPORT, line)).record(
            RowOutcome.UNCHANGED, now=NOW
        )
        for line in range(2, 1_200)
    ]
    await house.do(*rows)
    await row(house, 1_200, "wrong-at-last")
    await end_import(house, import_, total=1_199, failed=1)

    (mail,) = await mails_of(house, IMPORT)

    assert "Line 1200, email: what wrong-at-last means" in mail.text


async def test_the_admin_is_told_why_an_import_failed(house: MailHouse) -> None:
    import_ = await ask_for_import(house)
    await house.do(import_.fail("missing-column", "There is no column email.", now=NOW))

    (mail,) = await mails_of(house, IMPORT)

    assert "There is no column email. (missing-column)" in mail.text


async def ask_for_export(house: MailHouse) -> BookingsExport:
    await house.do(
        BookingsExport.request(
            EXPORT,
            filter=ExportFilter(),
            as_of_position=1,
            raw=False,
            requested_by=ADMIN,
            now=NOW,
        )
    )
    return await house.aggregates.get(BookingsExport, EXPORT)


async def test_the_admin_is_told_of_each_end_of_an_export(house: MailHouse) -> None:
    export = await ask_for_export(house)
    await house.do(export.fail("export-failed", "The disk was full.", now=NOW))
    export = await house.aggregates.get(BookingsExport, EXPORT)
    await house.do(export.retry(now=NOW))
    export = await house.aggregates.get(BookingsExport, EXPORT)
    await house.do(export.complete(object_key="k", record_count=412, sha256="0", now=NOW))

    failed, done = await mails_of(house, EXPORT)

    assert "The disk was full. (export-failed)" in failed.text
    assert "Records: 412" in done.text
    for mail in (failed, done):
        assert mail.to_address == "grace@people.example"
        assert f"https://booking.example/exports/bookings/{EXPORT}" in mail.text


async def test_what_nobody_is_told_makes_no_mail(house: MailHouse) -> None:
    booking_id = await house.book()
    first = (await messages_of(house, booking_id))[0]

    with pytest.raises(NothingToSend):
        await house.writer.write(replace(first, position=1), now=NOW)
