"""An export of bookings has ended: what the admin who asked for it is told."""

from __future__ import annotations

import msgspec

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.notifications.facts import Person, Service
from mentorbooking.application.notifications.letter import Detail, Letter, Link, MailContent, write


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """How many bookings the file holds, or why there is none.

    ``link`` leads to the export, which hands the file out to admins only.
    """

    service: Service
    admin: Person
    link: str
    outcome: int | Failure


def to_admin(facts: Facts) -> MailContent:
    match facts.outcome:
        case Failure() as failure:
            letter = _of_failure(facts, failure)
        case record_count:
            letter = _of_file(facts, record_count)
    return write(letter, facts.service)


def _of_file(facts: Facts, record_count: int) -> Letter:
    return _letter(
        facts,
        subject="completed",
        headline="Your export is ready",
        opening="The bookings that you asked for are in a CSV file.",
        details=(Detail("Status", "completed"), Detail("Records", str(record_count))),
        closing="The link asks you to sign in and then hands out the file for 15 minutes.",
        link=Link("Get the file", facts.link),
    )


def _of_failure(facts: Facts, failure: Failure) -> Letter:
    return _letter(
        facts,
        subject="failed",
        headline="Your export has failed",
        opening="The file with the bookings could not be made.",
        details=(
            Detail("Status", "failed"),
            Detail("Error", f"{failure.detail} ({failure.code})"),
        ),
        closing="You can try the export once more.",
        link=Link("See the export", facts.link),
    )


def _letter(
    facts: Facts,
    *,
    subject: str,
    headline: str,
    opening: str,
    details: tuple[Detail, ...],
    closing: str,
    link: Link,
) -> Letter:
    return Letter(
        subject=f"Export of bookings: {subject}",
        headline=headline,
        reader=facts.admin.name,
        opening=opening,
        details=details,
        closing=(closing,),
        link=link,
        because="you asked for this export",
    )
