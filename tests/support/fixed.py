"""The fixed points that tests share: who, when, how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mentorbooking.domain.scheduling.time_slot import TimeSlot

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MENTOR = "mentor_01k40000000000000000000001"
STUDENT = "student_01k40000000000000000000002"
USER = "user_01k40000000000000000000003"
BOOKING = "booking_01k40000000000000000000004"


def slot(*, days: float = 0, hours: float = 0, lasting: timedelta = HOUR) -> TimeSlot:
    """Return a slot that starts so long after NOW."""
    start = NOW + timedelta(days=days, hours=hours)
    return TimeSlot(start, start + lasting)
