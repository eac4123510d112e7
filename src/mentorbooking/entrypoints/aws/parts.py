"""The service's work beside answering requests, in parts that may run in one process or apart.

What may be done by one process at a time is done by whoever holds its lease.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from mentorbooking.adapters.aws.topology import create_topics, find_notifications_queue
from mentorbooking.adapters.event_publisher.several import SeveralPublishers
from mentorbooking.adapters.event_publisher.sns import SnsEventPublisher
from mentorbooking.adapters.event_publisher.sqs import SqsEventPublisher
from mentorbooking.adapters.job_queue.dynamodb_records import JobRecords
from mentorbooking.adapters.job_queue.sqs import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs_queues import job_queue_urls
from mentorbooking.adapters.job_queue.sqs_wake_ups import JobWakeUps
from mentorbooking.adapters.mail_sender.from_url import is_ses, mail_sender_from_url
from mentorbooking.adapters.messages.dynamodb import DynamoDBMessages
from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.models import all_models
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.adapters.work.dynamodb_control import DynamoDBControlRequests
from mentorbooking.adapters.work.dynamodb_lease import Lease, while_held
from mentorbooking.adapters.work.dynamodb_outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.application.audiences import participants_from
from mentorbooking.application.bookings_export.worker import BookingsExportWorker
from mentorbooking.application.jobs import JobHandler, JobRunner
from mentorbooking.application.mentor_import.worker import MentorImportWorker
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.mail_writer import MailWriter
from mentorbooking.application.notifications.mailer import Mailer
from mentorbooking.application.outbox import OutboxRelay
from mentorbooking.application.outbox_delivery import Delivery
from mentorbooking.application.ports.event_publisher import EventPublisher
from mentorbooking.application.reactions import BOOKING_EXPORTS, MENTOR_IMPORTS
from mentorbooking.entrypoints.aws.foundation import AwsFoundation
from mentorbooking.entrypoints.aws.places import JOB_QUEUES
from mentorbooking.entrypoints.core_without_lists import core_without_lists
from mentorbooking.entrypoints.rebuilding import rebuild_when_asked

JOBS_POLLED_EVERY: Final = timedelta(seconds=10)
"""A message wakes the runner; this is for messages that got lost, and for retries."""

MAIL_POLLED_EVERY: Final = timedelta(seconds=1)

Part = Callable[[AwsFoundation, asyncio.Event], Awaitable[None]]
"""Works until the event is set."""


def projector_of(base: AwsFoundation, *, works: bool = True) -> Projector:
    """Return what keeps the read models up to date, to be started and closed."""
    following = Following(
        base.views_table,
        all_models(),
        base.log,
        owner=base.owner,
        seconds=lambda: int(time.time()),
    )
    return Projector(following, works=works)


async def jobs_of(base: AwsFoundation) -> SQSJobQueue:
    sqs = await base.clients.sqs()
    urls = await job_queue_urls(sqs, base.places.prefix, JOB_QUEUES)
    return SQSJobQueue(JobRecords(base.work, JOB_QUEUES), sqs, urls)


async def publisher_of(base: AwsFoundation) -> EventPublisher:
    """Return what sends public events: to the queue of notifications, and to the topics."""
    sqs, sns = await base.clients.sqs(), await base.clients.sns()
    return SeveralPublishers(
        (
            SqsEventPublisher(sqs, await find_notifications_queue(sqs, base.places.prefix)),
            SnsEventPublisher(
                sns,
                await create_topics(sns, base.places.prefix),
                participants_from(base.aggregates),
            ),
        )
    )


async def relay_of(base: AwsFoundation) -> OutboxRelay:
    delivery = Delivery(
        await publisher_of(base), await jobs_of(base), base.clock, base.settings.public_url
    )
    ledger = DynamoDBOutboxLedger(base.work)
    return OutboxRelay(base.log, ledger, delivery, base.clock, chance=random.random)


async def run_projections(base: AwsFoundation, stop: asyncio.Event) -> None:
    """Keep the read models up to date, and rebuild them when asked."""
    projector = projector_of(base)
    projector.start()
    try:
        await rebuild_when_asked(DynamoDBControlRequests(base.work), projector, base.clock, stop)
    finally:
        await projector.close()


async def run_outbox(base: AwsFoundation, stop: asyncio.Event) -> None:
    """Send what others wait for: public events, and jobs."""
    relay = await relay_of(base)
    remove = base.dynamo_log.on_commit(lambda _: relay.wake())
    try:
        await while_held(Lease(base.work, "outbox", base.owner, base.clock), relay.run, stop)
    finally:
        remove()


async def run_jobs(
    base: AwsFoundation, stop: asyncio.Event, *, queues: Collection[str] = JOB_QUEUES
) -> None:
    """Import mentors and export bookings, or do the jobs of some queues only."""
    from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch

    with core_without_lists(base) as core:
        handlers: Mapping[str, JobHandler] = {
            MENTOR_IMPORTS: MentorImportWorker(
                base.aggregates, base.storage, core.commands.take_in_row, base.clock
            ),
            BOOKING_EXPORTS: BookingsExportWorker(
                base.aggregates, base.log, base.storage, SQLiteExportScratch, base.clock
            ),
        }
        queue = await jobs_of(base)
        wanted = {name: handlers[name] for name in queues}
        runner = JobRunner(queue, wanted, base.clock, chance=random.random, poll=JOBS_POLLED_EVERY)
        wake_ups = JobWakeUps(
            queue.records, queue.client, await base.clients.sqs_polling(), queue.urls
        )
        async with asyncio.TaskGroup() as tasks:
            for name in wanted:
                tasks.create_task(wake_ups.listen(name, runner.wake, base.clock, stop))
            await runner.run(stop)


async def run_mail(base: AwsFoundation, stop: asyncio.Event) -> None:
    """Tell people of what has happened."""
    settings = base.settings
    service = Service(Mailbox.parse(settings.mail_from), settings.public_url)
    ses = await base.clients.ses() if is_ses(settings.mail_url) else None
    sender = mail_sender_from_url(
        settings.mail_url, settings.data_dir, settings.mail_from, service.host, ses=ses
    )
    mailer = Mailer(
        base.log,
        DynamoDBMessages(base.work),
        MailWriter(base.log, base.aggregates, base.invitations.token, service),
        sender,
        base.clock,
        chance=random.random,
        poll=MAIL_POLLED_EVERY,
    )
    remove = base.dynamo_log.on_commit(lambda _: mailer.wake())
    try:
        await while_held(Lease(base.work, "mail", base.owner, base.clock), mailer.run, stop)
    finally:
        remove()
        await sender.close()


PARTS: Final[Mapping[str, Part]] = {
    "projections": run_projections,
    "outbox": run_outbox,
    "jobs": run_jobs,
    "mail": run_mail,
}
