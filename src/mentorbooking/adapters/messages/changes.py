"""What a plan, or an attempt to send, changes of messages: by computing alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from mentorbooking.application.ports.messages import MessageRecord, MessageStatus, Resend


class Stored(NamedTuple):
    """A message as it was read."""

    record: MessageRecord
    revision: int


class Change(NamedTuple):
    """``before`` is None for a message that is new."""

    before: Stored | None
    after: MessageRecord

    @property
    def was_queued(self) -> bool:
        return self.before is not None and self.before.record.status is MessageStatus.QUEUED

    @property
    def is_queued(self) -> bool:
        return self.after.status is MessageStatus.QUEUED

    @property
    def moves_in_line(self) -> bool:
        return self.was_queued or self.is_queued


def changes_of_plan(
    ids: Iterable[str],
    known: Mapping[str, Stored],
    planned: Mapping[str, MessageRecord],
    resends: Collection[Resend],
) -> Iterator[Change]:
    """Yield what a plan changes of the messages with these ids, as far as it is not done yet."""
    for message_id in ids:
        before = known.get(message_id)
        record = before.record if before else planned.get(message_id)
        if record is None:
            continue
        for resend in resends:
            if resend.message_id == message_id and record.resends < resend.number:
                record = _queued_again(record, resend)
        if before is None or record is not before.record:
            yield Change(before, record)


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


def _queued_again(record: MessageRecord, resend: Resend) -> MessageRecord:
    return replace(
        record,
        status=MessageStatus.QUEUED,
        failures=0,
        resends=resend.number,
        last_error=None,
        due_at=resend.at,
        sent_at=None,
    )
