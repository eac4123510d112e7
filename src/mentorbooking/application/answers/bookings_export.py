"""An export of bookings as the service tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.positions import position_token
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport


class BookingsExportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``download_url`` is signed, lives until ``expires_at``, and is renewed by asking again."""

    id: str
    status: str
    record_count: int | None
    sha256: str | None
    as_of_position: str
    raw: bool
    download_url: str | None
    expires_at: datetime | None
    error: Failure | UnsetType = UNSET
    requested_at: datetime
    finished_at: datetime | None
    version: int


def bookings_export_answer(
    found: BookingsExport, *, download_url: str | None = None, expires_at: datetime | None = None
) -> BookingsExportAnswer:
    return BookingsExportAnswer(
        id=found.id,
        status=found.status,
        record_count=found.record_count,
        sha256=found.sha256,
        as_of_position=position_token(found.as_of_position),
        raw=found.raw,
        download_url=download_url,
        expires_at=expires_at,
        error=(Failure(found.error_code, found.error_detail or "") if found.error_code else UNSET),
        requested_at=found.requested_at,
        finished_at=found.finished_at,
        version=found.version,
    )
