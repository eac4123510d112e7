"""Rules about bookings that a person could recite."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.domain.scheduling.time_slot import TimeSlot


def has_started(slot: TimeSlot, *, now: datetime) -> bool:
    """Tell whether the session has begun."""
    return slot.start <= now
