"""Makes the file that an export asks for. Doing it twice makes the same file again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing, closing
from dataclasses import dataclass

from mentorbooking.application.bookings_export.folding import BookingsFile
from mentorbooking.application.context import enter_context
from mentorbooking.application.files.storage_keys import export_key
from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.jobs.runner import JobHandler
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.export_scratch import ExportScratch
from mentorbooking.application.ports.job_queue import Job
from mentorbooking.application.ports.object_storage import (
    ObjectStorage,
    StorageUnavailable,
    StoredObject,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport, ExportStatus


@dataclass(frozen=True, slots=True)
class BookingsExportWorker(JobHandler):
    """Handles the jobs of the queue ``booking-exports``."""

    aggregates: AggregateStore
    log: EventLog
    storage: ObjectStorage
    open_scratch: Callable[[], ExportScratch]
    clock: Clock

    async def run(self, job: Job) -> None:
        """Make the file; a job that was dead and is retried by hand asks for the export anew."""
        order = JobOrder.of(job)
        enter_context(order.context())
        export = await self.aggregates.get(BookingsExport, order.subject)
        match export.status:
            case ExportStatus.COMPLETED:
                return
            case ExportStatus.FAILED:
                await self.aggregates.save(export.retry(now=self.clock.now()))
            case ExportStatus.QUEUED | ExportStatus.RUNNING:
                await self._make(export)

    async def give_up(self, job: Job, error: Exception) -> None:
        """Let the export fail, which tells the admin."""
        order = JobOrder.of(job)
        enter_context(order.context())
        export = await self.aggregates.get(BookingsExport, order.subject)
        code, detail = _reason(error)
        await self.aggregates.save(export.fail(code, detail, now=self.clock.now()))

    async def _make(self, export: BookingsExport) -> None:
        started = export.start(now=self.clock.now())
        await self.aggregates.save(started)
        with closing(self.open_scratch()) as scratch:
            file = BookingsFile(
                self.log,
                scratch,
                up_to=export.as_of_position,
                wanted=export.filter,
                raw=export.raw,
            )
            async with aclosing(file.fold()) as steps:
                async for _ in steps:
                    pass
            async with aclosing(file.blocks()) as blocks:
                stored = await self.storage.put(export_key(export.id, export.requested_at), blocks)
        await self._complete(started.outcome(), file, stored)

    async def _complete(
        self, export: BookingsExport, file: BookingsFile, stored: StoredObject
    ) -> None:
        completed = export.complete(
            object_key=stored.key,
            record_count=file.record_count,
            sha256=stored.sha256,
            now=self.clock.now(),
        )
        await self.aggregates.save(completed)


def _reason(error: Exception) -> tuple[str, str]:
    """Say for people why there is no file; what exactly went wrong is in the log."""
    match error:
        case StorageUnavailable():
            return "storage-unavailable", "The file could not be stored."
        case StoreUnavailable():
            return "event-store-unavailable", "The event log could not be read or written."
        case _:
            return "export-failed", "The file could not be made; the service's log says why."
