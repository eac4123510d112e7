"""Letting what was given up be tried anew."""

from __future__ import annotations

from collections.abc import Collection

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.application.ports.job_queue import JobQueue, JobState
from mentorbooking.application.ports.outbox_ledger import OutboxLedger

_MANY = 1_000_000


async def retry_jobs(queue: JobQueue, ids: Collection[int] | None) -> list[int]:
    """Retry these jobs, or all that are dead; return the ids of those that were."""
    now = SystemClock().now()
    if ids is None:
        ids = [job.id for job in await queue.list_jobs([JobState.DEAD], limit=_MANY)]
    return [job_id for job_id in ids if await queue.retry(job_id, now=now)]


async def redrive_events(ledger: OutboxLedger, positions: Collection[int] | None) -> int:
    """Have these dead letters sent again, or all; return how many of them there were."""
    now = SystemClock().now()
    if positions is None:
        return await ledger.redrive(None, now=now)
    return sum([await ledger.redrive(position, now=now) for position in positions])
