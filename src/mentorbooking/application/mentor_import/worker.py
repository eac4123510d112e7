"""Do an import: read the file row by row, and have some rows at a time taken in.

After a crash the file is read from its start again; rows that have their outcome are counted
and skipped, so that none is repeated and none is lost. Rows are read off the event loop: a large
file may hold anything, and nobody else shall wait for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from mentorbooking.application.context import CommandContext, enter_context, import_actor
from mentorbooking.application.files.off_the_loop import off_the_loop, one_step_off_the_loop
from mentorbooking.application.files.spooling import spooled
from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.jobs.runner import JobHandler
from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.refusals import MissingColumn
from mentorbooking.application.mentor_import.rows import ParsedRow
from mentorbooking.application.mentor_import.upload import UploadedFile, check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.job_queue import Job
from mentorbooking.application.ports.object_storage import ObjectStorage
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRows
from mentorbooking.domain.mentor_import.events import ImportCounts, RowOutcome
from mentorbooking.domain.mentor_import.mentor_import import MentorImport

TOGETHER: Final = 16
"""Rows of a command. They share an append, and each may change a handful of streams."""

SIDE_BY_SIDE: Final = 2
"""Commands under way at once: while one waits for the store the next is decided."""

Progress = Callable[[int, int], None]
"""Is told how many rows are done, and how many there are."""


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class MentorImportWorker(JobHandler):
    """Handles the jobs of the queue ``mentor-imports``; ``progress`` is for who watches."""

    aggregates: AggregateStore
    storage: ObjectStorage
    take_in_rows: Callable[[TakeInRows], Awaitable[Sequence[RowOutcome]]]
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
                file = await one_step_off_the_loop(partial(MentorFile, pieces(), upload))
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
        async with aclosing(off_the_loop(_side_by_side(import_, rows))) as read:
            async for commands in read:
                async with asyncio.TaskGroup() as tasks:
                    under_way = [
                        tasks.create_task(_awaited(self.take_in_rows(each))) for each in commands
                    ]
                for task in under_way:
                    outcomes.update(task.result())
                self.progress(outcomes.total(), upload.rows)
        return ImportCounts(
            total=outcomes.total(),
            created=outcomes[RowOutcome.CREATED],
            updated=outcomes[RowOutcome.UPDATED],
            unchanged=outcomes[RowOutcome.UNCHANGED],
            failed=outcomes[RowOutcome.FAILED],
        )


def _side_by_side(
    import_: MentorImport, rows: Iterator[ParsedRow]
) -> Iterator[Sequence[TakeInRows]]:
    commands = _commands(import_, rows)
    while some := list(islice(commands, SIDE_BY_SIDE)):
        yield some


def _commands(import_: MentorImport, rows: Iterator[ParsedRow]) -> Iterator[TakeInRows]:
    while together := list(islice(rows, TOGETHER)):
        yield TakeInRows(import_, together)


async def _awaited(outcomes: Awaitable[Sequence[RowOutcome]]) -> Sequence[RowOutcome]:
    return await outcomes
