"""A page of a mentor's time: the consistency boundary that makes double booking impossible."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self, assert_never

import msgspec

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_calendar.errors import SlotBooked
from mentorbooking.domain.mentor_calendar.events import (
    MentorCalendarEvent,
    NewSlot,
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotReleased,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class CalendarSlot(msgspec.Struct, frozen=True, gc=False):
    """A slot of explicit time; booked when it has a booking. ``version`` counts its changes."""

    slot: TimeSlot
    version: int = 1
    booking_id: str | None = None


class MentorCalendar(AggregateRoot):
    """The id is ``<mentor_id>:<page>``; ``moved`` tells where slots went from here."""

    TOPIC: ClassVar[str] = "mentor_calendar"

    slots: dict[str, CalendarSlot] = {}
    moved: dict[str, int] = {}

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"mentor_calendar:{aggregate_id}"

    @staticmethod
    def id_of(mentor_id: str, page: int) -> str:
        return f"{mentor_id}:{page}"

    @property
    def mentor_id(self) -> str:
        return self.id.rpartition(":")[0]

    @property
    def page(self) -> int:
        return int(self.id.rpartition(":")[2])

    @property
    def extent(self) -> int:
        return 1 + len(self.slots) + len(self.moved)

    def slot(self, slot_id: str) -> CalendarSlot:
        """Return a slot, or raise ``NotFound``."""
        found = self.slots.get(slot_id)
        if found is None:
            raise NotFound("There is no such time slot.")
        return found

    # -- decisions ---------------------------------------------------------

    def add(self, slots: tuple[NewSlot, ...], *, now: datetime) -> Decision[Self]:
        """Offer slots that ``overlaps.refuse_overlaps`` has let pass."""
        return self.decide(SlotsAdded(at=now, mentor_id=self.mentor_id, slots=slots))

    def move(self, slot_id: str, to: TimeSlot, *, now: datetime) -> Decision[Self]:
        """Change the time of an open slot, off this page too (then see ``welcome``)."""
        open_slot = self._open(slot_id, "moved")
        if open_slot.slot == to:
            return self.decide()
        page = page_of(to.start)
        if page != self.page:
            return self.decide(SlotLeft(at=now, slot_id=slot_id, to_page=page))
        return self.decide(SlotMoved(at=now, slot_id=slot_id, slot=to))

    def welcome(
        self, slot_id: str, slot: TimeSlot, *, version: int, now: datetime
    ) -> Decision[Self]:
        """Take in a slot that leaves another page in the same append."""
        return self.decide(
            SlotArrived(
                at=now,
                mentor_id=self.mentor_id,
                slot_id=slot_id,
                slot=slot,
                slot_version=version,
            )
        )

    def remove(self, slot_id: str, *, now: datetime) -> Decision[Self]:
        self._open(slot_id, "removed")
        return self.decide(SlotRemoved(at=now, slot_id=slot_id))

    def reserve(self, slot_id: str, booking_id: str, *, now: datetime) -> Decision[Self]:
        """Give a slot to a booking; ``scheduling.bookability`` has found it to be open."""
        self._open(slot_id, "booked twice")
        return self.decide(SlotReserved(at=now, slot_id=slot_id, booking_id=booking_id))

    def release(self, slot_id: str, booking_id: str, *, now: datetime) -> Decision[Self]:
        """Open a slot again, if it still belongs to that booking."""
        if self.slots[slot_id].booking_id != booking_id:
            return self.decide()
        return self.decide(SlotReleased(at=now, slot_id=slot_id, booking_id=booking_id))

    def _open(self, slot_id: str, what: str) -> CalendarSlot:
        found = self.slot(slot_id)
        if found.booking_id is not None:
            raise SlotBooked(f"A booked time slot can't be {what}; cancel its booking first.")
        return found

    # -- history -----------------------------------------------------------

    def evolve(self, event: MentorCalendarEvent) -> None:
        match event:
            case SlotsAdded(slots=added):
                self.slots = {
                    **self.slots,
                    **{new.slot_id: CalendarSlot(new.slot) for new in added},
                }
            case SlotMoved(slot_id=slot_id, slot=slot):
                self._put(slot_id, CalendarSlot(slot, self.slots[slot_id].version + 1))
            case SlotLeft(slot_id=slot_id, to_page=to_page):
                self._drop(slot_id)
                self.moved = {**self.moved, slot_id: to_page}
            case SlotArrived(slot_id=slot_id, slot=slot, slot_version=version):
                self._put(slot_id, CalendarSlot(slot, version))
                self.moved = {key: page for key, page in self.moved.items() if key != slot_id}
            case SlotRemoved(slot_id=slot_id):
                self._drop(slot_id)
            case SlotReserved(slot_id=slot_id, booking_id=booking_id):
                before = self.slots[slot_id]
                self._put(slot_id, CalendarSlot(before.slot, before.version + 1, booking_id))
            case SlotReleased(slot_id=slot_id):
                before = self.slots[slot_id]
                self._put(slot_id, CalendarSlot(before.slot, before.version + 1))
            case _:
                assert_never(event)

    def _put(self, slot_id: str, slot: CalendarSlot) -> None:
        self.slots = {**self.slots, slot_id: slot}

    def _drop(self, slot_id: str) -> None:
        self.slots = {key: slot for key, slot in self.slots.items() if key != slot_id}
