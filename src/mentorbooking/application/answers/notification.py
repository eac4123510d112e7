"""A message to one person as the service tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.ports.messages import MessageRecord


class NotificationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``recipient`` is the id of a student, a mentor or a user; ``event_id`` names the cause."""

    id: str
    recipient: str
    template: str
    event_id: str
    status: str
    attempts: int
    last_error: str | UnsetType = UNSET
    sent_at: datetime | UnsetType = UNSET


class NotificationsAnswer(msgspec.Struct, frozen=True):
    """Oldest first."""

    data: list[NotificationAnswer]


def notification_answer(message: MessageRecord) -> NotificationAnswer:
    return NotificationAnswer(
        id=message.id,
        recipient=message.recipient,
        template=message.template,
        event_id=message.event_id,
        status=message.status,
        attempts=message.attempts,
        last_error=message.last_error or UNSET,
        sent_at=message.sent_at or UNSET,
    )
