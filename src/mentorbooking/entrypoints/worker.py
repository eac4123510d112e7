"""``mentorbooking worker``: mail and exports, apart from those who wait for an answer.

What a part does not need is not imported: the process stands beside the service all the time.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.job_queue.sqlite import JOBS, SQLiteJobQueue
from mentorbooking.adapters.mail_sender.from_url import mail_sender_from_url
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.processes.only_one import only_one
from mentorbooking.adapters.processes.parent_watch import stop_with_parent
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.mail_writer import MailWriter
from mentorbooking.application.notifications.mailer import Mailer
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.identity import InvitationClaims, Invitations
from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.entrypoints.settings import Settings

HOT_AGGREGATES: Final = 100
"""Few are met twice before the service has changed something, and all are dropped. That is
looked up each time: what the worker was told by the log it also has to find in the streams. No
snapshots come of it: at the lowest priority, nobody should hold the lock that bookings wait for."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part of a worker stands on."""

    settings: Settings
    directory: DataDirectory
    log: SQLiteEventLog
    aggregates: SQLiteAggregateStore
    work: WorkDatabase
    clock: Clock


Part = Callable[[Ground, asyncio.Event], Awaitable[None]]
"""Works until the event is set."""


def run_worker(settings: Settings, parts: Sequence[str], *, with_parent: bool = False) -> None:
    """Work on some of ``PARTS`` until SIGTERM or SIGINT.

    ``with_parent``: standard input is a pipe from the parent. The worker ends when it closes,
    and leaves SIGINT to the parent, since a terminal sends it to both.
    """
    if with_parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _ground(settings) as ground:
        asyncio.run(_run_parts(ground, [PARTS[name] for name in parts], with_parent))


async def run_mailer(ground: Ground, stop: asyncio.Event) -> None:
    """Tell people of what has happened."""
    settings = ground.settings
    service = Service(Mailbox.parse(settings.mail_from), settings.public_url)
    sender = mail_sender_from_url(
        settings.mail_url, ground.directory.root, settings.mail_from, service.host
    )
    invitations = cache(partial(_invitations, ground))

    def invitation_token(claims: InvitationClaims) -> str:
        return invitations().token(claims)

    mailer = Mailer(
        ground.log,
        SQLiteMessages(ground.work),
        MailWriter(ground.log, ground.aggregates, invitation_token, service),
        sender,
        ground.clock,
        chance=random.random,
    )
    try:
        async with only_one(ground.directory.root / "mailer.lock", stop):
            await mailer.run(stop)
    finally:
        await sender.close()


async def run_exports(ground: Ground, stop: asyncio.Event) -> None:
    """Make the files that admins ask for."""
    from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
    from mentorbooking.adapters.object_storage.files import FileObjectStorage
    from mentorbooking.application.bookings_export.worker import BookingsExportWorker
    from mentorbooking.application.jobs.runner import JobRunner

    exports = BookingsExportWorker(
        ground.aggregates,
        ground.log,
        FileObjectStorage(ground.directory.objects),
        SQLiteExportScratch,
        ground.clock,
    )
    queue = SQLiteJobQueue(ground.work)
    runner = JobRunner(queue, {BOOKING_EXPORTS: exports}, ground.clock, chance=random.random)
    await runner.run(stop)


PARTS: Final[Mapping[str, Part]] = {"mail": run_mailer, "exports": run_exports}


@contextmanager
def _ground(settings: Settings) -> Iterator[Ground]:
    directory, clock = DataDirectory(settings.data_dir), SystemClock()
    with ExitStack() as stack:
        log = SQLiteLog(directory.events)
        stack.callback(log.close)
        work = WorkDatabase(directory.work, [TRACKING, MESSAGES, JOBS])
        stack.callback(work.close)
        ids = MonotonicIds(clock, secrets.randbits)
        aggregates = SQLiteAggregateStore(
            log, clock, ids, hot=HOT_AGGREGATES, replay_at_most=None, look_every=0.0
        )
        yield Ground(settings, directory, SQLiteEventLog(log), aggregates, work, clock)


async def _run_parts(ground: Ground, parts: Sequence[Part], with_parent: bool) -> None:
    """Run parts side by side; one that fails ends the process, for the parent to see."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if with_parent:
        stop_with_parent(stop)
    else:
        loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with asyncio.TaskGroup() as tasks:
        for part in parts:
            tasks.create_task(_awaited(part(ground, stop)))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _invitations(ground: Ground) -> Invitations:
    """Make what signs invitations, not before there is one: its library takes 5 MB."""
    from mentorbooking.adapters.identity.invitations import SignedInvitations
    from mentorbooking.adapters.identity.secret_key import (
        derive_keys,
        kept_secret,
        secret_from_setting,
    )

    setting = ground.settings.secret_key
    secret = (
        secret_from_setting(setting)
        if setting
        else kept_secret(ground.directory.root, secrets.token_bytes)
    )
    return SignedInvitations(derive_keys(secret).invitations)
