"""What one process asks of the running service: say, to rebuild a projection."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class ControlState(StrEnum):
    """Where a request is."""

    REQUESTED = "requested"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ControlRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``action`` is what to do and ``subject`` to what; ``done`` of ``total`` tells how far.

    ``error`` holds no personal data: see ``fault_notes``.
    """

    id: int
    action: str
    subject: str
    state: ControlState
    requested_at: datetime
    done: int = 0
    total: int = 0
    finished_at: datetime | None = None
    error: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (ControlState.DONE, ControlState.FAILED)


class ControlRequests(Protocol):
    """Durable; asked in one process, done in another."""

    async def ask(self, action: str, subject: str, *, now: datetime) -> ControlRequest:
        """Add a request, or return the one of the same kind that is not over yet."""

    async def get(self, request_id: int) -> ControlRequest | None: ...

    async def take(self, actions: Collection[str]) -> ControlRequest | None:
        """Take up the oldest request for one of the actions; None when there is none."""

    async def report(self, request_id: int, *, done: int, total: int) -> None:
        """Tell how far it is."""

    async def finish(self, request_id: int, *, now: datetime, error: str | None = None) -> None:
        """Be done with it; with an error it has failed."""

    async def resume(self) -> None:
        """Put back what an earlier run of the service had taken up and not finished."""
