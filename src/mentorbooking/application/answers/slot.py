"""A time slot as the service tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot


class SlotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``booking_id``: only to the mentor and admins, and only while it is booked."""

    id: str
    mentor_id: str
    start: datetime
    end: datetime
    duration_minutes: int
    status: str
    booking_id: str | UnsetType = UNSET


class SlotsAnswer(msgspec.Struct, frozen=True):
    """Slots that were just added."""

    data: list[SlotAnswer]


def slot_answer(slot_id: str, mentor_id: str, slot: CalendarSlot) -> SlotAnswer:
    return SlotAnswer(
        id=slot_id,
        mentor_id=mentor_id,
        start=slot.slot.start,
        end=slot.slot.end,
        duration_minutes=slot.slot.duration_minutes,
        status="booked" if slot.booking_id else "available",
        booking_id=slot.booking_id or UNSET,
    )
