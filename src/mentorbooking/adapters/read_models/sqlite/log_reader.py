"""What the projector asks of the log: its thread has no event loop to wait on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mentorbooking.application.ports.event_log import RecordedEvent


class LogReader(Protocol):
    """Promises what ``EventLog`` does, to callers who may be kept waiting; safe in any thread."""

    def head(self) -> int:
        """Return the newest position; 0 when nothing has happened yet."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """Return events behind a position, in order, at most ``limit``."""
