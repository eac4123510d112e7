"""The first errors of an import, found in the log behind its request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from heapq import nsmallest

from mentorbooking.application.notifications.mentors_imported import ERRORS_TOLD, RowError
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome

_BATCH = 500


async def first_errors(
    log: EventLog, imported: RecordedEvent, failed_rows: int
) -> tuple[RowError, ...]:
    """Return the errors of the failed rows that stand first in the file, as many as are told.

    Rows are taken in side by side, so the log has them in almost the file's order only. It is
    read until all ``failed_rows`` are found.
    """
    first: list[ImportRowRecorded] = []
    requested, missing = (await log.read_stream(imported.stream))[0], failed_rows
    position = await log.position_at(requested.place)
    while missing > 0 and (
        batch := await log.read(position, _BATCH, topics=(ImportRowRecorded.TOPIC,))
    ):
        failures = _failures(batch, imported.stream)
        first = nsmallest(ERRORS_TOLD, first + failures, key=lambda row: row.line)
        missing -= len(failures)
        position = batch[-1].position
        await asyncio.sleep(0)  # a log that answers at once would let nobody else go on
    return tuple(
        RowError(row.line, problem.column, problem.code, problem.detail)
        for row in first
        for problem in row.problems
    )


def _failures(batch: Iterable[RecordedEvent], import_id: str) -> list[ImportRowRecorded]:
    rows = (recorded.event for recorded in batch)
    return [
        row
        for row in rows
        if isinstance(row, ImportRowRecorded)
        and row.import_id == import_id
        and row.outcome is RowOutcome.FAILED
    ]
