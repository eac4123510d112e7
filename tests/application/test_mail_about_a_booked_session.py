"""What the student and the mentor read when a session was booked."""

from __future__ import annotations

import pytest

from mentorbooking.application.notifications import booking_created
from mentorbooking.application.notifications.facts import DoneBy
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.domain.booking.events import Party
from tests.support.html_words import Page
from tests.support.mail_facts import BOOKED_AT, SERVICE, by_admin, by_student, session


def mails(booked_by: DoneBy | None = None, **changes: object) -> tuple[MailContent, MailContent]:
    facts = booking_created.Facts(
        service=SERVICE,
        session=session(**changes),
        booked_by=booked_by or by_student(),
        at=BOOKED_AT,
    )
    return booking_created.to_student(facts), booking_created.to_mentor(facts)


def test_the_student_reads_their_own_time_first_and_the_mentors_beside_it() -> None:
    to_student, _ = mails()

    assert to_student.subject == (
        "Booked: Career talk with Ada Lovelace, Tue 1 Dec 2026, 10:00 (UTC+01:00)"
    )
    assert to_student.text == (
        "Hello Sam Student,\n"
        "\n"
        "You are going to meet Ada Lovelace.\n"
        "\n"
        "When:\n"
        "  Tuesday, 1 December 2026, 10:00 to 11:00\n"
        "  Europe/Berlin (CET, UTC+01:00)\n"
        "\n"
        "For Ada Lovelace:\n"
        "  Tuesday, 1 December 2026, 14:30 to 15:30\n"
        "  Asia/Kolkata (IST, UTC+05:30)\n"
        "\n"
        "Length: 60 minutes\n"
        "\n"
        "Title: Career talk\n"
        "\n"
        "Description:\n"
        "  Where to go from here?\n"
        "  And how?\n"
        "\n"
        "Booked by: you\n"
        "\n"
        "The attached invitation puts the session into your calendar.\n"
        "\n"
        "If you can't make it, please cancel early, so that the time is free for others.\n"
        "\n"
        "See the booking:\n"
        "https://booking.example/bookings/booking_01h455vb4pex5vsknk084sn02q\n"
        "\n"
        "-- \n"
        "Mentor Booking - https://booking.example\n"
        "You get this mail because you take part in this session. It was written automatically.\n"
    )


def test_the_mentor_reads_it_in_words_and_times_of_their_own() -> None:
    _, to_mentor = mails()

    assert to_mentor.subject == (
        "New booking: Career talk with Sam Student, Tue 1 Dec 2026, 14:30 (UTC+05:30)"
    )
    assert to_mentor.text.startswith(
        "Hello Ada Lovelace,\n\nSam Student is going to meet you.\n\n"
        "When:\n  Tuesday, 1 December 2026, 14:30 to 15:30\n  Asia/Kolkata (IST, UTC+05:30)\n\n"
        "For Sam Student:\n"
        "  Tuesday, 1 December 2026, 10:00 to 11:00\n  Europe/Berlin (CET, UTC+01:00)\n"
    )
    assert "Booked by: Sam Student\n" in to_mentor.text


def test_an_admin_who_booked_for_the_student_is_named_to_both() -> None:
    for mail in mails(by_admin()):
        assert "Booked by: Grace Hopper (administrator)\n" in mail.text


def test_an_admin_without_a_name_is_still_told_apart() -> None:
    to_student, _ = mails(DoneBy(Party.ADMIN, ""))

    assert "Booked by: an administrator\n" in to_student.text


def test_a_session_without_title_is_named_by_the_other_side() -> None:
    to_student, to_mentor = mails(title="", description="")

    assert to_student.subject.startswith("Booked: mentoring session with Ada Lovelace, ")
    assert to_mentor.subject.startswith("New booking: mentoring session with Sam Student, ")
    assert "Title" not in to_student.text
    assert "Description" not in to_student.text


@pytest.mark.parametrize("reader", [0, 1])
def test_html_says_what_the_text_says(reader: int) -> None:
    mail = mails()[reader]
    words = Page(mail.html).words

    body, _, _ = mail.text.partition("-- \n")
    for line in body.splitlines():
        _, separator, fact = line.strip().partition(": ")
        assert (fact if separator else line.strip().removesuffix(":")) in words


def test_html_works_without_images_and_scripts_and_loads_nothing() -> None:
    page = Page(mails()[0].html)

    assert page.tags.isdisjoint({"img", "script", "link", "iframe", "style"})
    assert set(page.links) == {
        "https://booking.example/bookings/booking_01h455vb4pex5vsknk084sn02q",
        "https://booking.example",
    }


def test_each_gets_a_calendar_part_that_asks_to_be_taken_in() -> None:
    for mail in mails():
        assert mail.calendar is not None
        assert mail.calendar.method == "REQUEST"


def test_no_phone_number_and_no_address_of_the_other_side_in_the_words() -> None:
    to_student, to_mentor = mails()

    assert "ada@mentors.example" not in to_student.text + to_student.html
    assert "sam@students.example" not in to_mentor.text + to_mentor.html
