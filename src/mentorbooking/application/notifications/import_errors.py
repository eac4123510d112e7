"""The first errors of an import, found in the log behind its request."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice
from typing import Final

from mentorbooking.application.notifications.mentors_imported import RowError
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome

ERRORS_TOLD: Final = 10

_BATCH = 500


def first_errors(log: EventLog, imported: RecordedEvent, failed_rows: int) -> tuple[RowError, ...]:
    """Return the errors of the failed rows that stand first in the file.

    Rows are taken in side by side, so the log has them in almost the file's order only. It is
    read until all ``failed_rows`` are found.
    """
    failures = islice(_failures(log, imported), failed_rows)
    rows = nsmallest(ERRORS_TOLD, failures, key=lambda row: row.line)
    errors = (
        RowError(row.line, problem.column, problem.code, problem.detail)
        for row in rows
        for problem in row.problems
    )
    return tuple(islice(errors, ERRORS_TOLD))


def _failures(log: EventLog, imported: RecordedEvent) -> Iterator[ImportRowRecorded]:
    position = log.read_stream(imported.stream)[0].position
    while batch := log.read(position, _BATCH, topics=(ImportRowRecorded.TOPIC,)):
        for recorded in batch:
            row = recorded.event
            if not isinstance(row, ImportRowRecorded) or row.import_id != imported.stream:
                continue
            if row.outcome is RowOutcome.FAILED:
                yield row
        position = batch[-1].position
