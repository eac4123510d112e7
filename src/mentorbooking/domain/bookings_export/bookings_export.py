"""An export of bookings: queued -> running -> completed or failed (-> queued again)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.bookings_export.errors import NotRetryable
from mentorbooking.domain.bookings_export.events import (
    BookingsExported,
    BookingsExportEvent,
    BookingsExportFailed,
    BookingsExportRequested,
    BookingsExportRetried,
    BookingsExportStarted,
    ExportFilter,
)
from mentorbooking.domain.kernel.aggregate import NEVER, AggregateRoot, Decision


class ExportStatus(StrEnum):
    """Where an export is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class BookingsExport(AggregateRoot):
    """Exact: the same position gives the same bytes."""

    TOPIC: ClassVar[str] = "bookings_export"

    filter: ExportFilter = ExportFilter()
    as_of_position: int = 0
    raw: bool = False
    requested_by: str = ""
    status: ExportStatus = ExportStatus.QUEUED
    object_key: str | None = None
    record_count: int | None = None
    sha256: str | None = None
    error_code: str | None = None
    error_detail: str | None = None
    requested_at: datetime = NEVER
    finished_at: datetime | None = None

    # -- decisions ---------------------------------------------------------

    @classmethod
    def request(
        cls,
        export_id: str,
        *,
        filter: ExportFilter,  # noqa: A002  the contract's word
        as_of_position: int,
        raw: bool,
        requested_by: str,
        now: datetime,
    ) -> Decision[Self]:
        return cls(id=export_id).decide(
            BookingsExportRequested(
                at=now,
                filter=filter,
                as_of_position=as_of_position,
                raw=raw,
                requested_by=requested_by,
            )
        )

    def start(self, *, now: datetime) -> Decision[Self]:
        """Take it up; after a crash it is running already and simply goes on."""
        if self.status is not ExportStatus.QUEUED:
            return self.decide()
        return self.decide(BookingsExportStarted(at=now))

    def complete(
        self, *, object_key: str, record_count: int, sha256: str, now: datetime
    ) -> Decision[Self]:
        if self.finished_at is not None:
            return self.decide()
        return self.decide(
            BookingsExported(
                at=now,
                object_key=object_key,
                record_count=record_count,
                sha256=sha256,
                as_of_position=self.as_of_position,
                requested_by=self.requested_by,
            )
        )

    def fail(self, code: str, detail: str, *, now: datetime) -> Decision[Self]:
        if self.finished_at is not None:
            return self.decide()
        return self.decide(
            BookingsExportFailed(at=now, code=code, detail=detail, requested_by=self.requested_by)
        )

    def retry(self, *, now: datetime) -> Decision[Self]:
        if self.status is not ExportStatus.FAILED:
            raise NotRetryable(f"Only a failed export can be retried; this one is {self.status}.")
        return self.decide(BookingsExportRetried(at=now))

    # -- history -----------------------------------------------------------

    def evolve(self, event: BookingsExportEvent) -> None:
        match event:
            case BookingsExportRequested():
                self.filter = event.filter
                self.as_of_position = event.as_of_position
                self.raw = event.raw
                self.requested_by = event.requested_by
                self.requested_at = event.at
            case BookingsExportStarted():
                self.status = ExportStatus.RUNNING
            case BookingsExported():
                self.status = ExportStatus.COMPLETED
                self.object_key = event.object_key
                self.record_count = event.record_count
                self.sha256 = event.sha256
                self.finished_at = event.at
            case BookingsExportFailed(code=code, detail=detail, at=at):
                self.status = ExportStatus.FAILED
                self.error_code, self.error_detail = code, detail
                self.finished_at = at
            case BookingsExportRetried():
                self.status = ExportStatus.QUEUED
                self.error_code = self.error_detail = self.finished_at = None
            case _:
                assert_never(event)
