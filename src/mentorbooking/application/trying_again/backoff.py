"""How long to wait before something that failed is tried again, and when to stop trying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits double from ``first`` up to ``ceiling``; after ``attempts`` failures it is over.

    Half of each wait is left to chance, so that those who failed together don't come back
    together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """

    first: timedelta = timedelta(seconds=1)
    ceiling: timedelta = timedelta(minutes=5)
    attempts: int = 5

    def wait(self, failures: int, chance: float) -> timedelta | None:
        """Return the wait after the given number of failures; None: it is not tried again.

        ``chance`` is a random number in [0, 1).
        """
        return None if failures >= self.attempts else self.pause(failures, chance)

    def pause(self, failures: int, chance: float) -> timedelta:
        """Return the wait of somebody who never stops trying."""
        doublings = min(failures - 1, 20)
        longest = min(self.first * (1 << doublings), self.ceiling)
        return longest / 2 * (1 + chance)
