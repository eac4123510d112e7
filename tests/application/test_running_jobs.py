"""The runner of jobs: nothing is lost, nothing is tried for ever, stopping is graceful."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.application.jobs.runner import AttemptsUsedUp, JobRunner
from mentorbooking.application.ports.job_queue import Job, JobQueue, JobState
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
from tests.support.patience import PATIENCE, until
from tests.support.work_file import open_work_file
from tests.support.work_table import open_job_queue

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "sqs"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobQueue]:
    if request.param == "sqlite":
        database = open_work_file(tmp_path)
        yield SQLiteJobQueue(database)
        database.close()
    else:
        async with open_job_queue(request, ["exports", "imports"]) as queue:
            yield queue


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@asynccontextmanager
async def running(runner: JobRunner) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    yield stop
    stop.set()
    await asyncio.wait_for(task, PATIENCE)


async def test_a_job_is_done(queue: JobQueue, clock: MovingClock) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)

    assert await runner(queue, clock, Handler(nothing)).run_one(asyncio.Event())

    assert (await only_job(queue)).state is JobState.DONE


async def test_without_a_job_there_is_nothing_to_do(queue: JobQueue, clock: MovingClock) -> None:
    assert not await runner(queue, clock, Handler(nothing)).run_one(asyncio.Event())


async def test_a_failure_is_tried_again_later_and_later(
    queue: JobQueue, clock: MovingClock
) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    jobs = runner(queue, clock, Handler(failing))

    waits = []
    for _ in range(2):
        await jobs.run_one(asyncio.Event())
        due = (await only_job(queue)).due_at
        assert due is not None
        waits.append(due - clock.now())
        clock.advance(due - clock.now())

    assert waits == [timedelta(seconds=5), timedelta(seconds=10)]


async def test_after_the_last_attempt_a_job_is_dead_and_its_handler_knows(
    queue: JobQueue, clock: MovingClock
) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    handler = Handler(failing)
    for _ in range(BACKOFF.attempts):
        await runner(queue, clock, handler).run_one(asyncio.Event())
        clock.advance(timedelta(hours=1))

    dead = await only_job(queue)
    assert dead.state is JobState.DEAD
    assert [type(error) for error in handler.given_up] == [OSError]
    assert dead.last_error is not None
    assert dead.last_error.startswith("OSError: no room for")
    assert "ada" not in dead.last_error


async def test_a_job_that_kills_its_workers_is_not_tried_for_ever(
    queue: JobQueue, clock: MovingClock
) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    for _ in range(BACKOFF.attempts):
        assert await queue.claim(["exports"], now=clock.now(), lease=LEASE)
        clock.advance(LEASE)
    handler = Handler(nothing)

    await runner(queue, clock, handler).run_one(asyncio.Event())

    assert (await only_job(queue)).state is JobState.DEAD
    assert [type(error) for error in handler.given_up] == [AttemptsUsedUp]


async def test_a_job_stays_alive_until_its_handler_could_give_it_up(
    queue: JobQueue, clock: MovingClock
) -> None:
    class Unreachable(Handler):
        async def give_up(self, job: Job, error: Exception) -> None:
            raise ConnectionError

    await queue.enqueue("exports", "k", b"", now=NOW)
    for handler in [Handler(failing)] * 2 + [Unreachable(failing)]:
        await runner(queue, clock, handler).run_one(asyncio.Event())
        clock.advance(timedelta(hours=1))
    assert (await only_job(queue)).state is JobState.QUEUED

    reachable = Handler(nothing)
    await runner(queue, clock, reachable).run_one(asyncio.Event())

    assert (await only_job(queue)).state is JobState.DEAD
    assert len(reachable.given_up) == 1


async def test_a_job_that_takes_longer_than_its_lease_keeps_it(
    queue: JobQueue, clock: MovingClock
) -> None:
    lease = timedelta(milliseconds=90)

    async def is_renewed() -> bool:
        return (await only_job(queue)).due_at == clock.now() + lease

    async def slow(job: Job) -> None:
        for _ in range(3):
            clock.advance(lease * 0.9)
            await until(is_renewed)

    await queue.enqueue("exports", "k", b"", now=NOW)
    await runner(queue, clock, Handler(slow), lease=lease).run_one(asyncio.Event())

    assert (await only_job(queue)).state is JobState.DONE


async def test_work_stops_when_the_job_went_to_somebody_else(
    queue: JobQueue, clock: MovingClock
) -> None:
    lease = timedelta(milliseconds=90)
    ended = asyncio.Event()

    async def loses_it(job: Job) -> None:
        try:
            clock.advance(lease)
            while not await queue.claim(["exports"], now=clock.now(), lease=LEASE):
                clock.advance(lease)  # it was renewed just before
            await asyncio.sleep(PATIENCE)
        finally:
            ended.set()

    await queue.enqueue("exports", "k", b"", now=NOW)
    await runner(queue, clock, Handler(loses_it), lease=lease).run_one(asyncio.Event())

    assert ended.is_set()
    assert (await only_job(queue)).state is JobState.RUNNING


async def test_stopping_lets_a_short_job_finish(queue: JobQueue, clock: MovingClock) -> None:
    started, told = asyncio.Event(), asyncio.Event()

    async def short(job: Job) -> None:
        started.set()
        await told.wait()
        await asyncio.sleep(0.02)

    await queue.enqueue("exports", "k", b"", now=NOW)
    patient = runner(queue, clock, Handler(short), grace=timedelta(seconds=PATIENCE))
    async with running(patient) as stop:
        await started.wait()
        stop.set()
        told.set()

    assert (await only_job(queue)).state is JobState.DONE


async def test_stopping_gives_a_long_job_back(queue: JobQueue, clock: MovingClock) -> None:
    started = asyncio.Event()

    async def long(job: Job) -> None:
        started.set()
        await asyncio.sleep(2 * PATIENCE)

    await queue.enqueue("exports", "k", b"", now=NOW)
    async with running(runner(queue, clock, Handler(long))):
        await started.wait()

    given_back = await only_job(queue)
    assert (given_back.state, given_back.attempts) == (JobState.QUEUED, 0)


async def test_an_idle_runner_can_be_woken(queue: JobQueue, clock: MovingClock) -> None:
    jobs = runner(queue, clock, Handler(nothing))
    async with running(jobs):
        await asyncio.sleep(0.05)
        await queue.enqueue("exports", "k", b"", now=NOW)
        jobs.wake()

        async def is_done() -> bool:
            return (await only_job(queue)).state is JobState.DONE

        await until(is_done)


async def test_a_runner_takes_one_job_after_the_other_and_then_waits(
    queue: JobQueue, clock: MovingClock
) -> None:
    looks = 0

    class Counting(MovingClock):
        def now(self) -> datetime:
            nonlocal looks
            looks += 1
            return clock.now()

    done = []

    async def remember(job: Job) -> None:
        done.append(job.key)

    for key in ("first", "second"):
        await queue.enqueue("exports", key, b"", now=NOW)
    async with running(runner(queue, Counting(), Handler(remember))):

        async def are_done() -> bool:
            return len(done) == 2

        await until(are_done)
        await asyncio.sleep(0.1)

    assert sorted(done) == ["first", "second"]
    assert looks == 5, "two looks for each job, and one in vain"
