"""A clock that can be set back, so that the demo has a past that keeps every rule of its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from mentorbooking.application.ports.clock import Clock


class SetBackClock(Clock):
    """Goes at another clock's pace, some time behind it; it never goes backwards."""

    def __init__(self, clock: Clock, behind: timedelta) -> None:
        self._clock = clock
        self._behind = behind

    def now(self) -> datetime:
        return self._clock.now() - self._behind

    def forward_to(self, instant: datetime) -> None:
        """Set it to an instant, unless it is past that already."""
        self._behind = min(self._behind, self._clock.now() - instant)
