"""The first errors of an import: those of the file, found in the part of the log that has them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from mentorbooking.application.notifications.import_errors import first_errors
from mentorbooking.application.notifications.mentors_imported import ERRORS_TOLD
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.domain.mentor_import.events import (
    ImportCounts,
    ImportRowRecorded,
    MentorImportRequested,
    MentorsImported,
    RowOutcome,
    RowProblem,
)
from tests.support.fixed import NOW
from tests.support.memory_log import MemoryLog
from tests.support.public_events import created

pytestmark = pytest.mark.anyio

MANY = 600
"""More rows than are read at once."""


class CountingLog(MemoryLog):
    """Remembers how many events were read."""

    handed_out = 0

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        found = await super().read(after, limit, topics=topics)
        self.handed_out += len(found)
        return found


def request(log: MemoryLog) -> None:
    log.append(
        "import_1",
        MentorImportRequested(
            at=NOW,
            object_key="k",
            file_name="mentors.csv",
            sha256="0",
            size_bytes=1,
            dry_run=False,
            requested_by="user_1",
        ),
    )


def row(log: MemoryLog, line: int, *, fails: bool, import_id: str = "import_1") -> None:
    problem = RowProblem("email", "invalid-email", "This is no e-mail address.")
    log.append(
        f"{import_id}:{line}",
        ImportRowRecorded(
            at=NOW,
            import_id=import_id,
            line=line,
            outcome=RowOutcome.FAILED if fails else RowOutcome.UNCHANGED,
            problems=(problem,) if fails else (),
        ),
    )


async def lines_told(log: MemoryLog, failed: int) -> list[int]:
    log.append(
        "import_1",
        MentorsImported(
            at=NOW, counts=ImportCounts(failed=failed), dry_run=False, requested_by="user_1"
        ),
    )
    imported = (await log.read_stream("import_1"))[-1]
    return [error.line for error in await first_errors(log, imported, failed)]


async def test_errors_far_behind_the_request_are_found_once_each() -> None:
    log = MemoryLog()
    request(log)
    failing = {2, 499, 500, 501, 502, MANY + 1}
    for line in range(2, MANY + 2):
        row(log, line, fails=line in failing)

    assert await lines_told(log, len(failing)) == sorted(failing)


async def test_those_that_stand_first_in_the_file_are_told_wherever_the_log_has_them() -> None:
    log = MemoryLog()
    request(log)
    for line in range(MANY + 1, 1, -1):
        row(log, line, fails=True)

    assert await lines_told(log, MANY) == list(range(2, 2 + ERRORS_TOLD))


async def test_the_log_is_read_no_further_than_needed() -> None:
    log = CountingLog()
    request(log)
    log.append("booking_1", *[created()] * MANY)
    row(log, 2, fails=True)
    for line in range(3, MANY):
        row(log, line, fails=False, import_id="import_2")

    assert await lines_told(log, 1) == [2]
    assert log.handed_out == 500


async def test_of_an_import_without_failures_nothing_is_read() -> None:
    log = CountingLog()
    request(log)
    row(log, 2, fails=False)

    assert await lines_told(log, 0) == []
    assert log.handed_out == 0
