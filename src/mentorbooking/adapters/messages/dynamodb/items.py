"""Which items stand for messages, and what is written when one of them changes.

``booking-messages#<booking>`` / position, id
    A message about a booking: a booking's are found by one query. ``revision`` tells a writer
    that it was overtaken.
``message#<id>``
    Any other message; of one about a booking, where it stands.
``queued-messages`` / position, id, resends
    That a message waits, and for whom. It is put there before the message is queued, and taken
    away after the message is over: whoever is killed in between leaves one too many, which is
    found out when the message is looked at, and never one too few. A message that is queued
    again has another one, so that nobody takes that away with the old one.
``counts#messages``
    How many have failed and were suppressed, changed in one transaction with the message.
``position#<mailer>``
    How far messages are planned, and how many that are: ``planned``. So sending one has nothing
    to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mentorbooking.adapters.messages.dynamodb.changes import Stored
from mentorbooking.adapters.messages.dynamodb.waiting_lines import Waiting
from mentorbooking.adapters.work.dynamodb.tracked_positions import position_key
from mentorbooking.adapters.work.dynamodb.values import (
    Item,
    Key,
    decoded,
    encoded,
    in_order,
    number,
    text,
    value,
)
from mentorbooking.adapters.work.dynamodb.writes import NEW, Write, put, update
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus

QUEUED: Final = "queued-messages"
COUNTS: Final = Key("counts#messages")

_COUNTED: Final = (MessageStatus.FAILED, MessageStatus.SUPPRESSED)


def booking_partition(booking_id: str) -> str:
    return f"booking-messages#{booking_id}"


def key_by_id(message_id: str) -> Key:
    return Key(f"message#{message_id}")


def home_of(message: MessageRecord | Waiting) -> Key:
    """Return where the message itself stands."""
    if message.booking_id is None:
        return key_by_id(message.id)
    return Key(booking_partition(message.booking_id), in_order(message.position, message.id))


def signpost(message: MessageRecord) -> Item | None:
    """Return what leads from the id to the message, where it stands somewhere else."""
    home, key = home_of(message), key_by_id(message.id)
    if home == key:
        return None
    return key.attributes | {"at_pk": value(home.pk), "at_sk": value(home.sk)}


def signposted(item: Item) -> Key | None:
    """Return where a signpost leads; None for a message."""
    return Key(text(item, "at_pk"), text(item, "at_sk")) if "at_pk" in item else None


def message_item(record: MessageRecord, revision: int) -> Item:
    return encoded(home_of(record), record) | {"revision": value(revision)}


def stored(item: Item) -> Stored:
    return Stored(decoded(item, MessageRecord), number(item, "revision"))


def waiting_of(record: MessageRecord) -> Waiting:
    return Waiting(
        id=record.id,
        position=record.position,
        resends=record.resends,
        recipient=record.recipient,
        due_at=record.due_at or record.created_at,
        booking_id=record.booking_id,
    )


def waiting_key(waiting: Waiting) -> Key:
    return Key(QUEUED, in_order(waiting.position, waiting.id, waiting.resends))


def waiting_item(waiting: Waiting) -> Item:
    return encoded(waiting_key(waiting), waiting)


def waiting_in(item: Item) -> Waiting:
    return decoded(item, Waiting)


def new(item: Item) -> Write:
    return put(item, NEW)


def changed(known: Stored, after: MessageRecord) -> Iterator[Write]:
    """Yield what changes a message, all of it for one transaction: mostly one write."""
    item = message_item(after, known.revision + 1)
    yield put(item, "#revision = :seen", seen=known.revision)
    before = known.record.status
    counted = {
        status: (after.status is status) - (before is status)
        for status in _COUNTED
        if status in (before, after.status) and before is not after.status
    }
    if counted:
        words = ", ".join(f"#{status} :{status}" for status in counted)
        yield update(COUNTS, f"ADD {words}", **counted)


def moved_on(mailer: str, before: int, position: int, planned: int) -> Write:
    """Return the write that moves a mailer on; its condition is that nobody else did."""
    only = "#position = :before" if before else NEW
    seen = {"before": before} if before else {}
    return update(
        position_key(mailer),
        "SET #position = :position ADD #planned :planned",
        only,
        position=position,
        planned=planned,
        **seen,
    )


def counts_in(
    tracked: Item | None, counted: Item | None, waiting: int
) -> Mapping[MessageStatus, int]:
    """Return how many there are of each status: what was planned and is nothing else was sent."""
    counts = {status: number(counted, status) for status in _COUNTED}
    counts[MessageStatus.QUEUED] = waiting
    left = number(tracked, "planned") - sum(counts.values())
    return {
        status: count for status, count in {**counts, MessageStatus.SENT: left}.items() if count > 0
    }
