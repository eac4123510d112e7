"""An append made ready in its caller's thread.

Everything that doesn't depend on the append's place in the log is done here: the writer has
less to do, and an append that can't be encoded fails before it meets any other.
"""

from __future__ import annotations

from collections.abc import Iterable

from mentorbooking.adapters.persistence.chain import content_bytes
from mentorbooking.adapters.persistence.requests import Append, Appended, StoredEvent


class Ordered:
    """The request and its events in order: stream, version, topic, state."""

    __slots__ = ("events", "request")

    def __init__(self, request: Append) -> None:
        """Raise ValueError for a version that no stream has."""
        events: list[tuple[str, int, str, bytes]] = []
        for stream in request.streams:
            if stream.expected_version < -1:
                raise ValueError("no stream is at a version below -1")
            version = stream.expected_version
            for event in stream.events:
                version += 1
                events.append((stream.stream, version, event.topic, event.state))
        self.request = request
        self.events = events


class Prepared(Ordered):
    """With the events' canonical bytes."""

    __slots__ = ("content",)

    def __init__(self, request: Append) -> None:
        """Raise TypeError, ValueError or the like for a request that can't be stored."""
        super().__init__(request)
        self.content = content_bytes(
            request.commit_id, request.time_us, request.metadata, self.events
        )


def events_landed(
    outcomes: Iterable[tuple[Ordered, Appended | Exception]],
) -> list[StoredEvent]:
    """Return what appends with these outcomes put into the log, as it will be read."""
    return [
        StoredEvent(
            outcome.first + number,
            *event,
            ordered.request.commit_id,
            ordered.request.time_us,
            ordered.request.metadata,
            number,
        )
        for ordered, outcome in outcomes
        if isinstance(outcome, Appended)
        for number, event in enumerate(ordered.events)
    ]
