"""What an imported mentor reads."""

from __future__ import annotations

from datetime import UTC, datetime

from mentorbooking.application.notifications import mentor_invitation
from tests.support.html_words import Page
from tests.support.mail_facts import ADMIN, MENTOR, SERVICE

LINK = "https://booking.example/invitations?token=e30.abc-_"

MAIL = mentor_invitation.to_mentor(
    mentor_invitation.Facts(
        service=SERVICE,
        mentor=MENTOR,
        invited_by=ADMIN.name,
        link=LINK,
        expires_at=datetime(2026, 11, 28, 20, tzinfo=UTC),
    )
)


def test_it_says_who_invites_and_to_what() -> None:
    assert MAIL.subject == "Grace Hopper invites you to be a mentor at Mentor Booking"
    assert MAIL.text.startswith("Hello Ada Lovelace,\n\nGrace Hopper has prepared a profile")
    assert "Invited by: Grace Hopper\n" in MAIL.text


def test_it_says_until_when_on_the_mentors_clock() -> None:
    expected = "Sunday, 29 November 2026, 01:30, Asia/Kolkata (IST, UTC+05:30)"

    assert f"Valid until: {expected}\n" in MAIL.text
    assert expected in Page(MAIL.html).words


def test_it_names_the_address_that_may_accept_and_leads_there() -> None:
    assert "Your address: ada@mentors.example\n" in MAIL.text
    assert f"\n{LINK}\n" in MAIL.text
    assert LINK in Page(MAIL.html).links


def test_it_says_that_it_can_be_ignored_and_works_once() -> None:
    assert "The link works once." in MAIL.text
    assert "you can ignore it" in MAIL.text
