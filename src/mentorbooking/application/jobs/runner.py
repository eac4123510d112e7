"""The runner of jobs: claims one at a time, has it done, and sees that none is lost.

A worker that dies simply stops renewing its lease, and somebody else claims the job. So a
handler may see the same job twice and must be able to go on where the first run stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

import structlog

from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.job_queue import Job, JobQueue
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.application.trying_again.fault_notes import fault_note, fault_place
from mentorbooking.application.trying_again.waiting import wait_for_any

_log = structlog.get_logger(__name__)


class JobHandler(Protocol):
    """Does the jobs of one queue."""

    async def run(self, job: Job) -> None:
        """Do the job, or go on with it; whatever this raises is a failed attempt."""

    async def give_up(self, job: Job, error: Exception) -> None:
        """Tell those who wait for the job that it will not be tried again by itself."""


class AttemptsUsedUp(Exception):
    """Claimed too often: the last attempts ended with their process, not with an error."""


BACKOFF: Final = Backoff()


class JobRunner:
    """Works on the queues of ``handlers`` until told to stop; ``wake`` spares it a poll."""

    def __init__(
        self,
        queue: JobQueue,
        handlers: Mapping[str, JobHandler],
        clock: Clock,
        *,
        chance: Callable[[], float],
        backoff: Backoff = BACKOFF,
        lease: timedelta = timedelta(seconds=30),
        poll: timedelta = timedelta(seconds=1),
        grace: timedelta = timedelta(seconds=1),
    ) -> None:
        """``grace`` is how long a job under way may take to finish when the runner stops.

        It may be short: what is not finished goes on with the next start.
        """
        self._queue, self._handlers, self._clock = queue, handlers, clock
        self._chance, self._backoff = chance, backoff
        self._lease, self._poll, self._grace = lease, poll, grace
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for jobs now. To be called on the runner's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; the job under way is then finished or given back."""
        while not stop.is_set():
            self._woken.clear()
            try:
                if await self.run_one(stop):
                    continue
            except StoreUnavailable as error:
                _log.warning("jobs_unavailable", error=fault_note(error))
            await wait_for_any(stop, self._woken, at_most=self._poll)

    async def run_one(self, stop: asyncio.Event) -> bool:
        """Do the job that is due first; False when there is none."""
        job = await self._queue.claim(
            tuple(self._handlers), now=self._clock.now(), lease=self._lease
        )
        if job is None:
            return False
        handler = self._handlers[job.queue]
        if job.attempts > self._backoff.attempts:
            await self._failed(job, handler, AttemptsUsedUp(job.last_error or "workers died"))
            return True
        work = asyncio.create_task(handler.run(job))
        try:
            still_ours = await self._attend(work, job, stop)
        finally:
            await _cancelled(work)
        if still_ours:
            await self._settle(work, job, handler)
        return True

    async def _attend(self, work: asyncio.Task[None], job: Job, stop: asyncio.Event) -> bool:
        """Renew the lease until the work has ended; False if it went to somebody else."""
        while not work.done():
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait(
                {work, stopping},
                timeout=self._lease.total_seconds() / 3,
                return_when=asyncio.FIRST_COMPLETED,
            )
            stopping.cancel()
            if work.done():
                break
            if not await self._renew(job):
                _log.warning("job_lost", queue=job.queue, job=job.id)
                return False
            if stop.is_set():
                await asyncio.wait({work}, timeout=self._grace.total_seconds())
                break
        return True

    async def _renew(self, job: Job) -> bool:
        try:
            return await self._queue.heartbeat(job, now=self._clock.now(), lease=self._lease)
        except StoreUnavailable as error:
            _log.warning("lease_not_renewed", job=job.id, error=fault_note(error))
            return True

    async def _settle(self, work: asyncio.Task[None], job: Job, handler: JobHandler) -> None:
        now = self._clock.now()
        if work.cancelled():
            await self._queue.give_back(job, now=now)
            _log.info("job_given_back", queue=job.queue, job=job.id)
            return
        error = work.exception()
        if error is None:
            await self._queue.complete(job, now=now)
            _log.info("job_done", queue=job.queue, job=job.id, attempt=job.attempts)
        elif isinstance(error, Exception):
            await self._failed(job, handler, error)
        else:
            raise error

    async def _failed(self, job: Job, handler: JobHandler, error: Exception) -> None:
        now = self._clock.now()
        note = fault_note(error)
        wait = self._backoff.wait(job.attempts, self._chance())
        _log.warning(
            "job_failed" if wait else "job_given_up",
            queue=job.queue,
            job=job.id,
            attempt=job.attempts,
            error=note,
            place=fault_place(error),
        )
        if wait is None and not await self._given_up(job, handler, error):
            wait = self._backoff.ceiling
        await self._queue.fail(job, note, now=now, retry_at=now + wait if wait else None)

    async def _given_up(self, job: Job, handler: JobHandler, error: Exception) -> bool:
        """Tell the handler; until that has worked the job is not left alone."""
        try:
            await handler.give_up(job, error)
        except Exception as failure:  # noqa: BLE001  a handler may fail in any way
            _log.warning("job_not_given_up", job=job.id, error=fault_note(failure))
            return False
        return True


async def _cancelled(work: asyncio.Task[None]) -> None:
    """Make sure that nothing of the work goes on, whichever way it was left."""
    work.cancel()
    await asyncio.wait({work})
    if not work.cancelled():
        work.exception()  # seen, or the loop complains when nobody settles the job
