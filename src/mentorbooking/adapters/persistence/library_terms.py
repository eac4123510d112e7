"""Between the terms of the eventsourcing library and those of a log, whichever keeps it."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar, get_args
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.utils import Environment, resolve_topic

from mentorbooking.adapters.persistence.requests import (
    Append,
    ConstraintViolated,
    LogUnavailable,
    NewEvent,
    Statement,
    StreamAppend,
    StreamConflict,
)
from mentorbooking.adapters.persistence.requests import StoredEvent as LoggedEvent

R = TypeVar("R")

OriginatorIdType = Literal["uuid", "text"]


class OriginatorIds:
    """Originator ids as streams are named for them: a UUID by its hex digits, a text as it is."""

    def __init__(self, kind: str = "uuid") -> None:
        """Raise ``OSError``, as the library does for its settings, for another kind."""
        if kind not in get_args(OriginatorIdType):
            raise OSError(f"ORIGINATOR_ID_TYPE must be 'uuid' or 'text', not {kind!r}")
        self._is_uuid = kind == "uuid"

    def stream(self, originator_id: UUID | str) -> str:
        return originator_id.hex if isinstance(originator_id, UUID) else originator_id

    def originator_id(self, stream: str) -> UUID | str:
        return UUID(stream) if self._is_uuid else stream


def append_request(
    stored_events: Sequence[StoredEvent], ids: OriginatorIds, *statements: Statement
) -> Append:
    """Return what appends them all or none, in their order."""
    return Append(
        commit_id=secrets.token_hex(16),
        time_us=time.time_ns() // 1000,
        metadata=b"",
        streams=_runs(stored_events, ids),
        statements=statements,
    )


def _runs(stored_events: Sequence[StoredEvent], ids: OriginatorIds) -> tuple[StreamAppend, ...]:
    """Put together what follows on in one stream, and keep the order of all."""
    runs: list[tuple[str, int, list[NewEvent]]] = []
    for stored in stored_events:
        stream = ids.stream(stored.originator_id)
        expected = stored.originator_version - 1
        event = NewEvent(stored.topic, stored.state)
        if runs and runs[-1][0] == stream and runs[-1][1] + len(runs[-1][2]) == expected:
            runs[-1][2].append(event)
        else:
            runs.append((stream, expected, [event]))
    return tuple(StreamAppend(stream, at, tuple(events)) for stream, at, events in runs)


def notification(event: LoggedEvent, ids: OriginatorIds) -> Notification:
    """Return an event of the log as the library tells of it; its id is its position."""
    return Notification(
        originator_id=ids.originator_id(event.stream),
        originator_version=event.version,
        topic=event.topic,
        state=event.state,
        id=event.position,
    )


def chosen_kind(env: Environment, setting: str, usual: type[R]) -> type[R]:
    """Return the recorder's class that a setting names, which derives from the usual one."""
    topic = env.get(setting)
    if not topic:
        return usual
    kind = resolve_topic(topic)
    if not (isinstance(kind, type) and issubclass(kind, usual)):
        raise OSError(f"{setting} must name a subclass of {usual.__qualname__}")
    return kind


@contextlib.contextmanager
def library_errors() -> Iterator[None]:
    """Raise the library's errors for the log's."""
    try:
        yield
    except (StreamConflict, ConstraintViolated) as error:
        raise IntegrityError(str(error)) from error
    except LogUnavailable as error:
        raise OperationalError(str(error)) from error
