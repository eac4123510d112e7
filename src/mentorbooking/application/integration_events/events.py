"""What the world is told: private events become public ones here, and nowhere else.

Public events are CloudEvents 1.0 in structured JSON
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md). Types and the fields of
``data`` are a contract with receivers: names stay for good, fields are only ever added. People
and things are named by id; what people wrote stays inside.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.positions import position_token
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated
from mentorbooking.domain.bookings_export.events import BookingsExported
from mentorbooking.domain.mentor_import.events import MentorsImported

CONTENT_TYPE: Final = "application/cloudevents+json"


class EventData(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what a public event tells. ``TYPE`` and ``SCHEMA_VERSION`` name its shape."""

    TYPE: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1


class BookingCreatedData(EventData, frozen=True, kw_only=True):
    """A student has a session with a mentor."""

    TYPE: ClassVar[str] = "booking.created"

    booking_id: str
    mentor_id: str
    student_id: str
    slot_id: str
    start: datetime
    end: datetime


class BookingCancelledData(EventData, frozen=True, kw_only=True):
    """The session will not take place. ``cancelled_by``: student, mentor or admin."""

    TYPE: ClassVar[str] = "booking.cancelled"

    booking_id: str
    cancelled_by: str


class MentorsImportedData(EventData, frozen=True, kw_only=True):
    """Every row of an uploaded file has its outcome; the four add up to ``total``."""

    TYPE: ClassVar[str] = "mentors.imported"

    import_id: str
    requested_by: str
    dry_run: bool
    total: int
    created: int
    updated: int
    unchanged: int
    failed: int


class BookingsExportedData(EventData, frozen=True, kw_only=True):
    """A file of bookings is there: how many, as of which position, and its SHA-256."""

    TYPE: ClassVar[str] = "bookings.exported"

    export_id: str
    requested_by: str
    object_key: str
    record_count: int
    sha256: str
    as_of_position: str


class IntegrationEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A CloudEvent; the field names are those of the specification.

    ``id`` is the private event's, so that receivers can drop repeats. ``subject`` is what it
    happened to, and events of one subject are sent in order.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    dataschema: str
    position: str
    actor: str
    correlationid: str
    causationid: str | None = None
    data: EventData

    def to_json(self) -> bytes:
        """Write it in structured mode: one JSON object, ``CONTENT_TYPE``."""
        return msgspec.json.encode(self)


class NotPublic(LookupError):
    """The event is private; there is no public form of it."""


def integration_event(recorded: RecordedEvent, *, source: str) -> IntegrationEvent:
    """Make the public event of a private one, or raise ``NotPublic``.

    ``source`` is a URI that names this installation.
    """
    data = _data_of(recorded)
    return IntegrationEvent(
        specversion="1.0",
        id=recorded.event_id,
        source=source,
        type=data.TYPE,
        subject=recorded.stream,
        time=recorded.event.at,
        datacontenttype="application/json",
        dataschema=f"urn:mentorbooking:event:{data.TYPE}:{data.SCHEMA_VERSION}",
        position=position_token(recorded.position),
        actor=recorded.metadata.actor,
        correlationid=recorded.metadata.correlation_id,
        causationid=recorded.metadata.causation_id,
        data=data,
    )


def _data_of(recorded: RecordedEvent) -> EventData:
    match recorded.event:
        case BookingCreated() as created:
            return BookingCreatedData(
                booking_id=recorded.stream,
                mentor_id=created.mentor_id,
                student_id=created.student_id,
                slot_id=created.slot_id,
                start=created.slot.start,
                end=created.slot.end,
            )
        case BookingCancelled(cancelled_by=party):
            return BookingCancelledData(booking_id=recorded.stream, cancelled_by=party)
        case MentorsImported() as imported:
            return MentorsImportedData(
                import_id=recorded.stream,
                requested_by=imported.requested_by,
                dry_run=imported.dry_run,
                total=imported.counts.total,
                created=imported.counts.created,
                updated=imported.counts.updated,
                unchanged=imported.counts.unchanged,
                failed=imported.counts.failed,
            )
        case BookingsExported() as exported:
            return BookingsExportedData(
                export_id=recorded.stream,
                requested_by=exported.requested_by,
                object_key=exported.object_key,
                record_count=exported.record_count,
                sha256=exported.sha256,
                as_of_position=position_token(exported.as_of_position),
            )
        case private:
            raise NotPublic(private.TOPIC)
