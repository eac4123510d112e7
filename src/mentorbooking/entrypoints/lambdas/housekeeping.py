"""What has to be looked after from time to time: every few minutes, by a schedule.

Jobs whose messages got lost are woken again, and what people should know of is told as metrics:
work that waits, that was given up, that lies behind. What expires in the tables and in the bucket
goes by itself: DynamoDB's TTL and the bucket's life-cycle see to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, NamedTuple

from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.application.ports.job_queue import JobState
from mentorbooking.application.ports.messages import MessageStatus
from mentorbooking.application.ports.outbox_ledger import ParkedState
from mentorbooking.entrypoints.aws.ground import AwsGround, aws_ground
from mentorbooking.entrypoints.aws.job_queues import jobs_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.settings import Settings

OVERDUE: Final = timedelta(minutes=2)
"""A job that could have been claimed for so long is not on its way any more."""


class _House(NamedTuple):
    base: AwsGround
    jobs: SQSJobQueue


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_House]:
    async with aws_ground(settings) as ground:
        yield _House(ground, await jobs_of(ground))


async def _keep(house: _House, event: Event, invocation: Invocation) -> None:  # noqa: ARG001
    base, jobs = house
    tell = invocation.metrics.add
    tell("JobsWokenAgain", await jobs.wake_again(now=base.clock.now(), overdue=OVERDUE))
    counts = await jobs.counts()
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.DEAD):
        tell(f"Jobs{state.title()}", sum(n for (_, at), n in counts.items() if at is state))
    ledger, messages = DynamoDBOutboxLedger(base.work), DynamoDBMessages(base.work)
    parked = await ledger.parked()
    tell("EventsParked", len(parked))
    tell("EventsDead", sum(each.state is ParkedState.DEAD for each in parked))
    mails = await messages.counts()
    tell("MailsQueued", mails.get(MessageStatus.QUEUED, 0))
    tell("MailsFailed", mails.get(MessageStatus.FAILED, 0))
    head = await base.log.head()
    tell("EventsNotRelayed", head - await ledger.position())
    tell("EventsNotMailed", head - await messages.position())


handler = worker("housekeeping", _opening, _keep)
