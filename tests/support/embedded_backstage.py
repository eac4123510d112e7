"""The service on one machine, without the helper process: tests do its work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.adapters.messages.sqlite import SQLiteMessages
from mentorbooking.application.bookings_export.worker import BookingsExportWorker
from mentorbooking.application.jobs.runner import JobRunner
from mentorbooking.application.ports.messages import Messages
from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.entrypoints.embedded.service import EmbeddedService, embedded_service
from mentorbooking.entrypoints.settings import Settings
from mentorbooking.entrypoints.worker import Ground, run_mailer
from tests.support.backstage import CHEAP, Backstage
from tests.support.moving_clock import MovingClock


@dataclass
class EmbeddedBackstage:
    """Everything is in ``directory``."""

    service: EmbeddedService
    directory: DataDirectory
    clock: MovingClock

    @property
    def messages(self) -> Messages:
        return SQLiteMessages(self.service.work)

    async def make_exports(self, stop: asyncio.Event) -> None:
        base = self.service.base
        worker = BookingsExportWorker(
            base.aggregates, base.log, base.storage, SQLiteExportScratch, self.clock
        )
        runner = JobRunner(
            self.service.jobs,
            {BOOKING_EXPORTS: worker},
            self.clock,
            chance=lambda: 0.0,
            poll=timedelta(milliseconds=5),
        )
        await runner.run(stop)

    async def send_mails(self, stop: asyncio.Event) -> None:
        base, work = self.service.base, self.service.work
        ground = Ground(base.settings, self.directory, base.log, base.aggregates, work, self.clock)
        await run_mailer(ground, stop)

    async def objects(self, kind: str) -> Mapping[str, bytes]:
        root = self.directory.objects
        return {
            str(file.relative_to(root)): file.read_bytes()
            for file in sorted(root.glob(f"{kind}/**/*"))
            if file.is_file()
        }


class Embedded:
    """The backend that keeps all in the folder."""

    name = "embedded"

    @asynccontextmanager
    async def running(
        self, folder: Path, clock: MovingClock, settings: Mapping[str, Any]
    ) -> AsyncIterator[Backstage]:
        directory = DataDirectory(folder)
        directory.prepare()
        wanted = Settings(data_dir=folder, **settings)
        async with embedded_service(wanted, directory, clock=clock, password_cost=CHEAP) as service:
            yield EmbeddedBackstage(service, directory, clock)
