"""What is asked of the log and what it answers, as plain values.

Instants are whole microseconds since 1970 UTC. Nothing here touches a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mentorbooking.application.ports.unavailable import PerhapsRecorded, StoreUnavailable

Statement = tuple[str, Sequence[Any]]
"""SQL for a table beside the events, and its parameters."""


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event to append: its stored name and its encoded content."""

    topic: str
    state: bytes


class StreamAppend(msgspec.Struct, frozen=True, gc=False):
    """Events for one stream, decided on its ``expected_version``; 0 is a stream yet to begin.

    The first event gets the next version. No events: the version is only checked.
    (-1 is a stream yet to begin whose first event gets version 0.)
    """

    stream: str
    expected_version: int
    events: tuple[NewEvent, ...]


class IdempotencyRecord(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The answer that a repeated request gets again.

    ``position`` is filled in by the log: the last event of the append that stored the answer;
    so is its ``lane``.
    """

    principal: str
    key: str
    request_hash: bytes
    status: int
    location: str | None
    body: bytes
    expires_at_us: int
    position: int = 0
    lane: int = 0


class Append(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One atomic append over any number of streams.

    ``metadata`` belongs to all its events. ``statements`` run in the same transaction, before
    the events are written. A stored answer counts as expired by ``time_us``.
    """

    commit_id: str
    time_us: int
    metadata: bytes
    streams: tuple[StreamAppend, ...]
    idempotency: IdempotencyRecord | None = None
    statements: tuple[Statement, ...] = ()


class Appended(msgspec.Struct, frozen=True, gc=False):
    """Where the events of an append landed; without events, both are the newest position.

    ``changed`` counts the rows that each statement changed.
    """

    first: int
    last: int
    changed: tuple[int, ...] = ()


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as the log holds it, with what surrounded it.

    ``number`` is its place within its commit, from 0. Where it was committed to a lane of its
    own, ``lane`` and ``lane_position`` tell where there, and ``position`` is its place in the one
    order of all lanes; 0 when it was read with its stream, which does not know that.
    """

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    commit_id: str
    time_us: int
    metadata: bytes
    number: int
    lane: int = 0
    lane_position: int = 0


class StreamEvent(msgspec.Struct, frozen=True, gc=False):
    """What a state is replayed from: an event without what surrounded it."""

    position: int
    version: int
    topic: str
    state: bytes


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A stream's state at a version. ``schema`` tells which shape of state it is."""

    stream: str
    version: int
    schema: int
    state: bytes


class Committed(msgspec.Struct, frozen=True, gc=False):
    """News of a commit: the newest position, and the events that were just written.

    The events are in order, have no holes, and end at ``head``. There are none when another
    process wrote, or where their place among other lanes is not decided yet: then read from the
    log.
    """

    head: int
    events: Sequence[StoredEvent]


class StreamConflict(Exception):
    """The stream is not at the version that the append was decided on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class IdempotencyKeyTaken(Exception):
    """A request with this principal and key has an answer already: ``record``."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__("the idempotency key has been used")
        self.record = record


class ConstraintViolated(Exception):
    """A statement of the append would break a constraint of its table."""


class AppendTooLarge(ValueError):
    """It is more than the store takes at once, in items or bytes. Nothing was recorded."""


class LogUnavailable(StoreUnavailable):
    """The log can't be opened, read or written now, or is closed.

    What was being appended is not recorded.
    """


class PerhapsAppended(LogUnavailable, PerhapsRecorded):
    """Who was writing it went away, and whether it was recorded can't be looked up now."""


class GapInLog(Exception):
    """A stream lacks an event that must be there: the file was damaged or edited."""
