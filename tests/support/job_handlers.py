"""Handlers that do jobs the way a test wants, and a runner of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from mentorbooking.application.jobs.runner import JobRunner
from mentorbooking.application.ports.job_queue import Job, JobQueue, JobState
from mentorbooking.application.trying_again.backoff import Backoff
from tests.support.moving_clock import MovingClock

LEASE = timedelta(seconds=30)
BACKOFF = Backoff(first=timedelta(seconds=10), attempts=3)


class Handler:
    """Does jobs the way a test wants."""

    def __init__(self, work: Callable[[Job], Awaitable[None]]) -> None:
        self.work = work
        self.given_up: list[Exception] = []

    async def run(self, job: Job) -> None:
        await self.work(job)

    async def give_up(self, job: Job, error: Exception) -> None:
        self.given_up.append(error)


async def nothing(job: Job) -> None:
    pass


async def failing(job: Job) -> None:
    raise OSError("no room for ada@example.org")


def runner(
    queue: JobQueue,
    clock: MovingClock,
    handler: Handler,
    *,
    lease: timedelta = LEASE,
    poll: timedelta = timedelta(hours=1),
    grace: timedelta = timedelta(milliseconds=100),
) -> JobRunner:
    return JobRunner(
        queue,
        {"exports": handler},
        clock,
        chance=lambda: 0.0,
        backoff=BACKOFF,
        lease=lease,
        poll=poll,
        grace=grace,
    )


async def only_job(queue: JobQueue) -> Job:
    (job,) = await queue.list_jobs(list(JobState))
    return job
