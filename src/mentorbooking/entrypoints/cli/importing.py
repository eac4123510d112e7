"""An import that the command line asks for, followed to its end.

Where a service runs on the data it does the work, and this process watches the log. Where none
runs, or when it stops meanwhile, the work is done here. Both may even happen at once: each row is
a command of its own and is taken in once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mentorbooking.application.answers.mentor_import import (
    MentorImportAnswer,
    mentor_import_answer,
)
from mentorbooking.application.context import CommandContext
from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.application.mentor_import.worker import MentorImportWorker
from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.use_cases.imports.request_import import RequestImport
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.entrypoints.cli.opened_core import OPERATOR_OF_THE_MACHINE, OpenedCore
from mentorbooking.entrypoints.cli.outputs import written_whole
from mentorbooking.entrypoints.cli.progress import Tell, on_a_terminal

_BLOCK = 256 * 1024
_BATCH = 1_000
_POLL_SECONDS = 0.1
_POLLS_IN_GOOD_FAITH = 10
"""So many before it is looked whether the service still runs."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How it ended; the rows that failed by line."""

    answer: MentorImportAnswer
    failed_rows: list[ImportRowRecorded]


async def import_file(
    service: OpenedCore, path: Path, *, dry_run: bool, report: Path | None, tell: Tell
) -> Imported:
    """Import a file. Raises what it is refused for; writes the report where one is wanted."""
    base = service.base
    context = service.enter_context()
    rows = _Rows(base.log, after=await base.log.head())
    content = partial(_blocks, path)
    asked = await service.core.commands.request_import(
        RequestImport(
            caller=OPERATOR_OF_THE_MACHINE, file_name=path.name, content=content, dry_run=dry_run
        )
    )
    rows.import_id = asked.id
    total = check_upload(content()).rows if on_a_terminal() else 0
    import_ = await _finished(service, context, rows, total, tell)
    await rows.look()
    if report is not None:
        await _write_report(service, import_, report)
    return Imported(mentor_import_answer(import_), sorted(rows.failed, key=lambda row: row.line))


async def _finished(
    service: OpenedCore, context: CommandContext, rows: _Rows, total: int, tell: Tell
) -> MentorImport:
    base = service.base
    worker = MentorImportWorker(
        base.aggregates, base.storage, service.core.commands.take_in_rows, base.clock, tell
    )
    seen, seen_at = (False, 0), time.monotonic()
    while True:
        if not service.others_work(time.monotonic() - seen_at):
            with suppress(ConcurrentChange):  # a service has started and taken it up
                await worker.do(rows.import_id, context)
        for _ in range(_POLLS_IN_GOOD_FAITH):
            import_ = await base.aggregates.get(MentorImport, rows.import_id)
            if import_.is_finished:
                return import_
            before, seen = seen, (import_.started_at is not None, await rows.look())
            if seen != before:
                seen_at = time.monotonic()
            tell(seen[1], total)
            await asyncio.sleep(_POLL_SECONDS)


async def _write_report(service: OpenedCore, import_: MentorImport, path: Path) -> None:
    report = ImportReport(service.base.aggregates, service.base.storage)
    with written_whole(path) as file:
        async for block in report.lines(import_):
            file.write(block)


@dataclass(slots=True)
class _Rows:
    """What the log tells of one import's rows, as they are done."""

    log: EventLog
    after: int
    import_id: str = ""
    done: int = 0
    failed: list[ImportRowRecorded] = field(default_factory=list)

    async def look(self) -> int:
        """Read on, and return how many rows are done."""
        head = await self.log.head()
        while events := await self.log.read(self.after, _BATCH, topics=(ImportRowRecorded.TOPIC,)):
            self.after = events[-1].position
            for recorded in events:
                event = recorded.event
                if isinstance(event, ImportRowRecorded) and event.import_id == self.import_id:
                    self.done += 1
                    if event.outcome is RowOutcome.FAILED:
                        self.failed.append(event)
        self.after = max(self.after, head)
        return self.done


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
