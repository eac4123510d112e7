"""Messages that are planned for people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.application.ports.messages import MessageRecord, Messages
from tests.support.fixed import NOW

SECOND = timedelta(seconds=1)


MUCH_LATER = NOW + timedelta(days=1)


PARTIES = [(person, booking) for person in ("ann", "ben", "cid") for booking in (None, "b", "c")]


def over(client: Any, table: WorkTable) -> DynamoDBMessages:
    return DynamoDBMessages(WorkTable(client, table.name))


def message(number: int, recipient: str = "student_1", booking: str | None = "b") -> MessageRecord:
    at = NOW + number * SECOND
    return MessageRecord(
        id=f"message_{number:03d}",
        position=number,
        event_id=f"event_{number}",
        recipient=recipient,
        template="booking_created",
        booking_id=booking,
        created_at=at,
        due_at=at,
    )


async def send_all(messages: Messages) -> list[str]:
    """Send until nothing is due; return what was sent, in order."""
    sent = []
    while found := await messages.due(now=MUCH_LATER, limit=7):
        for each in found:
            await messages.sent(each.id, at=MUCH_LATER)
            sent.append(each.id)
    return sent
