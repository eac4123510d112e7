"""``JobQueue`` with records in the work table and wake-ups in SQS.

The record is the truth: who may have a job, until when and which time round it is. A message
names a job that is not over. It wakes a worker, or starts a function, and comes back until the
job is over: see ``sqs_wake_ups``. Every promise holds without it, only later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.application.ports.job_queue import Job, JobQueue, JobState

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient


class JobNamed(msgspec.Struct, frozen=True):
    """Body of a message."""

    queue: str
    job: int


@dataclass(frozen=True, slots=True)
class SQSJobQueue(JobQueue):
    """``urls`` tells the queues' by the names that the application has for them. It raises
    ``StoreUnavailable``.
    """

    records: JobRecords
    client: SQSClient
    urls: WhenNeeded[Mapping[str, str]]

    async def enqueue(self, queue: str, key: str, payload: bytes, *, now: datetime) -> bool:
        """Add a job and send its message.

        When only the first has worked, whoever asked hears of it and asks again: so a job that
        is known and waits gets another message.
        """
        job_id, is_new = await self.records.add(queue, key, payload, now=now)
        if is_new or await self._waits(queue, job_id):
            await self._wake(queue, job_id)
        return is_new

    async def claim(
        self, queues: Collection[str], *, now: datetime, lease: timedelta
    ) -> Job | None:
        return await self.records.claim(queues, now=now, lease=lease)

    async def heartbeat(self, job: Job, *, now: datetime, lease: timedelta) -> bool:
        return await self.records.heartbeat(job, now=now, lease=lease)

    async def complete(self, job: Job, *, now: datetime) -> bool:
        return await self.records.complete(job, now=now)

    async def fail(self, job: Job, error: str, *, now: datetime, retry_at: datetime | None) -> bool:
        return await self.records.fail(job, error, now=now, retry_at=retry_at)

    async def give_back(self, job: Job, *, now: datetime) -> bool:
        return await self.records.give_back(job, now=now)

    async def retry(self, job_id: int, *, now: datetime) -> bool:
        job = await self.records.retry(job_id, now=now)
        if job is not None:
            await self._wake(job.queue, job.id)
        return job is not None

    async def list_jobs(self, states: Collection[JobState], *, limit: int = 100) -> Sequence[Job]:
        return await self.records.list_jobs(states, limit=limit)

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        return await self.records.counts()

    async def wake_again(self, *, now: datetime, overdue: timedelta) -> int:
        """Send messages for jobs that should have been claimed so long ago; return how many.

        To be done from time to time where nobody polls: a message can get lost between the
        record and SQS, or end among the dead letters.
        """
        stuck = await self.records.overdue(self.records.queues, now=now - overdue)
        for job in stuck:
            await self._wake(job.queue, job.id)
        return len(stuck)

    async def _waits(self, queue: str, job_id: int) -> bool:
        job = await self.records.find_open(queue, job_id)
        return job is not None and job.state is JobState.QUEUED

    async def _wake(self, queue: str, job_id: int) -> None:
        body = msgspec.json.encode(JobNamed(queue, job_id)).decode()
        urls = await self.urls()
        with as_store_unavailable("the job queue"):
            await self.client.send_message(QueueUrl=urls[queue], MessageBody=body)
