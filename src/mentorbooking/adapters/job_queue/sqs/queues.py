"""The queues in SQS, each with one for dead letters behind it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mentorbooking.adapters.aws.queues import create_queue
from mentorbooking.adapters.aws.unavailable import as_store_unavailable

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

RECEIVED_AT_MOST: Final = 25
"""A job's message is received once an attempt, and now and then while somebody is at it. More
often only when workers die before they have claimed anything."""

HIDDEN: Final = timedelta(minutes=1)
"""How long who has received a message has time to look what it is about. A function that does
the job itself needs six times its time-out."""


def queue_name(prefix: str, queue: str) -> str:
    return f"{prefix}-{queue}"


async def create_job_queues(
    client: SQSClient, prefix: str, queues: Collection[str]
) -> dict[str, str]:
    """Make the queues, or set up anew those that are there; return their URLs by ``queues``."""
    urls = {}
    with as_store_unavailable("the job queue"):
        for queue in queues:
            made = await create_queue(
                client,
                queue_name(prefix, queue),
                visibility=HIDDEN,
                most_receives=RECEIVED_AT_MOST,
            )
            urls[queue] = made.url
    return urls


async def job_queue_urls(client: SQSClient, prefix: str, queues: Collection[str]) -> dict[str, str]:
    """Return the URLs of queues that were made before; ``StoreUnavailable`` if they were not."""
    with as_store_unavailable("the job queue"):
        return {
            queue: (await client.get_queue_url(QueueName=queue_name(prefix, queue)))["QueueUrl"]
            for queue in queues
        }
