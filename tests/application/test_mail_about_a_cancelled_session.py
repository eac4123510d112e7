"""What the student and the mentor read when a session was called off."""

from __future__ import annotations

from icalendar import Calendar

from mentorbooking.application.notifications import booking_cancelled
from mentorbooking.application.notifications.facts import DoneBy
from mentorbooking.application.notifications.letter import MailContent
from tests.support.html_words import Page
from tests.support.mail_facts import (
    BOOKED_AT,
    SERVICE,
    by_admin,
    by_mentor,
    by_student,
    session,
)


def mails(cancelled_by: DoneBy, reason: str = "") -> tuple[MailContent, MailContent]:
    facts = booking_cancelled.Facts(
        service=SERVICE,
        session=session(sequence=1),
        cancelled_by=cancelled_by,
        at=BOOKED_AT,
        reason=reason,
    )
    return booking_cancelled.to_student(facts), booking_cancelled.to_mentor(facts)


def test_who_cancelled_reads_you_and_the_other_side_reads_the_name() -> None:
    to_student, to_mentor = mails(by_student())
    assert "Cancelled by: you\n" in to_student.text
    assert "Cancelled by: Sam Student\n" in to_mentor.text

    to_student, to_mentor = mails(by_mentor())
    assert "Cancelled by: Ada Lovelace\n" in to_student.text
    assert "Cancelled by: you\n" in to_mentor.text


def test_an_admin_who_cancelled_is_named_to_both() -> None:
    for mail in mails(by_admin()):
        assert "Cancelled by: Grace Hopper (administrator)\n" in mail.text


def test_both_read_why_with_its_line_breaks() -> None:
    for mail in mails(by_mentor(), "I am ill.\nSorry!"):
        assert "Reason:\n  I am ill.\n  Sorry!\n" in mail.text
        assert "I am ill.<br>Sorry!" in mail.html


def test_a_missing_reason_is_said_to_be_missing() -> None:
    for mail in mails(by_mentor(), " "):
        assert "Reason: No reason was given.\n" in mail.text


def test_each_reads_which_session_it_was_in_their_own_time() -> None:
    to_student, to_mentor = mails(by_student())

    assert to_student.subject == (
        "Cancelled: Career talk with Ada Lovelace, Tue 1 Dec 2026, 10:00 (UTC+01:00)"
    )
    assert to_mentor.subject == (
        "Cancelled: Career talk with Sam Student, Tue 1 Dec 2026, 14:30 (UTC+05:30)"
    )
    for text in (to_student.text, to_mentor.text):
        assert "Title: Career talk\n" in text
        assert "10:00 to 11:00\n  Europe/Berlin (CET, UTC+01:00)" in text
        assert "14:30 to 15:30\n  Asia/Kolkata (IST, UTC+05:30)" in text


def test_each_is_told_what_they_can_do_now() -> None:
    to_student, to_mentor = mails(by_mentor())

    assert "book another time" in Page(to_student.html).words
    assert "open for bookings again" in Page(to_mentor.html).words
    assert "https://booking.example/bookings/booking_" in to_student.text


def test_the_calendar_part_takes_the_entry_out() -> None:
    for mail in mails(by_student()):
        assert mail.calendar is not None
        assert mail.calendar.method == "CANCEL"
        (entry,) = Calendar.from_ical(mail.calendar.content).walk("VEVENT")
        assert (entry["STATUS"], entry["SEQUENCE"]) == ("CANCELLED", 1)
