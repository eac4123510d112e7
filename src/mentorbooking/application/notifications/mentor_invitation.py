"""An imported mentor is invited to take over the profile that was made for them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mentorbooking.application.notifications.facts import Person, Service
from mentorbooking.application.notifications.letter import Detail, Letter, Link, MailContent, write
from mentorbooking.application.notifications.plain_words import shortened
from mentorbooking.application.notifications.when import instant


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """``link`` is signed and works once, for the mentor's own address, until ``expires_at``."""

    service: Service
    mentor: Person
    invited_by: str
    link: str
    expires_at: datetime


def to_mentor(facts: Facts) -> MailContent:
    letter = Letter(
        subject=(
            f"{shortened(facts.invited_by, 60)} invites you to be a mentor "
            f"at {shortened(facts.service.name, 60)}"
        ),
        headline="You are invited to be a mentor",
        reader=facts.mentor.name,
        opening=(
            f"{facts.invited_by} has prepared a profile for you at {facts.service.name}. "
            "Register to make it yours: set a password, look it over, "
            "and offer the times at which students can book you."
        ),
        details=(
            Detail("Invited by", facts.invited_by),
            Detail("Your address", facts.mentor.address),
            Detail("Valid until", instant(facts.expires_at, facts.mentor.time_zone)),
        ),
        closing=(
            "Please register with the address above. The link works once.",
            "If you did not expect this mail, you can ignore it.",
        ),
        link=Link("Accept the invitation", facts.link),
        because=f"{facts.invited_by} gave your address",
    )
    return write(letter, facts.service)
