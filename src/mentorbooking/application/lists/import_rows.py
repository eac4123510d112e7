"""List what became of each row of an import."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.lists.reading import Listed, ListReading
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.cursors import listing_name
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.mentor_import_rows import (
    ImportRowsQuery,
    MentorImportRows,
)
from mentorbooking.application.use_cases.imports.get_import import known_import


class ListImportRows(msgspec.Struct, frozen=True, kw_only=True):
    """For admins. ``cursor`` says where the page begins."""

    wanted: ImportRowsQuery
    cursor: str | None = None
    at_least: LogPlace | None = None


@dataclass(frozen=True, slots=True)
class ListImportRowsHandler:
    """Raises ``NotFound``."""

    aggregates: AggregateStore
    reading: ListReading
    rows: MentorImportRows

    async def __call__(self, query: ListImportRows) -> Listed:
        wanted = query.wanted
        await known_import(self.aggregates, wanted.import_id)
        await self.reading.wait_for(self.rows.fed_by, query.at_least)
        return await self.reading.page(
            listing_name("import-rows", import_id=wanted.import_id, status=wanted.status),
            query.cursor,
            lambda after: self.rows.page(msgspec.structs.replace(wanted, after=after)),
        )
