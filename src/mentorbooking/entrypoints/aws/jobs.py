"""The jobs on AWS: mentors are imported, and bookings exported.

What a kind of job needs is imported with it, for those who do one kind only.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from mentorbooking.adapters.job_queue.sqs.wake_ups import JobWakeUps
from mentorbooking.adapters.object_storage.s3 import S3ObjectStorage
from mentorbooking.application.jobs.runner import JobHandler, JobRunner
from mentorbooking.application.reactions import BOOKING_EXPORTS, MENTOR_IMPORTS
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.job_queues import jobs_of
from mentorbooking.entrypoints.aws.places import JOB_QUEUES

POLLED_EVERY: Final = timedelta(seconds=10)
"""A message wakes the runner; this is for messages that got lost, and for retries."""


async def imports_of(base: AwsGround) -> JobHandler:
    """Return what does the jobs of ``mentor-imports``."""
    from mentorbooking.adapters.event_store.dynamodb.credentials import DynamoDBCredentials
    from mentorbooking.application.deciding_again import deciding_again
    from mentorbooking.application.mentor_import.worker import MentorImportWorker
    from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRowsHandler

    credentials = await DynamoDBCredentials.open(base.dynamodb_log)
    take_in_rows = TakeInRowsHandler(base.aggregates, credentials, base.clock, base.ids)
    return MentorImportWorker(
        base.aggregates, _storage_of(base), deciding_again(take_in_rows), base.clock
    )


async def exports_of(base: AwsGround) -> JobHandler:
    """Return what does the jobs of ``booking-exports``."""
    from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
    from mentorbooking.application.bookings_export.worker import BookingsExportWorker

    return BookingsExportWorker(
        base.aggregates, base.log, _storage_of(base), SQLiteExportScratch, base.clock
    )


HANDLERS: Final[Mapping[str, Callable[[AwsGround], Awaitable[JobHandler]]]] = {
    MENTOR_IMPORTS: imports_of,
    BOOKING_EXPORTS: exports_of,
}
"""What does the jobs, by queue."""


async def run_jobs(
    base: AwsGround,
    stop: asyncio.Event,
    *,
    queues: Collection[str] = JOB_QUEUES,
    poll: timedelta = POLLED_EVERY,
) -> None:
    """Import mentors and export bookings, or do the jobs of some queues only."""
    handlers = {name: await HANDLERS[name](base) for name in queues}
    queue = await jobs_of(base)
    runner = JobRunner(queue, handlers, base.clock, chance=random.random, poll=poll)
    wake_ups = JobWakeUps(queue.records, queue.client, await base.clients.sqs_polling(), queue.urls)
    async with asyncio.TaskGroup() as tasks:
        for name in handlers:
            tasks.create_task(wake_ups.listen(name, runner.wake, base.clock, stop))
        await runner.run(stop)


def _storage_of(base: AwsGround) -> S3ObjectStorage:
    return S3ObjectStorage(base.clients.s3, base.places.bucket)
