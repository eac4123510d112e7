"""What the admin reads when an export of bookings has ended."""

from __future__ import annotations

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.notifications import bookings_exported
from mentorbooking.application.notifications.letter import MailContent
from tests.support.html_words import Page
from tests.support.mail_facts import ADMIN, SERVICE

EXPORT = "https://booking.example/exports/bookings/export_01h455vb4pex5vsknk084sn02q"


def mail(outcome: int | Failure) -> MailContent:
    return bookings_exported.to_admin(
        bookings_exported.Facts(service=SERVICE, admin=ADMIN, link=EXPORT, outcome=outcome)
    )


def test_a_finished_export_tells_its_status_records_and_link() -> None:
    content = mail(100_000)

    assert content.subject == "Export of bookings: completed"
    assert content.text.startswith("Hello Grace Hopper,\n")
    assert "Status: completed\n\nRecords: 100000\n" in content.text
    assert EXPORT in content.text
    assert EXPORT in Page(content.html).links


def test_an_empty_export_is_a_finished_one() -> None:
    assert "Status: completed\n\nRecords: 0\n" in mail(0).text


def test_a_failed_export_tells_why_and_that_it_can_be_tried_again() -> None:
    content = mail(Failure("storage-full", "The disk is full."))

    assert content.subject == "Export of bookings: failed"
    assert "Status: failed\n\nError: The disk is full. (storage-full)\n" in content.text
    assert "once more" in content.text
    assert "Records" not in content.text
    assert EXPORT in content.text
