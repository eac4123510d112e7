"""Leaky buckets as meters: a burst, and then one at a time.

The generic cell rate algorithm (ITU-T I.371): of each bucket one number is kept, the instant at
which it will have run dry, so that a bucket costs the same however much was poured. The buckets
that were used least recently are forgotten when there are too many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import msgspec

_SECOND = 1_000_000_000


class Rate(msgspec.Struct, frozen=True):
    """``burst`` at once; each of them is free again after ``seconds_each``."""

    burst: int
    seconds_each: float

    @property
    def each(self) -> int:
        """Nanoseconds."""
        return round(self.seconds_each * _SECOND)


class LeakyBuckets:
    """``monotonic_ns`` tells the time in nanoseconds and never goes back."""

    def __init__(self, monotonic_ns: Callable[[], int], most: int) -> None:
        self._now = monotonic_ns
        self._most = most
        self._dry_at: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._dry_at)

    def wait_for(self, bucket: Hashable, rate: Rate) -> float:
        """Return the seconds until there is room for one; 0.0 when there is."""
        now = self._now()
        ahead = self._dry_at.get(bucket, now) + rate.each - now
        return max(0, ahead - rate.burst * rate.each) / _SECOND

    def pour(self, bucket: Hashable, rate: Rate) -> None:
        """Take the room of one."""
        now = self._now()
        self._dry_at[bucket] = max(self._dry_at.get(bucket, now), now) + rate.each
        self._dry_at.move_to_end(bucket)
        self._forget(now)

    def take_back(self, bucket: Hashable, rate: Rate) -> None:
        """Give back the room of one; a bucket that has been forgotten has it anyway."""
        if bucket in self._dry_at:
            self._dry_at[bucket] -= rate.each

    def _forget(self, now: int) -> None:
        """Drop up to two of the oldest: more than ever come in, so that the store shrinks."""
        for _ in range(2):
            oldest = next(iter(self._dry_at))
            if len(self._dry_at) <= self._most and self._dry_at[oldest] > now:
                return
            del self._dry_at[oldest]
