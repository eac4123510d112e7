"""The work table, one for each test, and queues of SQS beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs.queues import create_job_queues
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.adapters.work.dynamodb.table import WorkTable, create_work_table
from tests.support.at_hand import at_hand
from tests.support.aws_servers import aws_settings, unique


@asynccontextmanager
async def open_work_table(endpoint: str) -> AsyncIterator[WorkTable]:
    async with AwsClients(aws_settings(dynamodb=endpoint)) as clients:
        yield await new_work_table(clients)


@asynccontextmanager
async def open_job_queue(
    request: pytest.FixtureRequest, queues: Collection[str]
) -> AsyncIterator[SQSJobQueue]:
    """For fixtures that are asked for several kinds of queue: starts the servers only for this."""
    settings = aws_settings(
        dynamodb=request.getfixturevalue("dynamodb_endpoint"),
        others=request.getfixturevalue("moto_endpoint"),
    )
    async with AwsClients(settings) as clients:
        yield await new_job_queue(clients, queues)


async def new_work_table(clients: AwsClients) -> WorkTable:
    table = WorkTable(await clients.dynamodb(), unique("work"))
    await create_work_table(table.client, table.name)
    return table


async def new_job_queue(clients: AwsClients, queues: Collection[str]) -> SQSJobQueue:
    sqs = await clients.sqs()
    urls = await create_job_queues(sqs, unique("jobs"), queues)
    return SQSJobQueue(JobRecords(await new_work_table(clients), queues), sqs, at_hand(urls))
