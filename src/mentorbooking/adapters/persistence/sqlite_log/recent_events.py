"""The newest events, kept in memory for those who follow the log closely.

Reading them from the file would cost the interpreter's lock once per row, just when the writer
and the event loop need it most.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from mentorbooking.adapters.persistence.requests import StoredEvent


class RecentEvents:
    """A row of events without holes; the writer adds to it, any thread reads."""

    def __init__(self, capacity: int = 1_024) -> None:
        self._capacity = capacity
        self._events: list[StoredEvent] = []
        self._lock = Lock()

    def add(self, events: Iterable[StoredEvent]) -> None:
        """Take in what was committed. A hole before it, another process's doing, starts anew."""
        with self._lock:
            for event in events:
                if self._events and self._events[-1].position + 1 != event.position:
                    self._events.clear()
                self._events.append(event)
            if len(self._events) > 2 * self._capacity:
                del self._events[: -self._capacity]

    def read(self, after: int, count: int) -> list[StoredEvent] | None:
        """Return the ``count`` events behind a position, or None if not all of them are here."""
        with self._lock:
            if not self._events:
                return None
            start = after + 1 - self._events[0].position
            if start < 0 or start + count > len(self._events):
                return None
            return self._events[start : start + count]
