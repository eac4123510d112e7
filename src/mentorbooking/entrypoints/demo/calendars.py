"""When the mentors of the demo have time: some hours of some working days of their own zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mentorbooking.domain.scheduling.time_slot import TimeSlot

WEEKS_BACK = 3
WEEKS_AHEAD = 5

_WORKING_DAYS = 5
_DURATIONS = (timedelta(minutes=60), timedelta(minutes=45), timedelta(minutes=30))
_DAYS_A_WEEK = 3


def slots_of(number: int, time_zone: str, *, now: datetime) -> list[TimeSlot]:
    """Return a mentor's slots around now, in order; each mentor has habits of their own.

    The first mentor has one that is under way.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    days = {(number + step * (1 + number % 2)) % _WORKING_DAYS for step in range(_DAYS_A_WEEK)}
    slots = [
        slot
        for distance in range(-7 * WEEKS_BACK + 1, 7 * WEEKS_AHEAD)
        if (day := today + timedelta(days=distance)).weekday() in days
        for slot in _slots_on(day, zone, number)
    ]
    if number > 0:
        return slots
    present = _under_way(now)
    return sorted([present, *(slot for slot in slots if not slot.overlaps(present))])


def _under_way(now: datetime) -> TimeSlot:
    """Return an hour and a half that has begun and is not over."""
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(minutes=15)
    return TimeSlot(start, start + timedelta(minutes=90))


def _slots_on(day: date, zone: ZoneInfo, number: int) -> Iterator[TimeSlot]:
    """Two slots in the morning, one after noon; wall clock times become instants here."""
    duration = _DURATIONS[number % len(_DURATIONS)]
    morning = datetime.combine(day, time(9 + number % 2), zone)
    for wall_clock in (
        morning,
        morning + duration,
        datetime.combine(day, time(14 + number % 3), zone),
    ):
        start = wall_clock.astimezone(UTC)
        yield TimeSlot(start, start + duration)
