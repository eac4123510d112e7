"""A queue of SQS and the one for its dead letters, made by name: again and again without harm.

The latter keeps for 14 days, the longest that SQS keeps anything, what was received too often.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient
    from types_aiobotocore_sqs.literals import QueueAttributeNameType

KEPT: Final = timedelta(days=14)


class Queue(msgspec.Struct, frozen=True):
    """Where a queue is, and where its dead letters go."""

    url: str
    dead_letter_url: str


async def create_queue(
    client: SQSClient,
    name: str,
    *,
    visibility: timedelta,
    most_receives: int,
    fifo: bool = False,
) -> Queue:
    """Make a queue and its dead-letter queue, or set up anew those that are there.

    ``name`` is without the ``.fifo`` that the names of FIFO queues end in.
    """
    dead_letter_url = await _make(client, dead_letters_of(name), {}, fifo=fifo)
    dead_letters = await client.get_queue_attributes(
        QueueUrl=dead_letter_url, AttributeNames=["QueueArn"]
    )
    redrive = {
        "deadLetterTargetArn": dead_letters["Attributes"]["QueueArn"],
        "maxReceiveCount": most_receives,
    }
    attributes: dict[QueueAttributeNameType, str] = {
        "VisibilityTimeout": _seconds(visibility),
        "RedrivePolicy": json.dumps(redrive),
    }
    url = await _make(client, name, attributes, fifo=fifo)
    return Queue(url, dead_letter_url)


def dead_letters_of(name: str) -> str:
    """Name a queue's dead-letter queue."""
    return f"{name}-dead"


async def _make(
    client: SQSClient,
    name: str,
    attributes: Mapping[QueueAttributeNameType, str],
    *,
    fifo: bool,
) -> str:
    """Make a queue; what may change is set afterwards, since SQS refuses to make one that is
    there with other attributes.
    """
    made = await client.create_queue(
        QueueName=f"{name}.fifo" if fifo else name,
        Attributes={"FifoQueue": "true"} if fifo else {},
    )
    await client.set_queue_attributes(
        QueueUrl=made["QueueUrl"],
        Attributes={"MessageRetentionPeriod": _seconds(KEPT), **attributes},
    )
    return made["QueueUrl"]


def _seconds(time: timedelta) -> str:
    return str(int(time.total_seconds()))
