"""What is kept in a data directory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.entrypoints.cli.invocation import Invocation
from mentorbooking.entrypoints.cli.kept import Kept, Registered
from mentorbooking.entrypoints.settings import Settings

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.chain import Checkpoint, Verification
    from mentorbooking.adapters.work.sqlite.database import WorkDatabase
    from mentorbooking.application.ports.job_queue import JobQueue
    from mentorbooking.application.ports.outbox_ledger import OutboxLedger
    from mentorbooking.entrypoints.cli.opened_core import OpenedCore
    from mentorbooking.entrypoints.cli.progress import Tell


class KeptEmbedded(Kept):
    """Opens single files: most commands need no more than one, and start sooner."""

    def __init__(self, invocation: Invocation, settings: Settings, stack: AsyncExitStack) -> None:
        self._invocation = invocation
        self._settings = settings
        self._stack = stack
        self._opened_log: SQLiteLog | None = None

    async def log(self) -> SQLiteEventLog:
        return SQLiteEventLog(self._log())

    async def verify(
        self, checkpoint: Checkpoint | None, progress: Callable[[int, int], object]
    ) -> Verification:
        from mentorbooking.adapters.persistence.sqlite_log.verification import verify

        log = self._log()
        head = log.head()
        return await asyncio.to_thread(verify, log, checkpoint, lambda done: progress(done, head))

    async def jobs(self) -> JobQueue:
        from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue

        return SQLiteJobQueue(self._work())

    async def outbox(self) -> OutboxLedger:
        from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger

        return SQLiteOutboxLedger(self._work())

    async def read_models(self) -> Mapping[str, Registered]:
        from mentorbooking.adapters.read_models.sqlite.database import registered_in

        found = registered_in(self._invocation.directory_with_data().views)
        return {each.name: Registered(each.generation, each.position, each.error) for each in found}

    async def rebuild(self, names: Sequence[str], tell: Tell) -> str | None:
        from mentorbooking.entrypoints.cli.rebuilding_embedded import rebuild

        return await rebuild(self._invocation.directory_with_data(), names, tell)

    async def core(self) -> OpenedCore:
        """Make the data directory on first use."""
        from mentorbooking.adapters.observability.logging import configure_logging
        from mentorbooking.entrypoints.cli.opened_core import OpenedCore
        from mentorbooking.entrypoints.core_without_lists import core_without_lists
        from mentorbooking.entrypoints.embedded.foundation import lay_foundation

        configure_logging(level="warning", layout=self._settings.log_format)
        directory = DataDirectory(self._settings.data_dir)
        directory.prepare()
        base = lay_foundation(self._settings, directory)
        self._stack.callback(base.close)
        core = self._stack.enter_context(core_without_lists(base))
        return OpenedCore(base, core, others_work=lambda _: directory.is_served())

    def _log(self) -> SQLiteLog:
        if self._opened_log is None:
            directory = self._invocation.directory_with_data()
            self._opened_log = self._stack.enter_context(SQLiteLog(directory.events))
        return self._opened_log

    def _work(self) -> WorkDatabase:
        """Open the file of jobs, requests and the outbox beside a log that is there."""
        from mentorbooking.adapters.work.sqlite.database import WorkDatabase
        from mentorbooking.entrypoints.embedded.work_schemas import WORK_SCHEMAS

        directory = self._invocation.directory_with_data()
        work = WorkDatabase(directory.work, WORK_SCHEMAS)
        self._stack.callback(work.close)
        return work
