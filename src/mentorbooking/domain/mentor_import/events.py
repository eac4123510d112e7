"""What can have happened to an import of mentors. Counts and codes only; no personal data."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from mentorbooking.domain.kernel.event import Event


class RowOutcome(StrEnum):
    """What became of a row: exactly one of these."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class RowProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one cell of a row; the text never quotes the cell."""

    column: str | None
    code: str
    detail: str


class FileWarning(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something odd about the file that did not stop it."""

    code: str
    detail: str
    column: str | None = None
    line: int | None = None


class ImportCounts(msgspec.Struct, frozen=True):
    """The four outcomes add up to ``total``, the rows of the file."""

    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


class MentorImportRequested(Event, frozen=True, kw_only=True):
    """A file was uploaded; ``object_key`` says where it is kept."""

    TOPIC: ClassVar[str] = "mentor_import.requested"

    object_key: str
    file_name: str
    sha256: str
    size_bytes: int
    dry_run: bool
    requested_by: str


class MentorImportStarted(Event, frozen=True, kw_only=True):
    """A worker has taken it up."""

    TOPIC: ClassVar[str] = "mentor_import.started"


class MentorsImported(Event, frozen=True, kw_only=True):
    """Every row of the file has its outcome."""

    TOPIC: ClassVar[str] = "mentors.imported"

    counts: ImportCounts
    dry_run: bool
    requested_by: str
    warnings: tuple[FileWarning, ...] = ()


class MentorImportFailed(Event, frozen=True, kw_only=True):
    """The file as a whole could not be taken in; no mentor was touched."""

    TOPIC: ClassVar[str] = "mentor_import.failed"

    code: str
    detail: str
    dry_run: bool
    requested_by: str
    warnings: tuple[FileWarning, ...] = ()


MentorImportEvent = (
    MentorImportRequested | MentorImportStarted | MentorsImported | MentorImportFailed
)


class ImportRowRecorded(Event, frozen=True, kw_only=True):
    """A row of an import has its outcome; it lands together with what it did to the mentor."""

    TOPIC: ClassVar[str] = "mentor_import_row.recorded"

    import_id: str
    line: int
    outcome: RowOutcome
    mentor_id: str | None = None
    problems: tuple[RowProblem, ...] = ()


MentorImportRowEvent = ImportRowRecorded
