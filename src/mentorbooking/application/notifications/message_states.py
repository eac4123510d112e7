"""How far messages have come, as their readers are told: never behind the log.

The mailer follows the log from another process. What it has not planned or taken up yet is
made up for here from the events themselves, so that who has just booked finds both mails.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from mentorbooking.application.notifications.message_ids import PREFIX
from mentorbooking.application.notifications.planning import MAILED, MessagePlan
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.messages import MessageRecord, Messages, MessageStatus
from mentorbooking.domain.kernel.ids import uuid_of
from mentorbooking.domain.notification.notification import Notification

LOOKED_THROUGH: Final = 1_000
"""Events behind the mailer's position in which a message is looked for. It is seldom behind."""


@dataclass(frozen=True, slots=True)
class MessageStates:
    """Reads the log, the stored states, and who has asked for a message again."""

    log: EventLog
    messages: Messages
    aggregates: AggregateStore

    async def of_booking(
        self, booking_id: str, *, recipients: Collection[str] | None = None
    ) -> list[MessageRecord]:
        """Return the messages about a booking, to anybody or to some, oldest first."""
        planned = {
            message.id: message
            for message in await MessagePlan(self.log).of_booking(booking_id)
            if recipients is None or message.recipient in recipients
        }
        stored = await self.messages.of_booking(booking_id, recipients=recipients)
        known = {**planned, **{message.id: message for message in stored}}
        return [
            _as_asked_for(message, await self.aggregates.find(Notification, message.id))
            for message in known.values()
        ]

    async def find(self, message_id: str) -> tuple[MessageRecord, Notification] | None:
        """Return one message, and what tells who has asked for it again.

        That is read first: an append on it is refused if its version was behind.
        """
        if uuid_of(PREFIX, message_id) is None:
            return None
        notification = await self.aggregates.find(Notification, message_id)
        message = await self.messages.get(message_id) or await self._to_be_planned(message_id)
        return (_as_asked_for(message, notification), notification) if message else None

    async def _to_be_planned(self, message_id: str) -> MessageRecord | None:
        plan = MessagePlan(self.log)
        position = await self.messages.position()
        for recorded in await self.log.read(position, LOOKED_THROUGH, topics=MAILED):
            for message in await plan.messages(recorded):
                if message.id == message_id:
                    return message
        return None


def _as_asked_for(message: MessageRecord, notification: Notification) -> MessageRecord:
    """Show a message as queued if it was asked for again and that is not taken up yet."""
    return queued_again(message) if notification.resends > message.resends else message


def queued_again(message: MessageRecord) -> MessageRecord:
    """Return the message as it is from the moment that it is asked for again."""
    return replace(message, status=MessageStatus.QUEUED, last_error=None, sent_at=None)
