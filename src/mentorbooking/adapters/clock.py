"""The machine's clock: the one place that reads it."""

from __future__ import annotations

from datetime import UTC, datetime

from mentorbooking.application.ports.clock import Clock


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  this is what everybody else is to ask
