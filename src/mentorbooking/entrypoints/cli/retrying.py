"""Letting what was given up be tried anew."""

from __future__ import annotations

from collections.abc import Collection

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.work.database import WorkDatabase
from mentorbooking.adapters.work.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.ports.job_queue import JobState

_MANY = 1_000_000


async def retry_jobs(work: WorkDatabase, ids: Collection[int] | None) -> list[int]:
    """Retry these jobs, or all that are dead; return the ids of those that were."""
    queue, now = SQLiteJobQueue(work), SystemClock().now()
    if ids is None:
        ids = [job.id for job in await queue.list_jobs([JobState.DEAD], limit=_MANY)]
    return [job_id for job_id in ids if await queue.retry(job_id, now=now)]


async def redrive_events(work: WorkDatabase, positions: Collection[int] | None) -> int:
    """Have these dead letters sent again, or all; return how many of them there were."""
    ledger, now = SQLiteOutboxLedger(work), SystemClock().now()
    if positions is None:
        return await ledger.redrive(None, now=now)
    return sum([await ledger.redrive(position, now=now) for position in positions])
