"""One line for every answered request.

A line through structlog costs about as much as answering. So where nobody reads along, lines are
encoded at once and written together, those of a moment in one go; on a terminal they go through
structlog like all others. Their fields are the same in both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import IO, Protocol

import msgspec
import structlog

_encode = msgspec.json.Encoder().encode


class AccessLog(Protocol):
    """Takes note of an answered request; ``ms`` is the time until its answer was sent."""

    def __call__(
        self, *, request_id: str, actor: str, method: str, route: str, status: int, ms: float
    ) -> None: ...


def log_access(
    *, request_id: str, actor: str, method: str, route: str, status: int, ms: float
) -> None:
    """Write a line through structlog."""
    log = structlog.get_logger()
    tell = log.error if status >= 500 else log.info
    tell(
        "request",
        request_id=request_id,
        actor=actor,
        method=method,
        route=route,
        status=status,
        ms=ms,
    )


class _Line(msgspec.Struct, frozen=True, gc=False):
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

    def __call__(
        self, *, request_id: str, actor: str, method: str, route: str, status: int, ms: float
    ) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(self._delay, self.flush)
        level = "error" if status >= 500 else "info"
        line = _Line("request", level, self._now(), request_id, actor, method, route, status, ms)
        self._lines.append(_encode(line))

    def flush(self) -> None:
        """Write what has been taken."""
        if self._lines:
            self._lines.append(b"")
            self._stream.write(b"\n".join(self._lines))
            self._stream.flush()
            self._lines.clear()
