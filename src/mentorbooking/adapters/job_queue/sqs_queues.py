"""The queues in SQS, each with one for dead letters behind it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mentorbooking.adapters.aws.unavailable import as_store_unavailable

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient
    from types_aiobotocore_sqs.literals import QueueAttributeNameType

RECEIVED_AT_MOST: Final = 25
"""A job's message is received once an attempt, and now and then while somebody is at it. More
often only when workers die before they have claimed anything."""

KEPT: Final = timedelta(days=14)
HIDDEN: Final = timedelta(minutes=1)
"""How long who has received a message has time to look what it is about. A function that does
the job itself needs six times its time-out."""


def queue_name(prefix: str, queue: str) -> str:
    return f"{prefix}-{queue}"


def dead_letters_name(prefix: str, queue: str) -> str:
    return f"{prefix}-{queue}-dead"


async def create_job_queues(
    client: SQSClient, prefix: str, queues: Collection[str], *, hidden: timedelta = HIDDEN
) -> dict[str, str]:
    """Make the queues, or set up anew those that are there; return their URLs by ``queues``."""
    urls = {}
    with as_store_unavailable("the job queue"):
        for queue in queues:
            behind = await _created(
                client, dead_letters_name(prefix, queue), {"MessageRetentionPeriod": _in(KEPT)}
            )
            answer = await client.get_queue_attributes(QueueUrl=behind, AttributeNames=["QueueArn"])
            redrive = {
                "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
                "maxReceiveCount": RECEIVED_AT_MOST,
            }
            attributes: dict[QueueAttributeNameType, str] = {
                "MessageRetentionPeriod": _in(KEPT),
                "VisibilityTimeout": _in(hidden),
                "RedrivePolicy": json.dumps(redrive),
            }
            urls[queue] = await _created(client, queue_name(prefix, queue), attributes)
    return urls


async def job_queue_urls(client: SQSClient, prefix: str, queues: Collection[str]) -> dict[str, str]:
    """Return the URLs of queues that were made before; ``StoreUnavailable`` if they were not."""
    with as_store_unavailable("the job queue"):
        return {
            queue: (await client.get_queue_url(QueueName=queue_name(prefix, queue)))["QueueUrl"]
            for queue in queues
        }


async def _created(
    client: SQSClient, name: str, attributes: Mapping[QueueAttributeNameType, str]
) -> str:
    try:
        found = await client.get_queue_url(QueueName=name)
    except client.exceptions.QueueDoesNotExist:
        made = await client.create_queue(QueueName=name, Attributes=attributes)
        return made["QueueUrl"]
    await client.set_queue_attributes(QueueUrl=found["QueueUrl"], Attributes=attributes)
    return found["QueueUrl"]


def _in(time: timedelta) -> str:
    return str(int(time.total_seconds()))
