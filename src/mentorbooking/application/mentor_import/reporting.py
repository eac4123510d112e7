"""Put an import's report together: the file as it was kept, and each row's own stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

from mentorbooking.application.files.off_the_loop import off_the_loop, one_step_off_the_loop
from mentorbooking.application.files.spooling import spooled
from mentorbooking.application.mentor_import.mentor_file import records_of
from mentorbooking.application.mentor_import.report import ReportRow, Verdict, report_lines
from mentorbooking.application.mentor_import.upload import UploadedFile, check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.object_storage import ObjectMissing, ObjectStorage
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow

_AT_ONCE: Final = 100


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
            lines = await one_step_off_the_loop(partial(_lines, pieces(), upload))
            verdicts = await self._verdicts(import_.id, lines)
            records = records_of(pieces(), upload)
            header = await one_step_off_the_loop(partial(next, records))
            rows = (ReportRow(each.line, each.cells, verdicts[each.line]) for each in records)
            async with aclosing(off_the_loop(report_lines(header.cells, rows))) as blocks:
                async for block in blocks:
                    yield block

    async def _verdicts(self, import_id: str, lines: Sequence[int]) -> dict[int, Verdict | None]:
        verdicts: dict[int, Verdict | None] = {}
        for start in range(0, len(lines), _AT_ONCE):
            some = lines[start : start + _AT_ONCE]
            ids = [MentorImportRow.id_of(import_id, line) for line in some]
            rows = await self.aggregates.find_all(MentorImportRow, ids)
            verdicts |= zip(some, map(_verdict, rows), strict=True)
        return verdicts


def _lines(chunks: Iterable[bytes], upload: UploadedFile) -> list[int]:
    """Return the numbers of the lines that rows begin on."""
    return [record.line for record in records_of(chunks, upload)][1:]


def _verdict(row: MentorImportRow) -> Verdict | None:
    return Verdict(row.outcome, row.problems, row.mentor_id) if row.outcome else None
