"""From the request to the stored file: the worker, its jobs, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.bookings_export.worker import BookingsExportWorker
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.jobs.runner import BACKOFF, JobRunner
from mentorbooking.application.ports.job_queue import JobState
from mentorbooking.application.ports.object_storage import (
    ObjectMissing,
    StorageUnavailable,
    StoredObject,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport, ExportStatus
from mentorbooking.domain.bookings_export.events import ExportFilter
from tests.support.booked_history import add_mentor, book, cancel, register_student
from tests.support.memory_log import MemoryAggregates, MemoryLog
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio

EVERYTHING = ExportFilter()
KEY = "booking-exports/20260901T090000Z-export_1/bookings.csv"


@dataclass(frozen=True)
class BrokenStorage(FileObjectStorage):
    root: Path = Path("unused")
    error: Exception = StorageUnavailable("no room")  # noqa: RUF009  nobody changes it

    async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
        raise self.error


class House:
    """A log with three bookings, the last one made after an export was asked for."""

    def __init__(self, database: WorkDatabase, folder: Path) -> None:
        self.log, self.clock = MemoryLog(), MovingClock()
        self.aggregates, self.jobs = MemoryAggregates(self.log), SQLiteJobQueue(database)
        self.storage = FileObjectStorage(folder / "objects")
        register_student(self.log, 1, "Ada")
        add_mentor(self.log, 1, "Grace")
        book(self.log, 1)
        book(self.log, 2)
        cancel(self.log, 2)

    async def request(self, *, wanted: ExportFilter = EVERYTHING, raw: bool = False) -> None:
        enter_context(CommandContext("user:user_1", "http", "request-1"))
        export = BookingsExport.request(
            "export_1",
            filter=wanted,
            as_of_position=await self.log.head(),
            raw=raw,
            requested_by="user_1",
            now=self.clock.now(),
        )
        await self.aggregates.save(export)
        await self.feed()
        book(self.log, 3)

    async def feed(self) -> None:
        """Put the job into the queue, as the outbox's relay does."""
        asking = (await self.log.read_stream("export_1"))[-1]
        await self.jobs.enqueue(
            BOOKING_EXPORTS,
            asking.event_id,
            JobOrder.because_of(asking).payload(),
            now=self.clock.now(),
        )

    def runner(self, storage: FileObjectStorage | None = None) -> JobRunner:
        worker = BookingsExportWorker(
            self.aggregates,
            self.log,
            storage or self.storage,
            SQLiteExportScratch,
            self.clock,
        )
        return JobRunner(
            self.jobs,
            {BOOKING_EXPORTS: worker},
            self.clock,
            chance=lambda: 0.0,
            grace=timedelta(0),
        )

    async def work(self, storage: FileObjectStorage | None = None) -> None:
        while await self.runner(storage).run_one(asyncio.Event()):
            self.clock.advance(timedelta(hours=1))

    async def export(self) -> BookingsExport:
        return await self.aggregates.get(BookingsExport, "export_1")

    def facts(self) -> list[str]:
        return [recorded.event.TOPIC for recorded in self.log.reader.read_stream("export_1")]

    async def content(self) -> bytes:
        return b"".join([piece async for piece in self.storage.read(KEY)])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = open_work_file(tmp_path)
    yield House(database, tmp_path)
    database.close()


async def test_the_file_is_stored_and_the_export_says_what_is_in_it(house: House) -> None:
    await house.request()

    await house.work()

    export, content = await house.export(), await house.content()
    assert (export.status, export.object_key) == (ExportStatus.COMPLETED, KEY)
    assert (export.record_count, export.sha256) == (2, sha256(content).hexdigest())
    assert content.count(b"\r\n") == 3


async def test_the_facts_tell_that_a_job_did_it_and_because_of_what(house: House) -> None:
    await house.request()

    await house.work()

    asked, started, exported = await house.log.read_stream("export_1")
    for fact in (started, exported):
        assert fact.metadata.actor == "system"
        assert fact.metadata.channel == "job"
        assert fact.metadata.correlation_id == "request-1"
        assert fact.metadata.causation_id == asked.event_id


async def test_only_what_was_asked_for_is_in_it(house: House) -> None:
    await house.request(wanted=ExportFilter(status="cancelled"))

    await house.work()

    assert (await house.export()).record_count == 1


@pytest.mark.parametrize("raw", [False, True])
async def test_formulas_are_live_in_it_only_if_that_was_asked_for(house: House, raw: bool) -> None:
    book(house.log, 4, title="=HYPERLINK()")
    await house.request(raw=raw)

    await house.work()

    assert (b",=HYPERLINK()," in await house.content()) is raw


async def test_a_job_that_comes_twice_makes_one_export(house: House) -> None:
    await house.request()
    await house.work()
    before = house.facts()
    await house.storage.delete(KEY)

    await house.jobs.enqueue(
        BOOKING_EXPORTS, "repeat", JobOrder("export_1", "e", "c").payload(), now=house.clock.now()
    )
    await house.work()

    assert house.facts() == before
    with pytest.raises(ObjectMissing):
        await house.storage.stat(KEY)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StorageUnavailable("no room"), "storage-unavailable"),
        (StoreUnavailable("locked"), "event-store-unavailable"),
        (OSError("no such file"), "export-failed"),
    ],
)
async def test_after_the_attempts_the_export_has_failed_and_says_why(
    house: House, error: Exception, code: str
) -> None:
    await house.request()

    await house.work(BrokenStorage(error=error))

    export = await house.export()
    assert (export.status, export.error_code) == (ExportStatus.FAILED, code)
    (dead,) = await house.jobs.list_jobs([JobState.DEAD])
    assert dead.attempts == BACKOFF.attempts
    assert house.facts() == [
        "bookings_export.requested",
        "bookings_export.started",
        "bookings_export.failed",
    ]


async def test_a_failed_export_that_an_admin_retries_is_made(house: House) -> None:
    await house.request()
    await house.work(BrokenStorage())

    await house.aggregates.save((await house.export()).retry(now=house.clock.now()))
    await house.feed()
    await house.work()

    assert (await house.export()).status is ExportStatus.COMPLETED
    assert (await house.export()).record_count == 2


async def test_a_dead_job_retried_by_hand_asks_for_the_export_anew(house: House) -> None:
    await house.request()
    await house.work(BrokenStorage())
    (dead,) = await house.jobs.list_jobs([JobState.DEAD])

    await house.jobs.retry(dead.id, now=house.clock.now())
    await house.work()

    assert house.facts()[-1] == "bookings_export.retried"
    await house.feed()
    await house.work()
    assert (await house.export()).status is ExportStatus.COMPLETED


async def test_a_worker_killed_in_the_middle_is_followed_by_another(house: House) -> None:
    class Stuck(FileObjectStorage):
        async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
            await asyncio.sleep(2 * PATIENCE)
            raise AssertionError

    await house.request()
    killed = asyncio.create_task(house.runner(Stuck(Path("unused"))).run_one(asyncio.Event()))
    while "bookings_export.started" not in house.facts():
        await asyncio.sleep(0.01)
    killed.cancel()
    await asyncio.wait({killed})
    assert (await house.export()).status is ExportStatus.RUNNING

    house.clock.advance(timedelta(minutes=1))
    await house.work()

    assert (await house.export()).status is ExportStatus.COMPLETED
    assert house.facts().count("bookings_export.started") == 1


async def test_stopping_the_service_gives_a_long_export_back(house: House) -> None:
    reached = asyncio.Event()

    class Slow(FileObjectStorage):
        async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
            reached.set()
            await asyncio.sleep(2 * PATIENCE)
            raise AssertionError

    await house.request()
    stop = asyncio.Event()
    task = asyncio.create_task(house.runner(Slow(Path("unused"))).run(stop))
    await reached.wait()
    stop.set()
    await asyncio.wait_for(task, PATIENCE)
    await house.work()

    assert (await house.export()).status is ExportStatus.COMPLETED
