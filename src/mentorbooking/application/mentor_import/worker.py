"""Do an import: read the file row by row, and have each row taken in as a command of its own.

After a crash the file is read from its start again; rows that have their outcome are counted
and skipped, so that none is repeated and none is lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from mentorbooking.application.context import CommandContext, enter_context, import_actor
from mentorbooking.application.job_orders import JobOrder
from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.refusals import MissingColumn
from mentorbooking.application.mentor_import.rows import ParsedRow
from mentorbooking.application.mentor_import.upload import UploadedFile, check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.job_queue import Job
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.application.spooling import spooled
from mentorbooking.application.use_cases.imports.take_in_row import TakeInRow
from mentorbooking.domain.mentor_import.events import ImportCounts, RowOutcome
from mentorbooking.domain.mentor_import.mentor_import import MentorImport

SIDE_BY_SIDE: Final = 32
"""Rows under way at once: they share the store's group commits."""

Progress = Callable[[int, int], None]
"""Is told how many rows are done, and how many there are."""


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class MentorImportWorker:
    """Handles the jobs of imports; ``progress`` is for who watches on a terminal."""

    aggregates: AggregateStore
    storage: ObjectStorage
    take_in_row: Callable[[TakeInRow], Awaitable[RowOutcome]]
    clock: Clock
    progress: Progress = field(default=no_progress)

    async def run(self, job: Job) -> None:
        order = JobOrder.of(job)
        await self.do(order.subject, order.context())

    async def give_up(self, job: Job, error: Exception) -> None:
        """End the import as failed, so that its admin is told."""
        order = JobOrder.of(job)
        enter_context(order.context())
        import_ = await self.aggregates.get(MentorImport, order.subject)
        failed = import_.fail(
            "internal-error",
            f"The import was given up after several attempts ({type(error).__name__}).",
            now=self.clock.now(),
        )
        await self.aggregates.save(failed)

    async def do(self, import_id: str, context: CommandContext) -> None:
        """Do the import, or go on with it; nothing happens if it is finished."""
        context.actor = import_actor(import_id)
        enter_context(context)
        import_ = await self.aggregates.get(MentorImport, import_id)
        if import_.is_finished:
            return
        started = import_.start(now=self.clock.now())
        await self.aggregates.save(started)
        import_ = started.outcome()
        async with spooled(self.storage, import_.object_key) as pieces:
            upload = await asyncio.to_thread(check_upload, pieces())
            try:
                file = MentorFile(pieces(), upload)
            except MissingColumn as refusal:
                ended = import_.fail(refusal.code, refusal.detail, now=self.clock.now())
            else:
                counts = await self._take_in(import_, file.rows(), upload)
                ended = import_.complete(counts, file.warnings, now=self.clock.now())
        await self.aggregates.save(ended)

    async def _take_in(
        self, import_: MentorImport, rows: Iterator[ParsedRow], upload: UploadedFile
    ) -> ImportCounts:
        outcomes: Counter[RowOutcome] = Counter()
        while group := list(islice(rows, SIDE_BY_SIDE)):
            async with asyncio.TaskGroup() as tasks:
                under_way = [
                    tasks.create_task(_awaited(self.take_in_row(TakeInRow(import_, row))))
                    for row in group
                ]
            outcomes.update(task.result() for task in under_way)
            self.progress(outcomes.total(), upload.rows)
        return ImportCounts(
            total=outcomes.total(),
            created=outcomes[RowOutcome.CREATED],
            updated=outcomes[RowOutcome.UPDATED],
            unchanged=outcomes[RowOutcome.UNCHANGED],
            failed=outcomes[RowOutcome.FAILED],
        )


async def _awaited(outcome: Awaitable[RowOutcome]) -> RowOutcome:
    return await outcome
