"""Names, titles and reasons can say anything and change nothing but themselves."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.application.notifications import (
    booking_cancelled,
    booking_created,
    mentor_invitation,
    mentors_imported,
)
from mentorbooking.application.notifications.facts import Person
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.notifications.mentors_imported import RowError
from mentorbooking.application.notifications.plain_words import lines_of, shortened, single_line
from mentorbooking.domain.mentor_import.events import ImportCounts
from tests.support.html_words import Page
from tests.support.mail_facts import ADMIN, BOOKED_AT, SERVICE, by_mentor, by_student, session

EVIL = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def booked(**changes: object) -> MailContent:
    return booking_created.to_student(
        booking_created.Facts(
            service=SERVICE, session=session(**changes), booked_by=by_student(), at=BOOKED_AT
        )
    )


def every_mail_with(words: str) -> list[MailContent]:
    person = Person(words, "p@example.org", "UTC")
    facts = booking_cancelled.Facts(
        service=SERVICE,
        session=session(student=person, mentor=person, title=words),
        cancelled_by=by_mentor(),
        at=BOOKED_AT,
        reason=words,
    )
    return [
        booked(student=person, mentor=person, title=words, description=words),
        booking_cancelled.to_student(facts),
        booking_cancelled.to_mentor(facts),
        mentors_imported.to_admin(
            mentors_imported.Facts(
                service=SERVICE,
                admin=person,
                file_name=words,
                report_link="https://booking.example/r",
                outcome=ImportCounts(total=1, failed=1),
                errors=(RowError(2, words, "invalid-value", words),),
            )
        ),
        mentor_invitation.to_mentor(
            mentor_invitation.Facts(
                service=SERVICE,
                mentor=person,
                invited_by=words,
                link="https://booking.example/i",
                expires_at=BOOKED_AT,
            )
        ),
    ]


def test_markup_in_words_is_shown_not_obeyed() -> None:
    for mail in every_mail_with(EVIL):
        page = Page(mail.html)
        assert page.tags.isdisjoint({"script", "img"})
        assert EVIL in page.words


@pytest.mark.parametrize(
    "breaks", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_a_line_break_in_words_stays_out_of_the_subject(breaks: str) -> None:
    for mail in every_mail_with(f"Hello{breaks}Bcc: eve@example.org"):
        assert "Hello Bcc: eve@example.org" in f"{mail.subject} {mail.text}"
        assert len(mail.subject.splitlines()) == 1


def test_lines_of_a_description_cannot_pass_for_facts_of_the_mail() -> None:
    mail = booked(description="fine\nWhen: tomorrow\n\n-- \nMentor Booking")

    assert "\nDescription:\n  fine\n  When: tomorrow\n\n  --\n  Mentor Booking\n" in mail.text


def test_marks_that_reverse_text_are_taken_out_and_joiners_stay() -> None:
    assert single_line("Ada\u202egpj.exe\u202c") == "Adagpj.exe"
    assert single_line("می\u200cخواهم") == "می\u200cخواهم"


def test_long_words_are_cut_in_the_subject_and_whole_in_the_mail() -> None:
    mail = booked(title="x" * 200)

    assert f"Booked: {'x' * 79}… with Ada Lovelace" in mail.subject
    assert f"Title: {'x' * 200}\n" in mail.text


def test_what_fits_is_not_cut() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"


@given(st.text())
def test_a_single_line_is_one_line_without_control_characters(text: str) -> None:
    line = single_line(text)

    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert all(unicodedata.category(letter) not in {"Cc", "Cs"} for letter in line)
    assert single_line(line) == line


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Z"])))
def test_words_without_such_characters_stay_as_they_are(text: str) -> None:
    assert single_line(text) == text
    assert "".join(lines_of(text)) == text


def test_an_admin_is_greeted_by_name_in_any_script() -> None:
    mail = mentor_invitation.to_mentor(
        mentor_invitation.Facts(
            service=SERVICE,
            mentor=Person("李小龍", "li@example.org", "Asia/Shanghai"),
            invited_by=ADMIN.name,
            link="https://booking.example/i",
            expires_at=BOOKED_AT,
        )
    )

    assert mail.text.startswith("Hello 李小龍,")
    assert "Hello 李小龍," in mail.html
