"""An export with every real part of one machine: asked for, relayed, made, told."""

from __future__ import annotations

import os
import secrets
import sqlite3
import subprocess
import sys
from asyncio import Event
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from mentorbooking.adapters.event_publisher.in_process import InProcessEventPublisher
from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.bookings_export.folding import BookingsFile
from mentorbooking.application.bookings_export.worker import BookingsExportWorker
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.jobs.runner import JobRunner
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.object_storage import ObjectMissing
from mentorbooking.application.principal import Principal
from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.application.use_cases.exports.request_export import (
    RequestExport,
    RequestExportHandler,
)
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport, ExportStatus
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT, USER, slot
from tests.support.moving_clock import MovingClock
from tests.support.public_events import SOURCE
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio


class House:
    """One machine's data directory, with everything between a request and a stored file."""

    def __init__(self, folder: Path, clock: Clock, stack: ExitStack) -> None:
        self.clock = clock
        stored = stack.enter_context(closing(SQLiteLog(folder / "events.db")))
        work = stack.enter_context(closing(open_work_file(folder)))
        self.log = SQLiteEventLog(stored)
        self.aggregates = SQLiteAggregateStore(stored, clock, MonotonicIds(clock, secrets.randbits))
        self.storage = FileObjectStorage(folder / "objects")
        self.jobs = SQLiteJobQueue(work)
        self.told: list[IntegrationEvent] = []
        publisher = InProcessEventPublisher(work, clock, {"test": self._take})
        delivery = Delivery(publisher, self.jobs, clock, SOURCE)
        self.relay = OutboxRelay(
            self.log, SQLiteOutboxLedger(work), delivery, clock, chance=lambda: 0.0
        )

    def runner(self) -> JobRunner:
        worker = BookingsExportWorker(
            self.aggregates, self.log, self.storage, SQLiteExportScratch, self.clock
        )
        return JobRunner(self.jobs, {BOOKING_EXPORTS: worker}, self.clock, chance=lambda: 0.0)

    def _take(self, connection: sqlite3.Connection, event: IntegrationEvent) -> None:
        self.told.append(event)

    async def register(self) -> None:
        enter_context(CommandContext(f"user:{USER}", "http", "request-1"))
        await self.aggregates.save(
            UserAccount(id=USER).register(
                USER,
                email="ada@example.org",
                name="Ada",
                role=Role.STUDENT,
                time_zone="UTC",
                student_id=STUDENT,
                mentor_id=None,
                now=NOW,
            )
        )

    async def book(self, booking_id: str = BOOKING) -> None:
        await self.aggregates.save(
            Booking.create(
                booking_id,
                mentor_id=MENTOR,
                student_id=STUDENT,
                slot_id="slot_1",
                slot=slot(days=1),
                title="Career talk",
                description="",
                now=NOW,
            )
        )

    async def request(self) -> str:
        ask = RequestExportHandler(
            self.aggregates, self.log, self.clock, MonotonicIds(self.clock, secrets.randbits)
        )
        admin = Principal("user_admin", Role.ADMIN)
        return (await ask(RequestExport(caller=admin))).id

    async def export(self, export_id: str) -> BookingsExport:
        return await self.aggregates.get(BookingsExport, export_id)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


async def test_a_request_becomes_a_file_and_the_world_is_told(
    tmp_path: Path, stack: ExitStack
) -> None:
    house = House(tmp_path, MovingClock(), stack)
    await house.register()
    await house.book()
    export_id = await house.request()

    await house.relay.relay_batch()
    await house.runner().run_one(Event())
    await house.relay.relay_batch()

    export = await house.export(export_id)
    assert (export.status, export.record_count) == (ExportStatus.COMPLETED, 1)
    assert export.object_key is not None
    content = b"".join([piece async for piece in house.storage.read(export.object_key)])
    assert sha256(content).hexdigest() == export.sha256
    assert [event.type for event in house.told] == ["booking.created", "bookings.exported"]


async def test_the_log_alone_gives_the_same_bytes_again(tmp_path: Path, stack: ExitStack) -> None:
    house = House(tmp_path, MovingClock(), stack)
    await house.register()
    await house.book()
    export_id = await house.request()
    await house.relay.relay_batch()
    await house.runner().run_one(Event())
    await house.book("booking_later")
    export = await house.export(export_id)

    with closing(SQLiteLog(tmp_path / "events.db")) as log, closing(SQLiteExportScratch()) as s:
        file = BookingsFile(
            SQLiteEventLog(log), s, up_to=export.as_of_position, wanted=ExportFilter()
        )
        async for _ in file.fold():
            pass
        again = sha256(b"".join([block async for block in file.blocks()])).hexdigest()

    assert again == export.sha256


_CHILD = """
import asyncio, sys
from contextlib import ExitStack
from pathlib import Path
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from tests.adapters.test_exporting_from_the_log import House
from tests.support.moving_clock import MovingClock


class Slow(FileObjectStorage):
    async def put(self, key, content):
        async def slowly():
            async for piece in content:
                yield piece * 10_000
                print("writing", flush=True)
                await asyncio.sleep(60)

        return await super().put(key, slowly())


async def main():
    with ExitStack() as stack:
        house = House(Path(sys.argv[1]), MovingClock(), stack)
        house.storage = Slow(house.storage.root)
        await house.runner().run_one(asyncio.Event())


asyncio.run(main())
"""


async def test_a_worker_killed_while_it_writes_is_followed_by_another(
    tmp_path: Path, stack: ExitStack
) -> None:
    clock = MovingClock()
    house = House(tmp_path, clock, stack)
    await house.register()
    await house.book()
    export_id = await house.request()
    await house.relay.relay_batch()

    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        child.kill()

    assert (await house.export(export_id)).status is ExportStatus.RUNNING
    with pytest.raises(ObjectMissing):
        await house.storage.stat(f"booking-exports/20260901T090000Z-{export_id}/bookings.csv")
    assert not await house.runner().run_one(Event())

    clock.advance(timedelta(minutes=1))
    assert await house.runner().run_one(Event())
    assert (await house.export(export_id)).status is ExportStatus.COMPLETED
