"""Rules about slots that a person could recite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.domain.scheduling.time_slot import TimeSlot

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)


def errors_of(slot: TimeSlot, pointer: str, *, now: datetime) -> Iterator[FieldError]:
    """Yield what is wrong with a slot that a mentor wants to offer."""
    if slot.end <= slot.start:
        yield FieldError(f"{pointer}/end", "end-not-after-start", "The end is not after the start.")
    elif slot.duration < SHORTEST:
        yield FieldError(f"{pointer}/end", "slot-too-short", "A slot lasts at least 5 minutes.")
    elif slot.duration > LONGEST:
        yield FieldError(f"{pointer}/end", "slot-too-long", "A slot lasts at most 24 hours.")
    if slot.has_started(now=now):
        yield FieldError(f"{pointer}/start", "slot-in-past", "The slot must start in the future.")
