"""What can have happened to an export of bookings."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from mentorbooking.domain.kernel.event import Event


class ExportFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which bookings: those that start in [start_from, start_before), in a status, of a mentor."""

    start_from: datetime | None = None
    start_before: datetime | None = None
    status: str | None = None
    mentor_id: str | None = None


class BookingsExportRequested(Event, frozen=True, kw_only=True):
    """An admin wants the bookings as they were at one position of the log."""

    TOPIC: ClassVar[str] = "bookings_export.requested"

    filter: ExportFilter
    as_of_position: int
    raw: bool
    requested_by: str


class BookingsExportStarted(Event, frozen=True, kw_only=True):
    """A worker has taken it up."""

    TOPIC: ClassVar[str] = "bookings_export.started"


class BookingsExported(Event, frozen=True, kw_only=True):
    """The file is there."""

    TOPIC: ClassVar[str] = "bookings.exported"

    object_key: str
    record_count: int
    sha256: str
    as_of_position: int
    requested_by: str


class BookingsExportFailed(Event, frozen=True, kw_only=True):
    """The file could not be made."""

    TOPIC: ClassVar[str] = "bookings_export.failed"

    code: str
    detail: str
    requested_by: str


class BookingsExportRetried(Event, frozen=True, kw_only=True):
    """An admin asks for it once more."""

    TOPIC: ClassVar[str] = "bookings_export.retried"


BookingsExportEvent = (
    BookingsExportRequested
    | BookingsExportStarted
    | BookingsExported
    | BookingsExportFailed
    | BookingsExportRetried
)
