"""The export of bookings as cells. The same rows make the same bytes, on any machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from mentorbooking.application.files.csv_writing import Column, csv_blocks
from mentorbooking.domain.scheduling.time_slot import TimeSlot

COLUMNS = (
    Column("booking_id"),
    Column("status"),
    Column("student_id"),
    Column("student_name"),
    Column("mentor_id"),
    Column("mentor_name"),
    Column("title"),
    Column("start_utc", is_text=False),
    Column("end_utc", is_text=False),
    Column("start_local", is_text=False),
    Column("end_local", is_text=False),
    Column("time_zone"),
    Column("duration_minutes", is_text=False),
    Column("created_at", is_text=False),
    Column("cancelled_at", is_text=False),
    Column("cancelled_by"),
    Column("cancellation_reason"),
)


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One booking as of the position of the export. Instants are in UTC.

    ``time_zone`` is the mentor's as of that position, like the names: the local times are those
    of the mentor's wall clock.
    """

    booking_id: str
    status: str
    student_id: str
    student_name: str
    mentor_id: str
    mentor_name: str
    title: str
    start: datetime
    end: datetime
    time_zone: str
    created_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancellation_reason: str | None = None


def export_blocks(rows: Iterable[ExportRow], *, raw: bool) -> Iterator[bytes]:
    """Write the rows, in the order given (by start, then id), as CSV in blocks of bytes."""
    return csv_blocks(COLUMNS, map(_cells, rows), raw=raw)


def _cells(row: ExportRow) -> tuple[str, ...]:
    zone = _zone(row.time_zone)
    return (
        row.booking_id,
        row.status,
        row.student_id,
        row.student_name,
        row.mentor_id,
        row.mentor_name,
        row.title,
        _utc(row.start),
        _utc(row.end),
        row.start.astimezone(zone).isoformat(),
        row.end.astimezone(zone).isoformat(),
        row.time_zone,
        str(TimeSlot(row.start, row.end).duration_minutes),
        _utc(row.created_at),
        _utc(row.cancelled_at) if row.cancelled_at else "",
        row.cancelled_by or "",
        row.cancellation_reason or "",
    )


def _utc(instant: datetime) -> str:
    """RFC 3339 with Z; microseconds only where there are any."""
    return f"{instant.isoformat()[:-6]}Z"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
