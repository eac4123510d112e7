"""A clock that stands still until a test moves it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from tests.support.fixed import NOW


class MovingClock:
    def __init__(self, start: datetime = NOW) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


class RunningClock(MovingClock):
    """One that goes on by itself, as fast as the machine's."""

    def __init__(self, start: datetime = NOW) -> None:
        super().__init__(start)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._began)
