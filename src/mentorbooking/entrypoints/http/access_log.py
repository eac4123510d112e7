"""One line for every answered request.

A line through structlog costs about as much as answering. So where nobody reads along, lines are
encoded at once and written together, some of them in one go; on a terminal they go through
structlog like all others. Their fields are the same in both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

import msgspec
import structlog

_encode = msgspec.json.Encoder().encode


class AccessLine(msgspec.Struct, frozen=True, gc=False):
    """What was asked and how it went; ``ms`` is the time until the answer was sent."""

    request_id: str
    actor: str
    method: str
    route: str
    status: int
    ms: float

    @property
    def level(self) -> str:
        return "error" if self.status >= 500 else "info"


AccessLog = Callable[[AccessLine], None]


def log_access(line: AccessLine) -> None:
    """Write a line through structlog; id and actor are bound to the context already."""
    tell = getattr(structlog.get_logger(), line.level)
    tell("request", method=line.method, route=line.route, status=line.status, ms=line.ms)


class _WrittenLine(msgspec.Struct, frozen=True, gc=False):
    event: str
    level: str
    timestamp: datetime
    request_id: str
    actor: str
    method: str
    route: str
    status: int
    ms: float


class JsonAccessLog:
    """Writes lines as JSON, those of a moment together. ``flush`` what is left at the end."""

    def __init__(
        self, stream: IO[bytes], now: Callable[[], datetime], *, delay_seconds: float = 0.05
    ) -> None:
        self._stream = stream
        self._now = now
        self._delay = delay_seconds
        self._lines: list[bytes] = []

    def __call__(self, line: AccessLine) -> None:
        """Take a line; it is written within the delay."""
        if not self._lines:
            asyncio.get_running_loop().call_later(self._delay, self.flush)
        self._lines.append(
            _encode(
                _WrittenLine(
                    "request",
                    line.level,
                    self._now(),
                    line.request_id,
                    line.actor,
                    line.method,
                    line.route,
                    line.status,
                    line.ms,
                )
            )
        )

    def flush(self, *_: Any) -> None:
        """Write what has been taken."""
        if self._lines:
            self._lines.append(b"")
            self._stream.write(b"\n".join(self._lines))
            self._stream.flush()
            self._lines.clear()
