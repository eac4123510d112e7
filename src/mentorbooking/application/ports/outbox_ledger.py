"""What the outbox's relay has to remember: how far it has come, and what it had to leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class ParkedState(StrEnum):
    """``waiting``: failed, to be tried again. ``held``: behind one of its stream that failed.

    ``dead``: a dead letter. It was tried too often; somebody has to redrive it.
    """

    WAITING = "waiting"
    HELD = "held"
    DEAD = "dead"


class ParkedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the relay has passed without sending it.

    ``attempts`` counts failures since it was parked or redriven; ``due_at`` is None unless it
    waits. ``last_error`` holds no personal data: see ``fault_notes``.
    """

    position: int
    event_id: str
    stream: str
    topic: str
    state: ParkedState = ParkedState.HELD
    attempts: int = 0
    due_at: datetime | None = None
    last_error: str | None = None


class OutboxLedger(Protocol):
    """Durable. Other processes read it, and redrive, while the relay runs."""

    async def position(self) -> int:
        """Return how far the relay has come; 0 when it has not begun."""

    async def parked(self) -> Sequence[ParkedEvent]:
        """Return all parked events by position."""

    async def record(
        self,
        *,
        position: int = 0,
        parked: Collection[ParkedEvent] = (),
        sent: Collection[int] = (),
    ) -> None:
        """Move on, park or park anew, and forget the parked positions that were sent.

        All or nothing. A position smaller than the known one is ignored.
        """

    async def redrive(self, position: int | None, *, now: datetime) -> int:
        """Have one dead letter, or all, tried again from now on; return how many that are."""
