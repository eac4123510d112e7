"""Mail: plans who is told of what has happened, and sends it.

Woken by messages of the queue ``<prefix>-notifications.fifo``, and by the time for what no message
tells of: retries, invitations, imports that failed. Messages only wake it. What is to be mailed is
found in the log and planned together with the position, each mail under the key of its event and
its reader, so that a message that comes again, after a kill too, brings nothing twice; the inbox
tells such repeats. A message is done with when the mails of its event are planned: from then on
each mail has its own state and its own retries.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import msgspec
import structlog

from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.inbox import DynamoDBInbox
from mentorbooking.application.positions import InvalidPosition, covers, position_of
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.entrypoints.aws.ground import AwsGround, aws_ground
from mentorbooking.entrypoints.aws.mailing import mail_lease, mailer_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.payloads import (
    SqsRecord,
    and_those_behind,
    sqs_records,
    to_come_back,
)
from mentorbooking.entrypoints.lambdas.taking_turns import in_turn
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.settings import Settings

CONSUMER: Final = "mail"
"""Its name in the inbox, which stays."""

_log = structlog.get_logger(__name__)


class _PublicEvent(msgspec.Struct, frozen=True):
    """The part of a CloudEvent that is looked at."""

    id: str
    position: str


class _Mail(NamedTuple):
    base: AwsGround
    messages: DynamoDBMessages
    inbox: DynamoDBInbox


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_Mail]:
    async with aws_ground(settings) as ground:
        yield _Mail(ground, DynamoDBMessages(ground.work), DynamoDBInbox(ground.work))


async def _notify(mail: _Mail, event: Event, invocation: Invocation) -> dict[str, Any]:
    async def plan_and_send(enough: asyncio.Event) -> None:
        async with mailer_of(mail.base) as mailer:
            while not enough.is_set():
                planned = await mailer.plan_batch()
                handled = await mailer.send_batch(enough)
                invocation.metrics.add("MailsHandled", handled)
                if not (planned or handled):
                    return

    await in_turn(mail_lease(mail.base), plan_and_send, invocation.stop)
    return to_come_back(await _not_done(mail, sqs_records(event), invocation))


async def _not_done(
    mail: _Mail, records: Sequence[SqsRecord], invocation: Invocation
) -> Sequence[SqsRecord]:
    planned_to = await mail.messages.position() if records else 0
    failed = [each for each in records if not _is_planned(each, planned_to)]
    left = and_those_behind(failed, records)
    for record in records:
        if record not in left:
            event_id = msgspec.json.decode(record.body, type=_PublicEvent).id
            is_new = await mail.inbox.is_new(CONSUMER, event_id, now=mail.base.clock.now())
            invocation.metrics.add("RepeatsDropped", int(not is_new))
    invocation.metrics.add("MessagesNotDone", len(left))
    return left


def _is_planned(record: SqsRecord, planned_to: int) -> bool:
    try:
        told = msgspec.json.decode(record.body, type=_PublicEvent)
        return covers(planned_to, position_of(told.position))
    except (msgspec.DecodeError, InvalidPosition) as error:
        _log.warning("message_not_read", message=record.message_id, error=fault_note(error))
        return False


handler = worker("notifications", _opening, _notify)
