"""GET /import/mentors/{import_id}/rows: what became of each row of an import."""

from __future__ import annotations

from typing import ClassVar, Protocol

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.projection import Projection, Rows
from mentorbooking.domain.mentor_import.events import ImportRowRecorded


class ImportRowsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one import by line; a ``status`` that there is not finds nothing."""

    import_id: str
    status: str | None = None
    limit: int = 50
    after: Keys | None = None


class MentorImportRows(Protocol):
    """``fed_by`` names the projections that a list depends on."""

    fed_by: ClassVar[tuple[str, ...]] = ("mentor_import_rows",)

    async def page(self, query: ImportRowsQuery) -> Page:
        """Return rows as ``ImportRowAnswer``; ``ValueError``: ``after`` is of no such list."""


class MentorImportRowsProjection(Projection[ImportRowRecorded, ImportRowAnswer]):
    """The key is the import's id and the line on which the row begins."""

    name: ClassVar[str] = "mentor_import_rows"
    handles = frozenset({ImportRowRecorded})

    def apply(
        self,
        event: ImportRowRecorded,
        recorded: RecordedEvent,  # noqa: ARG002
        rows: Rows[ImportRowAnswer],
    ) -> None:
        row = ImportRowAnswer(
            line=event.line,
            status=event.outcome.value,
            errors=event.problems,
            mentor_id=event.mentor_id or UNSET,
        )
        rows.put((event.import_id, event.line), row)
