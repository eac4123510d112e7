"""What an imported mentor reads."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from mentorbooking.application.notifications import mentor_invitation
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.letter import MailContent
from tests.support.html_words import Page
from tests.support.mail_facts import ADMIN, MENTOR, SERVICE

LINK = "https://booking.example/invitations?token=e30.abc-_"


def mail(service: Service = SERVICE) -> MailContent:
    return mentor_invitation.to_mentor(
        mentor_invitation.Facts(
            service=service,
            mentor=MENTOR,
            invited_by=ADMIN.name,
            link=LINK,
            expires_at=datetime(2026, 11, 28, 20, tzinfo=UTC),
        )
    )


def test_it_says_who_invites_and_to_what() -> None:
    assert mail().subject == "Grace Hopper invites you to be a mentor at Mentor Booking"
    assert mail().text.startswith("Hello Ada Lovelace,\n\nGrace Hopper has prepared a profile")
    assert "Invited by: Grace Hopper\n" in mail().text


def test_it_says_until_when_on_the_mentors_clock() -> None:
    expected = "Sunday, 29 November 2026, 01:30, Asia/Kolkata (IST, UTC+05:30)"

    assert f"Valid until: {expected}\n" in mail().text
    assert expected in Page(mail().html).words


def test_it_names_the_address_that_may_accept_and_leads_there() -> None:
    assert "Your address: ada@mentors.example\n" in mail().text
    assert f"\n{LINK}\n" in mail().text
    assert LINK in Page(mail().html).links


def test_it_says_that_it_can_be_ignored_and_works_once() -> None:
    assert "The link works once." in mail().text
    assert "you can ignore it" in mail().text


def test_a_service_of_a_long_name_does_not_fill_the_subject() -> None:
    subject = mail(replace(SERVICE, mailbox=Mailbox("x" * 100, "m@x.example"))).subject

    assert len(subject.rpartition(" at ")[2]) == 60
