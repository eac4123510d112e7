"""Put an import's report together: the file as it was kept, and each row's own stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mentorbooking.application.mentor_import.mentor_file import records_of
from mentorbooking.application.mentor_import.report import ReportRow, Verdict, report_lines
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.object_storage import ObjectMissing, ObjectStorage
from mentorbooking.application.spooling import spooled
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The original columns and ``line, status, errors, mentor_id``, as CSV."""

    aggregates: AggregateStore
    storage: ObjectStorage

    async def require_upload(self, import_: MentorImport) -> None:
        """Raise ``NotFound`` when the file that was uploaded is no longer kept."""
        try:
            await self.storage.stat(import_.object_key)
        except ObjectMissing:
            raise NotFound("The uploaded file is no longer kept, so there is no report.") from None

    async def lines(self, import_: MentorImport) -> AsyncIterator[bytes]:
        """Write the report in blocks; rows without an outcome yet have an empty verdict."""
        async with spooled(self.storage, import_.object_key) as pieces:
            upload = await asyncio.to_thread(check_upload, pieces())
            lines = [record.line for record in records_of(pieces(), upload)][1:]
            verdicts = {line: await self._verdict(import_.id, line) for line in lines}
            records = records_of(pieces(), upload)
            header = next(records)
            rows = (ReportRow(each.line, each.cells, verdicts[each.line]) for each in records)
            for block in report_lines(header.cells, rows):
                yield block

    async def _verdict(self, import_id: str, line: int) -> Verdict | None:
        row = await self.aggregates.find(MentorImportRow, MentorImportRow.id_of(import_id, line))
        return Verdict(row.outcome, row.problems, row.mentor_id) if row.outcome else None
