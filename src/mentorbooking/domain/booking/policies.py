"""Rules about bookings that a person could recite."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.domain.scheduling.time_slot import TimeSlot


def can_be_cancelled(slot: TimeSlot, *, now: datetime) -> bool:
    """A session can be called off until it starts."""
    return not slot.has_started(now=now)
