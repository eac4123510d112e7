"""An import of mentors: queued -> running -> completed or failed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self, assert_never

from mentorbooking.domain.kernel.aggregate import NEVER, AggregateRoot, Decision
from mentorbooking.domain.mentor_import.events import (
    FileWarning,
    ImportCounts,
    MentorImportEvent,
    MentorImportFailed,
    MentorImportRequested,
    MentorImportStarted,
    MentorsImported,
)


class ImportStatus(StrEnum):
    """Where an import is; ``completed_with_errors``: some rows failed."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"


class MentorImport(AggregateRoot):
    """The rows have streams of their own: see ``row.py``."""

    TOPIC: ClassVar[str] = "mentor_import"

    object_key: str = ""
    file_name: str = ""
    sha256: str = ""
    size_bytes: int = 0
    dry_run: bool = False
    requested_by: str = ""
    status: ImportStatus = ImportStatus.QUEUED
    counts: ImportCounts = ImportCounts()
    warnings: tuple[FileWarning, ...] = ()
    error_code: str | None = None
    error_detail: str | None = None
    requested_at: datetime = NEVER
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    # -- decisions ---------------------------------------------------------

    @classmethod
    def request(
        cls,
        import_id: str,
        *,
        object_key: str,
        file_name: str,
        sha256: str,
        size_bytes: int,
        dry_run: bool,
        requested_by: str,
        now: datetime,
    ) -> Decision[Self]:
        return cls(id=import_id).decide(
            MentorImportRequested(
                at=now,
                object_key=object_key,
                file_name=file_name,
                sha256=sha256,
                size_bytes=size_bytes,
                dry_run=dry_run,
                requested_by=requested_by,
            )
        )

    def start(self, *, now: datetime) -> Decision[Self]:
        """Take it up; after a crash it is running already and simply goes on."""
        if self.status is not ImportStatus.QUEUED:
            return self.decide()
        return self.decide(MentorImportStarted(at=now))

    def complete(
        self, counts: ImportCounts, warnings: tuple[FileWarning, ...], *, now: datetime
    ) -> Decision[Self]:
        if self.is_finished:
            return self.decide()
        return self.decide(
            MentorsImported(
                at=now,
                counts=counts,
                dry_run=self.dry_run,
                requested_by=self.requested_by,
                warnings=warnings,
            )
        )

    def fail(
        self, code: str, detail: str, warnings: tuple[FileWarning, ...] = (), *, now: datetime
    ) -> Decision[Self]:
        if self.is_finished:
            return self.decide()
        return self.decide(
            MentorImportFailed(
                at=now,
                code=code,
                detail=detail,
                dry_run=self.dry_run,
                requested_by=self.requested_by,
                warnings=warnings,
            )
        )

    # -- history -----------------------------------------------------------

    def evolve(self, event: MentorImportEvent) -> None:
        match event:
            case MentorImportRequested():
                self.object_key = event.object_key
                self.file_name = event.file_name
                self.sha256 = event.sha256
                self.size_bytes = event.size_bytes
                self.dry_run = event.dry_run
                self.requested_by = event.requested_by
                self.requested_at = event.at
            case MentorImportStarted(at=at):
                self.status = ImportStatus.RUNNING
                self.started_at = at
            case MentorsImported(counts=counts, warnings=warnings, at=at):
                self.counts = counts
                self.warnings = warnings
                self.finished_at = at
                self.status = (
                    ImportStatus.COMPLETED_WITH_ERRORS if counts.failed else ImportStatus.COMPLETED
                )
            case MentorImportFailed():
                self.error_code = event.code
                self.error_detail = event.detail
                self.warnings = event.warnings
                self.finished_at = event.at
                self.status = ImportStatus.FAILED
            case _:
                assert_never(event)
