"""What a plan, or an attempt to send, changes of a message: by computing alone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from mentorbooking.application.ports.messages import MessageRecord, MessageStatus, Resend


class Stored(NamedTuple):
    """A message as it was read."""

    record: MessageRecord
    revision: int

    @property
    def is_queued(self) -> bool:
        return self.record.status is MessageStatus.QUEUED


def queued(message: MessageRecord) -> MessageRecord:
    """Return a message as it is planned."""
    return replace(
        message,
        status=MessageStatus.QUEUED,
        attempts=0,
        failures=0,
        resends=0,
        last_error=None,
        due_at=message.created_at,
        sent_at=None,
    )


def queued_again(record: MessageRecord, resend: Resend) -> MessageRecord:
    return replace(
        record,
        status=MessageStatus.QUEUED,
        failures=0,
        resends=resend.number,
        last_error=None,
        due_at=resend.at,
        sent_at=None,
    )


def sent(record: MessageRecord, at: datetime) -> MessageRecord:
    return replace(
        record,
        status=MessageStatus.SENT,
        attempts=record.attempts + 1,
        last_error=None,
        due_at=None,
        sent_at=at,
    )


def failed(record: MessageRecord, error: str, retry_at: datetime | None) -> MessageRecord:
    return replace(
        record,
        status=MessageStatus.FAILED if retry_at is None else MessageStatus.QUEUED,
        attempts=record.attempts + 1,
        failures=record.failures + 1,
        last_error=error,
        due_at=retry_at,
    )


def suppressed(record: MessageRecord, reason: str) -> MessageRecord:
    return replace(record, status=MessageStatus.SUPPRESSED, last_error=reason, due_at=None)
