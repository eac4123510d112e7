"""The job queues on AWS."""

from __future__ import annotations

from functools import partial

from mentorbooking.adapters.aws.asked_once import AskedOnce
from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs.queues import job_queue_urls
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.places import JOB_QUEUES


async def jobs_of(base: AwsGround) -> SQSJobQueue:
    sqs = await base.clients.sqs()
    urls = partial(job_queue_urls, sqs, base.places.prefix, JOB_QUEUES)
    return SQSJobQueue(JobRecords(base.work, JOB_QUEUES), sqs, AskedOnce(urls))
