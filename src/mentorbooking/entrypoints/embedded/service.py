"""The whole service in one process, with a helper beside it: everything on one machine."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.identity.passwords import Cost
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.messages.sqlite import SQLiteMessages
from mentorbooking.adapters.persistence.requests import Committed, LogUnavailable
from mentorbooking.adapters.read_models.sqlite.database import open_views
from mentorbooking.adapters.read_models.sqlite.models import SQLiteViews, all_models, views_over
from mentorbooking.adapters.read_models.sqlite.projector import Projector
from mentorbooking.adapters.work.sqlite.beside_the_log import require_one_history
from mentorbooking.adapters.work.sqlite.control_requests import SQLiteControlRequests
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.jobs.runner import JobRunner
from mentorbooking.application.mentor_import.worker import MentorImportWorker
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.reactions import MENTOR_IMPORTS
from mentorbooking.application.trying_again.waiting import wait_for_any
from mentorbooking.domain.user_account.sessions import LONGEST_SESSION
from mentorbooking.entrypoints.composition import build_notifications
from mentorbooking.entrypoints.core import Core
from mentorbooking.entrypoints.core_with_lists import core_with_lists
from mentorbooking.entrypoints.embedded.foundation import EmbeddedFoundation, lay_foundation
from mentorbooking.entrypoints.embedded.work_schemas import WORK_SCHEMAS
from mentorbooking.entrypoints.rebuilding import rebuild_when_asked
from mentorbooking.entrypoints.running import running_beside
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import Settings

HOUSEKEEPING = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedService(Service):
    """The service and the parts of it that there are on one machine only."""

    base: EmbeddedFoundation
    views: SQLiteViews
    projector: Projector
    work: WorkDatabase
    jobs: SQLiteJobQueue
    relay: OutboxRelay


@asynccontextmanager
async def embedded_service(
    settings: Settings,
    directory: DataDirectory,
    *,
    clock: Clock | None = None,
    password_cost: Cost | None = None,
    writing_process: bool = False,
) -> AsyncIterator[EmbeddedService]:
    """Start everything but HTTP and the helper; stop it in the opposite order.

    ``clock`` is the machine's, and ``password_cost`` what OWASP asks for, unless given. With a
    ``writing_process`` more is booked at once, for some more memory.
    """
    async with AsyncExitStack() as stack:
        base = lay_foundation(settings, directory, clock)
        stack.callback(base.close)
        work = WorkDatabase(directory.work, WORK_SCHEMAS)
        stack.callback(work.close)
        await require_one_history(work, base.sqlite_log.head)
        if writing_process:
            await stack.enter_async_context(base.sqlite_log.written_by_a_process())
        projector, views = stack.enter_context(_projecting(base))
        core = stack.enter_context(core_with_lists(base, views, projector, password_cost))
        jobs = SQLiteJobQueue(work)
        runner = _runner(base, core, jobs)
        relay = _relay(base, work, jobs, on_fed=runner.wake)
        loop = asyncio.get_running_loop()

        def wake(_: Committed) -> None:
            projector.wake()
            loop.call_soon_threadsafe(relay.wake)

        stack.callback(base.sqlite_log.on_commit(wake))
        async with running_beside(
            relay.run,
            runner.run,
            partial(rebuild_when_asked, SQLiteControlRequests(work), projector, base.clock),
            partial(_housekeeping, base),
        ):
            yield EmbeddedService(
                base=base,
                core=core,
                views=views,
                projector=projector,
                followers={"outbox": relay},
                work=work,
                jobs=jobs,
                relay=relay,
                notifications=build_notifications(base, SQLiteMessages(work)),
            )


@contextmanager
def _projecting(base: EmbeddedFoundation) -> Iterator[tuple[Projector, SQLiteViews]]:
    """Keep the read models up to date while the body runs, in a thread."""
    database = open_views(base.directory.views, all_models(), base.log.reader)
    with closing(database):
        projector = Projector(database, base.log.reader)
        projector.start()
        with closing(projector), closing(database.reader()) as reader:
            yield projector, views_over(reader)


def _relay(
    base: EmbeddedFoundation,
    work: WorkDatabase,
    jobs: SQLiteJobQueue,
    *,
    on_fed: Callable[[], None],
) -> OutboxRelay:
    delivery = Delivery(None, jobs, base.clock, base.settings.public_url, on_fed=on_fed)
    return OutboxRelay(
        base.log, SQLiteOutboxLedger(work), delivery, base.clock, chance=random.random
    )


def _runner(base: EmbeddedFoundation, core: Core, jobs: SQLiteJobQueue) -> JobRunner:
    importing = MentorImportWorker(
        base.aggregates, base.storage, core.commands.take_in_rows, base.clock
    )
    return JobRunner(
        jobs,
        {MENTOR_IMPORTS: importing},
        base.clock,
        chance=random.random,
        poll=timedelta(milliseconds=100),
    )


async def _housekeeping(base: EmbeddedFoundation, stop: asyncio.Event) -> None:
    """Forget what has expired, at the start and now and then."""
    base.storage.forget_unfinished(before=base.clock.now() - HOUSEKEEPING)
    while not stop.is_set():
        now = base.clock.now()
        with suppress(LogUnavailable):  # it can wait for the next time
            await base.sqlite_log.forget_expired(
                microseconds(now), tokens_issued_until_us=microseconds(now - LONGEST_SESSION)
            )
        await wait_for_any(stop, at_most=HOUSEKEEPING)
