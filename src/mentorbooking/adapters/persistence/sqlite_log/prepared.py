"""An append made ready in its caller's thread.

Everything that doesn't depend on the append's place in the log is done here: the writer has
less to do, and an append that can't be encoded fails before it meets any other.
"""

from __future__ import annotations

from mentorbooking.adapters.persistence.chain import content_bytes
from mentorbooking.adapters.persistence.requests import Append


class Prepared:
    """The request, its events in order, and their canonical bytes."""

    __slots__ = ("content", "events", "request")

    def __init__(self, request: Append) -> None:
        """Raise TypeError, ValueError or the like for a request that can't be stored."""
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
        self.content = content_bytes(request.commit_id, request.time_us, request.metadata, events)
