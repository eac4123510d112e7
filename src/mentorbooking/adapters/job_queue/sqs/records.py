"""The truth about jobs, in the work table.

A job that is not over stands in ``jobs#open#<queue>``, one that was given up in ``jobs#dead``
and one that is done, for a month, in ``jobs#done``; each by its number. ``job-key#<queue>#<key>``
remembers that a queue has had a key, as long as the job.

The queues are those of a few admins: a claim reads all that is open in them (one read unit for
about a dozen jobs), and ``counts`` reads what was done in the last month as well.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from msgspec.structs import replace

from mentorbooking.adapters.work.dynamodb.overtaken import unless_overtaken
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.values import (
    EXPIRES,
    Item,
    Key,
    decoded,
    encoded,
    in_order,
    number,
    seconds,
    value,
)
from mentorbooking.adapters.work.dynamodb.writes import NEW, Write, delete, put, update
from mentorbooking.application.ports.job_queue import Job, JobState

REMEMBERED: Final = timedelta(days=30)

_DEAD: Final = "jobs#dead"
_DONE: Final = "jobs#done"
_OPEN_STATES: Final = frozenset({JobState.QUEUED, JobState.RUNNING})
_HELD: Final = "#claim = :claim AND #state = :running"
_AS_SEEN: Final = "#claim = :claim AND #state = :state AND #due_at = :due_at"


class Added(NamedTuple):
    """The job that a queue has under a key, and whether it had none before."""

    job_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class JobRecords:
    """``queues`` are all there are. Methods are ``JobQueue``'s where they have its names."""

    table: WorkTable
    queues: Collection[str]

    async def add(self, queue: str, key: str, payload: bytes, *, now: datetime) -> Added:
        async def attempt() -> Added | None:
            if known := await self.table.get(_key_of(queue, key)):
                return Added(number(known, "id"), is_new=False)
            job = Job(
                id=await self.table.next_number("jobs"),
                queue=queue,
                key=key,
                payload=payload,
                state=JobState.QUEUED,
                attempts=0,
                claim=0,
                enqueued_at=now,
                due_at=now,
            )
            named = _key_of(queue, key).attributes | {"id": value(job.id)}
            if await self.table.transact([put(named, NEW), put(encoded(_open_key(job), job))]):
                return Added(job.id, is_new=True)
            return None

        return await unless_overtaken(attempt)

    async def find_open(self, queue: str, job_id: int) -> Job | None:
        """Return a job that is not over."""
        item = await self.table.get(Key(_open(queue), in_order(job_id)))
        return decoded(item, Job) if item else None

    async def overdue(self, queues: Collection[str], *, now: datetime) -> Sequence[Job]:
        """Return what may be claimed: what has been due for longest first."""
        jobs = [job for job in await self._open_jobs(queues) if job.due_at and job.due_at <= now]
        return sorted(jobs, key=lambda job: (job.due_at, job.id))

    async def claim(
        self, queues: Collection[str], *, now: datetime, lease: timedelta
    ) -> Job | None:
        for job in await self.overdue(queues, now=now):
            taken = replace(
                job,
                state=JobState.RUNNING,
                attempts=job.attempts + 1,
                claim=job.claim + 1,
                due_at=now + lease,
            )
            if await self.table.write(_as_seen(job, taken)):
                return taken
        return None

    async def heartbeat(self, job: Job, *, now: datetime, lease: timedelta) -> bool:
        return await self._kept(job, replace(job, due_at=now + lease))

    async def complete(self, job: Job, *, now: datetime) -> bool:
        done = replace(job, state=JobState.DONE, due_at=None, finished_at=now)
        expires = seconds(now + REMEMBERED)
        return await self._closed(
            job,
            put(_expiring(encoded(Key(_DONE, in_order(job.id)), done), expires)),
            update(_key_of(job.queue, job.key), f"SET #{EXPIRES} = :expires", expires=expires),
        )

    async def fail(self, job: Job, error: str, *, now: datetime, retry_at: datetime | None) -> bool:
        failed = replace(job, last_error=error)
        if retry_at is not None:
            return await self._kept(job, replace(failed, state=JobState.QUEUED, due_at=retry_at))
        dead = replace(failed, state=JobState.DEAD, due_at=None, finished_at=now)
        return await self._closed(job, put(encoded(_dead_key(job.id), dead)))

    async def give_back(self, job: Job, *, now: datetime) -> bool:
        return await self._kept(
            job, replace(job, state=JobState.QUEUED, due_at=now, attempts=job.attempts - 1)
        )

    async def retry(self, job_id: int, *, now: datetime) -> Job | None:
        """Return the job as it is now queued; None if it was not dead."""

        async def attempt() -> tuple[Job, ...] | None:
            item = await self.table.get(_dead_key(job_id))
            if item is None:
                return ()
            job = replace(
                decoded(item, Job),
                state=JobState.QUEUED,
                due_at=now,
                attempts=0,
                finished_at=None,
            )
            away = delete(_dead_key(job_id), "attribute_exists(pk)")
            back = put(encoded(_open_key(job), job), NEW)
            return (job,) if await self.table.transact([away, back]) else None

        return next(iter(await unless_overtaken(attempt)), None)

    async def list_jobs(self, states: Collection[JobState], *, limit: int = 100) -> Sequence[Job]:
        jobs: list[Job] = []
        if _OPEN_STATES & set(states):
            jobs += [job for job in await self._open_jobs(self.queues) if job.state in states]
        for state, partition in ((JobState.DEAD, _DEAD), (JobState.DONE, _DONE)):
            if state in states:
                items = await self.table.query(partition, newest_first=True, limit=limit)
                jobs += [decoded(item, Job) for item in items]
        each_once = {job.id: job for job in jobs}  # one that ended meanwhile was read twice
        return sorted(each_once.values(), key=lambda job: job.id, reverse=True)[:limit]

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        over = [*await self.table.query(_DEAD), *await self.table.query(_DONE)]
        jobs = [*await self._open_jobs(self.queues), *(decoded(item, Job) for item in over)]
        return Counter((job.queue, job.state) for job in jobs)

    async def _open_jobs(self, queues: Collection[str]) -> list[Job]:
        found = await asyncio.gather(*[self.table.query(_open(queue)) for queue in queues])
        return [decoded(item, Job) for items in found for item in items]

    async def _kept(self, job: Job, after: Job) -> bool:
        """Change a job that stays open, if the claim still holds."""
        return await self.table.write(put(encoded(_open_key(job), after), _HELD, **_claim_of(job)))

    async def _closed(self, job: Job, *writes: Write) -> bool:
        """Take a job out of those that are open, if the claim still holds."""
        away = delete(_open_key(job), _HELD, **_claim_of(job))

        async def attempt() -> bool | None:
            if await self.table.transact([away, *writes]):
                return True
            found = await self.find_open(job.queue, job.id)
            is_held = found and (found.claim, found.state) == (job.claim, JobState.RUNNING)
            return None if is_held else False

        return await unless_overtaken(attempt)


def _as_seen(seen: Job, after: Job) -> Write:
    item = encoded(_open_key(seen), seen)
    return put(
        encoded(_open_key(after), after),
        _AS_SEEN,
        claim=seen.claim,
        state=seen.state,
        due_at=item["due_at"]["S"],
    )


def _claim_of(job: Job) -> dict[str, str | int]:
    return {"claim": job.claim, "running": JobState.RUNNING}


def _expiring(item: Item, at: int) -> Item:
    return item | {EXPIRES: value(at)}


def _open(queue: str) -> str:
    return f"jobs#open#{queue}"


def _open_key(job: Job) -> Key:
    return Key(_open(job.queue), in_order(job.id))


def _dead_key(job_id: int) -> Key:
    return Key(_DEAD, in_order(job_id))


def _key_of(queue: str, key: str) -> Key:
    return Key(f"job-key#{queue}#{key}")
