"""What people read who follow public events by topic: a few plain words for each event.

Programs that follow get the event itself. These words go to many, so they name nobody.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from mentorbooking.application.integration_events.events import (
    BookingCancelledData,
    BookingCreatedData,
    BookingsExportedData,
    IntegrationEvent,
    MentorsImportedData,
)


class TopicLetter(msgspec.Struct, frozen=True):
    """``subject`` is ASCII and of fewer than 100 characters, as SNS wants it."""

    subject: str
    text: str


def topic_letter(event: IntegrationEvent) -> TopicLetter:
    """Put a public event into words."""
    at = event.source
    match event.data:
        case BookingCreatedData() as booked:
            return _letter(
                "A session was booked",
                f"From {_time(booked.start)} to {_time(booked.end)}.",
                f"{at}/bookings/{booked.booking_id}",
            )
        case BookingCancelledData() as cancelled:
            return _letter(
                "A session was cancelled",
                f"Cancelled by the {cancelled.cancelled_by} on {_time(event.time)}.",
                f"{at}/bookings/{cancelled.booking_id}",
            )
        case MentorsImportedData() as imported:
            return _letter(
                "Mentors were imported",
                f"{imported.total} rows: {imported.created} created, {imported.updated} updated, "
                f"{imported.unchanged} unchanged, {imported.failed} failed"
                f"{' (dry run)' if imported.dry_run else ''}.",
                f"{at}/import/mentors/{imported.import_id}",
            )
        case BookingsExportedData() as exported:
            return _letter(
                "Bookings were exported",
                f"{exported.record_count} bookings.",
                f"{at}/exports/bookings/{exported.export_id}",
            )
        case _:
            return _letter(event.type, f"It happened to {event.subject}.", at)


def _letter(subject: str, fact: str, link: str) -> TopicLetter:
    return TopicLetter(subject, f"{subject}.\n\n{fact}\n\n{link}\n")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
