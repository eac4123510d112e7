"""A half-open interval of absolute time: [start, end). 10-11 and 11-12 do not overlap."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

_MINUTE = timedelta(minutes=1)


class TimeSlot(msgspec.Struct, frozen=True, order=True, gc=False):
    """Both bounds are instants in UTC; the end is after the start."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    @property
    def duration_minutes(self) -> int:
        return self.duration // _MINUTE

    def has_started(self, *, now: datetime) -> bool:
        """Tell whether it has begun: it has at the very instant of its start."""
        return self.start <= now

    def overlaps(self, other: TimeSlot) -> bool:
        return self.start < other.end and other.start < self.end
