"""Whoever reads the service's log learns what became of a job, and why, and of nobody's data."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.application.ports.job_queue import Job, JobState
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.fixed import NOW
from tests.support.job_handlers import (
    BACKOFF,
    LEASE,
    Handler,
    failing,
    nothing,
    only_job,
    runner,
)
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio

JOB = {"queue": "exports", "job": 1}
NO_ROOM = "OSError: no room for …@…"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Queue(SQLiteJobQueue):
    """One whose store is away as often as ``faults`` says; ``renewals`` are tries to renew."""

    faults: list[str] = field(default_factory=list)
    renewals: list[int] = field(default_factory=list)

    async def claim(self, *queues: Any, **wishes: Any) -> Job | None:
        self._reach()
        return await super().claim(*queues, **wishes)

    async def heartbeat(self, job: Job, **wishes: Any) -> bool:
        self.renewals.append(job.id)
        self._reach()
        return await super().heartbeat(job, **wishes)

    def _reach(self) -> None:
        if self.faults:
            raise StoreUnavailable(self.faults.pop())


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    database = open_work_file(tmp_path)
    yield Queue(database)
    database.close()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


async def told_of_one_job(
    queue: Queue, clock: MovingClock, handler: Handler, **wishes: Any
) -> list[Any]:
    """Return the lines of a log while a runner looks for one job, and finds it."""
    with capture_logs() as lines:
        assert await runner(queue, clock, handler, **wishes).run_one(asyncio.Event())
    for line in lines:
        if "place" in line:
            line["place"] = line["place"].partition(":")[0]
    return lines


async def test_a_job_that_was_done(queue: Queue, clock: MovingClock) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)

    assert await told_of_one_job(queue, clock, Handler(nothing)) == [
        {"event": "job_done", "log_level": "info", **JOB, "attempt": 1}
    ]


async def test_a_job_that_failed_and_is_given_up_in_the_end(
    queue: Queue, clock: MovingClock
) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    told = []
    for _ in range(BACKOFF.attempts):
        told += await told_of_one_job(queue, clock, Handler(failing))
        clock.advance(HOUR)

    why = {"log_level": "warning", **JOB, "error": NO_ROOM, "place": "job_handlers.py"}
    assert told == [
        {"event": "job_failed", **why, "attempt": 1},
        {"event": "job_failed", **why, "attempt": 2},
        {"event": "job_given_up", **why, "attempt": 3},
    ]


async def killed_workers(queue: Queue, clock: MovingClock) -> None:
    """Let every attempt there is end without a word."""
    for _ in range(BACKOFF.attempts):
        assert await queue.claim(["exports"], now=clock.now(), lease=LEASE)
        clock.advance(LEASE)


async def test_a_job_whose_workers_died(queue: Queue, clock: MovingClock) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    await killed_workers(queue, clock)

    await told_of_one_job(queue, clock, Handler(nothing))

    assert (await only_job(queue)).last_error == "AttemptsUsedUp: workers died"


async def test_a_job_whose_workers_died_after_it_had_failed(
    queue: Queue, clock: MovingClock
) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    await told_of_one_job(queue, clock, Handler(failing))
    clock.advance(HOUR)
    await killed_workers(queue, clock)

    await told_of_one_job(queue, clock, Handler(nothing))

    assert (await only_job(queue)).last_error == f"AttemptsUsedUp: {NO_ROOM}"


async def test_a_handler_that_could_not_give_up(queue: Queue, clock: MovingClock) -> None:
    class Unreachable(Handler):
        async def give_up(self, job: Job, error: Exception) -> None:
            raise ConnectionError("ada@example.org is away")

    await queue.enqueue("exports", "k", b"", now=NOW)
    await killed_workers(queue, clock)

    told = await told_of_one_job(queue, clock, Unreachable(nothing))

    assert told[1:] == [
        {
            "event": "job_not_given_up",
            "log_level": "warning",
            "job": 1,
            "error": "ConnectionError: …@… is away",
        }
    ]


async def test_a_job_that_went_to_somebody_else(queue: Queue, clock: MovingClock) -> None:
    async def loses_it(job: Job) -> None:
        clock.advance(LEASE)
        await queue.claim(["exports"], now=clock.now(), lease=LEASE)
        await asyncio.sleep(5)

    await queue.enqueue("exports", "k", b"", now=NOW)
    told = await told_of_one_job(queue, clock, Handler(loses_it), lease=timedelta(milliseconds=30))

    assert told == [{"event": "job_lost", "log_level": "warning", **JOB}]


async def test_a_job_that_was_given_back(queue: Queue, clock: MovingClock) -> None:
    stop = asyncio.Event()

    async def stops(job: Job) -> None:
        stop.set()
        await asyncio.sleep(5)

    await queue.enqueue("exports", "k", b"", now=NOW)
    with capture_logs() as told:
        await runner(queue, clock, Handler(stops)).run(stop)

    assert told == [{"event": "job_given_back", "log_level": "info", **JOB}]


async def test_a_lease_is_renewed_well_before_it_ends_though_not_every_try_succeeds(
    queue: Queue, clock: MovingClock
) -> None:
    lease = timedelta(milliseconds=120)

    async def as_long_as_the_lease(job: Job) -> None:
        queue.faults.append("locked by ada@example.org")
        await asyncio.sleep(lease.total_seconds())

    await queue.enqueue("exports", "k", b"", now=NOW)
    told = await told_of_one_job(queue, clock, Handler(as_long_as_the_lease), lease=lease)

    assert queue.renewals
    assert told[0] == {
        "event": "lease_not_renewed",
        "log_level": "warning",
        "job": 1,
        "error": "StoreUnavailable: locked by …@…",
    }
    assert (await only_job(queue)).state is JobState.DONE


async def test_a_queue_that_is_away_is_told_of_and_asked_again(
    queue: Queue, clock: MovingClock
) -> None:
    stop = asyncio.Event()

    async def stops(job: Job) -> None:
        stop.set()

    queue.faults.append("locked by ada@example.org")
    await queue.enqueue("exports", "k", b"", now=NOW)
    jobs = runner(queue, clock, Handler(stops), poll=timedelta(milliseconds=10))
    with capture_logs() as told:
        async with asyncio.timeout(PATIENCE):
            await jobs.run(stop)

    assert told[0] == {
        "event": "jobs_unavailable",
        "log_level": "warning",
        "error": "StoreUnavailable: locked by …@…",
    }
    assert told[1]["event"] == "job_done"
