"""What can have happened to a page of a mentor's calendar."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class NewSlot(msgspec.Struct, frozen=True):
    """A slot that is being offered."""

    slot_id: str
    slot: TimeSlot


class SlotsAdded(Event, frozen=True, kw_only=True):
    """The mentor offers these slots."""

    TOPIC: ClassVar[str] = "mentor_calendar.slots_added"

    mentor_id: str
    slots: tuple[NewSlot, ...]


class SlotMoved(Event, frozen=True, kw_only=True):
    """An open slot is at another time of this page."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_moved"

    slot_id: str
    slot: TimeSlot


class SlotLeft(Event, frozen=True, kw_only=True):
    """An open slot went to another page; it arrives there in the same append."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_left"

    slot_id: str
    to_page: int


class SlotArrived(Event, frozen=True, kw_only=True):
    """An open slot came here from another page and keeps its id."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_arrived"

    mentor_id: str
    slot_id: str
    slot: TimeSlot
    slot_version: int


class SlotRemoved(Event, frozen=True, kw_only=True):
    """The mentor offers this slot no longer."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_removed"

    slot_id: str


class SlotReserved(Event, frozen=True, kw_only=True):
    """The slot belongs to a booking."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_reserved"

    slot_id: str
    booking_id: str


class SlotReleased(Event, frozen=True, kw_only=True):
    """The slot is open again, under the same id."""

    TOPIC: ClassVar[str] = "mentor_calendar.slot_released"

    slot_id: str
    booking_id: str


MentorCalendarEvent = (
    SlotsAdded | SlotMoved | SlotLeft | SlotArrived | SlotRemoved | SlotReserved | SlotReleased
)
