"""An import of mentors as the service tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.answers.failure import Failure
from mentorbooking.domain.mentor_import.events import FileWarning, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport


class ImportedFile(msgspec.Struct, frozen=True):
    """The file as it was uploaded."""

    name: str
    sha256: str
    bytes: int


class MentorImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The four outcomes add up to ``total`` once it is completed."""

    id: str
    status: str
    dry_run: bool
    total: int
    created: int
    updated: int
    unchanged: int
    failed: int
    warnings: tuple[FileWarning, ...]
    error: Failure | UnsetType = UNSET
    file: ImportedFile
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    version: int


class ImportRowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row; ``line`` is the physical line on which it begins."""

    line: int
    status: str
    errors: tuple[RowProblem, ...]
    mentor_id: str | UnsetType = UNSET


def mentor_import_answer(found: MentorImport) -> MentorImportAnswer:
    return MentorImportAnswer(
        id=found.id,
        status=found.status,
        dry_run=found.dry_run,
        total=found.counts.total,
        created=found.counts.created,
        updated=found.counts.updated,
        unchanged=found.counts.unchanged,
        failed=found.counts.failed,
        warnings=found.warnings,
        error=(Failure(found.error_code, found.error_detail or "") if found.error_code else UNSET),
        file=ImportedFile(found.file_name, found.sha256, found.size_bytes),
        requested_at=found.requested_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        version=found.version,
    )
