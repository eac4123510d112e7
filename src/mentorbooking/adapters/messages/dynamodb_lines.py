"""Which items stand for messages, and what has to be written when some of them change.

``message#<id>``
    The message, and ``revision``, by which a writer sees that it was overtaken.
``booking-messages#<booking>`` / position, id
    Which messages are about a booking.
``line#<recipient>`` / position, id
    The line in which a recipient's queued messages stand, in the order of the log. The first
    item holds the line's ``revision``: who changes a line has to have seen the whole of it.
``due#booking`` and ``due#other`` / due time, position, id
    The first of every line, and nothing else: what is due is found without reading what has
    to wait behind it.
``counts#messages``
    How many there are of each status. One mailer writes, so that is no bottleneck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.messages.changes import Change, Stored
from mentorbooking.adapters.work.dynamodb_values import (
    Item,
    Key,
    decoded,
    encoded,
    in_order,
    number,
    text,
    value,
)
from mentorbooking.adapters.work.dynamodb_writes import NEW, Write, delete, put, update
from mentorbooking.application.ports.messages import MessageRecord

COUNTS: Final = Key("counts#messages")
ABOUT_BOOKINGS: Final = "due#booking"
OTHERS: Final = "due#other"

LINE_READ: Final = 3
"""So many items at the head of a line tell its revision, its first message and the second."""

WRITES_PER_MESSAGE: Final = 6
WRITES_PER_CHANGE: Final = 1
"""So many writes a change takes at most: for each of its messages, and besides."""

_SAME_REVISION: Final = "#revision = :seen"


class Waiting(msgspec.Struct, frozen=True):
    """A queued message in its recipient's line."""

    position: int
    id: str
    due_at: datetime
    about_booking: bool

    @property
    def place(self) -> str:
        return in_order(self.position, self.id)

    @property
    def due_key(self) -> Key:
        partition = ABOUT_BOOKINGS if self.about_booking else OTHERS
        return Key(partition, in_order(microseconds(self.due_at), self.position, self.id))


class Line(NamedTuple):
    """A recipient's line as it was read: its first two messages, if there are so many."""

    recipient: str
    revision: int
    first: Sequence[Waiting]


def message_key(message_id: str) -> Key:
    return Key(f"message#{message_id}")


def stored(item: Item) -> Stored:
    return Stored(decoded(item, MessageRecord), number(item, "revision"))


def line_of(recipient: str, items: Sequence[Item]) -> Line:
    """Return a line from the ``LINE_READ`` items at its head."""
    if not items:
        return Line(recipient, 0, ())
    return Line(
        recipient, number(items[0], "revision"), [decoded(item, Waiting) for item in items[1:]]
    )


def line_partition(recipient: str) -> str:
    return f"line#{recipient}"


def booking_partition(booking_id: str) -> str:
    return f"booking-messages#{booking_id}"


def writes_for(changes: Sequence[Change], lines: Mapping[str, Line]) -> Iterator[Write]:
    """Yield what makes the changes, all of it for one transaction.

    ``lines`` are those of every recipient whose line a change moves in. Of one line at most one
    message may leave: behind it no more than the next is known.
    """
    for change in changes:
        yield from _message(change)
    for recipient, line in lines.items():
        yield from _line(line, [each for each in changes if each.after.recipient == recipient])
    yield from _counts(changes)


def _message(change: Change) -> Iterator[Write]:
    before, after = change
    revision = before.revision if before else 0
    item = encoded(message_key(after.id), after) | {"revision": value(revision + 1)}
    if before:
        yield put(item, _SAME_REVISION, seen=revision)
        return
    yield put(item, NEW)
    if after.booking_id is not None:
        key = Key(booking_partition(after.booking_id), in_order(after.position, after.id))
        named = {"id": value(after.id), "recipient": value(after.recipient)}
        yield put(key.attributes | named)


def _line(line: Line, changes: Iterable[Change]) -> Iterator[Write]:
    partition = line_partition(line.recipient)
    waiting = {each.place: each for each in line.first}
    for change in changes:
        place = in_order(change.after.position, change.after.id)
        if change.is_queued:
            waiting[place] = _waiting(change.after)
            yield put(encoded(Key(partition, place), waiting[place]))
        elif change.was_queued:
            waiting.pop(place, None)
            yield delete(Key(partition, place))
    yield _revised(line)
    yield from _head(
        line.first[0].due_key if line.first else None,
        waiting[min(waiting)] if waiting else None,
    )


def _head(before: Key | None, first: Waiting | None) -> Iterator[Write]:
    after = first.due_key if first else None
    if before == after:
        return
    if before:
        yield delete(before)
    if after and first:
        yield put(after.attributes | {"id": value(first.id)})


def _revised(line: Line) -> Write:
    """A line's revision sorts before its messages, and stays when none is left."""
    item = Key(line_partition(line.recipient), "!").attributes
    item |= {"revision": value(line.revision + 1)}
    if line.revision:
        return put(item, _SAME_REVISION, seen=line.revision)
    return put(item, NEW)


def _counts(changes: Iterable[Change]) -> Iterator[Write]:
    difference: Counter[str] = Counter()
    for before, after in changes:
        difference[after.status] += 1
        if before:
            difference[before.record.status] -= 1
    moved = {status: by for status, by in difference.items() if by}
    if moved:
        words = ", ".join(f"#{status} :{status}" for status in moved)
        yield update(COUNTS, f"ADD {words}", **moved)


def _waiting(record: MessageRecord) -> Waiting:
    return Waiting(
        position=record.position,
        id=record.id,
        due_at=record.due_at or record.created_at,
        about_booking=record.booking_id is not None,
    )


def ids_in(items: Iterable[Item]) -> list[str]:
    """Return the messages that the items of a booking or of what is due name."""
    return [text(item, "id") for item in items]
