"""The outbox on AWS: public events to the queue and the topics, orders to the job queues."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from mentorbooking.adapters.aws.asked_once import AskedOnce
from mentorbooking.adapters.aws.topics import Topics
from mentorbooking.adapters.aws.topology import find_notifications_queue
from mentorbooking.adapters.event_publisher.several import SeveralPublishers
from mentorbooking.adapters.event_publisher.sns import SNSEventPublisher
from mentorbooking.adapters.event_publisher.sqs import SQSEventPublisher
from mentorbooking.adapters.work.dynamodb.lease import Lease, while_held
from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.application.integration_events.audiences import participants_from
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.application.ports.event_publisher import EventPublisher
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.job_queues import jobs_of


async def publisher_of(base: AwsGround) -> EventPublisher:
    """Return what sends public events: to the queue of notifications, and to the topics."""
    sqs, sns = await base.clients.sqs(), await base.clients.sns()
    prefix = base.places.prefix
    return SeveralPublishers(
        (
            SQSEventPublisher(sqs, AskedOnce(partial(find_notifications_queue, sqs, prefix))),
            SNSEventPublisher(
                sns,
                Topics(base.clients.sns, prefix),
                participants_from(base.aggregates),
            ),
        )
    )


async def relay_of(base: AwsGround) -> OutboxRelay:
    delivery = Delivery(
        await publisher_of(base), await jobs_of(base), base.clock, base.settings.public_url
    )
    ledger = DynamoDBOutboxLedger(base.work)
    return OutboxRelay(base.log, ledger, delivery, base.clock, chance=random.random)


def outbox_lease(base: AwsGround) -> Lease:
    """One process relays at a time, so that events go out in order."""
    return Lease(base.work, "outbox", base.owner, base.clock)


async def run_outbox(base: AwsGround, stop: asyncio.Event) -> None:
    """Send what others wait for: public events, and jobs."""
    relay = await relay_of(base)

    async def work(enough: asyncio.Event) -> None:
        with base.following("outbox", relay):
            await relay.run(enough)

    await while_held(outbox_lease(base), work, stop)
