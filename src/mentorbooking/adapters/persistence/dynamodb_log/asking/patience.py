"""How long one request tries, and how long it waits in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.4


class Patience:
    """Begins to run out when it is made. All durations are in seconds.

    Pauses are random up to a bound that doubles: those who met don't meet again
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """``chance`` gives numbers in [0, 1)."""
        self._monotonic = monotonic
        self._chance = chance
        self._ends = monotonic() + seconds
        self._bound = FIRST_PAUSE

    def remaining(self) -> float:
        """Return how long it lasts; never below 0."""
        return max(self._ends - self._monotonic(), 0.0)

    def next_pause(self) -> float | None:
        """Return how long to wait before the next attempt; None when it comes too late."""
        pause = self._bound * self._chance()
        self._bound = min(self._bound * 2, LONGEST_PAUSE)
        return pause if pause < self.remaining() else None
