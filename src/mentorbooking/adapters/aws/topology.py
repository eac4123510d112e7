"""Queues and topics, made by name: again and again without harm.

A queue's dead-letter queue keeps for 14 days, the longest that SQS keeps anything, what was
received too often.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from mentorbooking.application.audiences import Audience

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient
    from types_aiobotocore_sqs import SQSClient

KEPT: Final = timedelta(days=14)
MOST_RECEIVES: Final = 5
NOTIFICATIONS_VISIBILITY: Final = timedelta(minutes=3)
"""How long a consumer may take; AWS asks for six times the time-out of a Lambda that consumes."""


class Queue(msgspec.Struct, frozen=True):
    """Where a queue is, and where its dead letters go."""

    url: str
    dead_letter_url: str


async def create_queue(
    client: SQSClient,
    name: str,
    *,
    visibility: timedelta,
    fifo: bool = False,
    most_receives: int = MOST_RECEIVES,
) -> Queue:
    """Make a queue and its dead-letter queue, or set up anew those that are there.

    ``name`` is without the ``.fifo`` that the names of FIFO queues end in.
    """
    dead_letter_url = await _make(client, f"{name}-dead", fifo=fifo)
    dead_letters = await client.get_queue_attributes(
        QueueUrl=dead_letter_url, AttributeNames=["QueueArn"]
    )
    redrive = {
        "deadLetterTargetArn": dead_letters["Attributes"]["QueueArn"],
        "maxReceiveCount": most_receives,
    }
    url = await _make(client, name, fifo=fifo)
    await client.set_queue_attributes(
        QueueUrl=url,
        Attributes={
            "VisibilityTimeout": _seconds(visibility),
            "RedrivePolicy": json.dumps(redrive),
        },
    )
    return Queue(url, dead_letter_url)


async def create_notifications_queue(client: SQSClient, prefix: str) -> Queue:
    """Make the FIFO queue of public events, ``<prefix>-notifications.fifo``."""
    return await create_queue(
        client, notifications_queue_name(prefix), visibility=NOTIFICATIONS_VISIBILITY, fifo=True
    )


async def find_notifications_queue(client: SQSClient, prefix: str) -> str:
    """Return the queue's URL. Raises botocore's ``ClientError`` if it was not made."""
    found = await client.get_queue_url(QueueName=f"{notifications_queue_name(prefix)}.fifo")
    return found["QueueUrl"]


def notifications_queue_name(prefix: str) -> str:
    """Return the queue's name without ``.fifo``."""
    return f"{prefix}-notifications"


async def create_topics(client: SNSClient, prefix: str) -> Mapping[Audience, str]:
    """Make the topic of each audience, ``<prefix>-<audience>``; return their ARNs."""
    topics = {}
    for audience in Audience:
        made = await client.create_topic(Name=f"{prefix}-{audience}")
        topics[audience] = made["TopicArn"]
    return topics


async def _make(client: SQSClient, name: str, *, fifo: bool) -> str:
    """Make a queue; what may change is set afterwards, since SQS refuses to make one that is
    there with other attributes.
    """
    made = await client.create_queue(
        QueueName=f"{name}.fifo" if fifo else name,
        Attributes={"FifoQueue": "true"} if fifo else {},
    )
    await client.set_queue_attributes(
        QueueUrl=made["QueueUrl"], Attributes={"MessageRetentionPeriod": _seconds(KEPT)}
    )
    return made["QueueUrl"]


def _seconds(time: timedelta) -> str:
    return str(int(time.total_seconds()))
