"""Put an import's report together: the file as it was kept, and each row's own stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from mentorbooking.application.mentor_import.mentor_file import records_of
from mentorbooking.application.mentor_import.report import ReportRow, Verdict, report_lines
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The original columns and ``line, status, errors, mentor_id``, as CSV."""

    aggregates: AggregateStore
    storage: ObjectStorage

    async def lines(self, import_: MentorImport) -> AsyncIterator[bytes]:
        """Write the report in blocks; rows without an outcome yet have an empty verdict."""
        content = [chunk async for chunk in self.storage.read(import_.object_key)]
        records = records_of(content, check_upload(content))
        header = next(records)
        rows = []
        for record in records:
            row_id = MentorImportRow.id_of(import_.id, record.line)
            row = await self.aggregates.find(MentorImportRow, row_id)
            verdict = Verdict(row.outcome, row.problems, row.mentor_id) if row.outcome else None
            rows.append(ReportRow(record.line, record.cells, verdict))
        for block in report_lines(header.cells, rows):
            yield block
