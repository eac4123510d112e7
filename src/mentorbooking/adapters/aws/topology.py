"""The queue of notifications and the topics, made by name: again and again without harm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mentorbooking.adapters.aws.queues import Queue, create_queue
from mentorbooking.application.integration_events.audiences import Audience

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient
    from types_aiobotocore_sqs import SQSClient

MOST_RECEIVES: Final = 5
"""Of a notification."""

NOTIFICATIONS_VISIBILITY: Final = timedelta(minutes=3)
"""How long a consumer may take; AWS asks for six times the time-out of a Lambda that consumes."""


async def create_notifications_queue(client: SQSClient, prefix: str) -> Queue:
    """Make the FIFO queue of public events, ``<prefix>-notifications.fifo``."""
    return await create_queue(
        client,
        notifications_queue_name(prefix),
        visibility=NOTIFICATIONS_VISIBILITY,
        most_receives=MOST_RECEIVES,
        fifo=True,
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
