"""GET /mentors/{mentor_id}/timeslots: the slots of a mentor, open or booked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, Protocol, assert_never, get_args

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.slot import SlotAnswer, slot_answer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.projection import Key, Projection, Rows
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot
from mentorbooking.domain.mentor_calendar.events import (
    MentorCalendarEvent,
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotReleased,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)


class TimeslotsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Slots that start within [``start_from``, ``start_before``), by start, then id.

    ``available``: open ones that start after ``now`` only; the other two look into the past
    as well. ``duration_minutes`` is exact. ``after``: ``next_keys`` of the page before.
    """

    mentor_id: str
    start_from: datetime
    start_before: datetime
    duration_minutes: int | None = None
    status: Literal["available", "booked", "all"] = "available"
    limit: int = 50
    after: Keys | None = None


class Timeslots(Protocol):
    """``fed_by`` names the projections that a list depends on."""

    fed_by: ClassVar[tuple[str, ...]] = ("timeslots",)

    async def page(self, query: TimeslotsQuery, *, now: datetime) -> Page:
        """Return slots as ``SlotAnswer``; ``ValueError``: ``after`` is of no such list."""

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        """Return open slots that start after an instant, the earliest first."""


class TimeslotsProjection(Projection[MentorCalendarEvent, SlotAnswer]):
    """The row is the slot as its mentor sees it; the key is the slot's id."""

    name: ClassVar[str] = "timeslots"
    handles = frozenset(get_args(MentorCalendarEvent))

    def reads(
        self,
        event: MentorCalendarEvent,
        recorded: RecordedEvent,  # noqa: ARG002
    ) -> Iterable[Key]:
        return () if isinstance(event, SlotsAdded) else (event.slot_id,)

    def apply(
        self,
        event: MentorCalendarEvent,
        recorded: RecordedEvent,  # noqa: ARG002
        rows: Rows[SlotAnswer],
    ) -> None:
        match event:
            case SlotReserved(slot_id=slot_id, booking_id=booking_id):
                booked = msgspec.structs.replace(
                    rows[slot_id], status="booked", booking_id=booking_id
                )
                rows.put(slot_id, booked)
            case SlotReleased(slot_id=slot_id):
                free = msgspec.structs.replace(rows[slot_id], status="available", booking_id=UNSET)
                rows.put(slot_id, free)
            case SlotsAdded(mentor_id=mentor_id, slots=slots):
                for new in slots:
                    rows.put(
                        new.slot_id, slot_answer(new.slot_id, mentor_id, CalendarSlot(new.slot))
                    )
            case SlotArrived(slot_id=slot_id, mentor_id=mentor_id, slot=slot):
                rows.put(slot_id, slot_answer(slot_id, mentor_id, CalendarSlot(slot)))
            case SlotMoved(slot_id=slot_id, slot=slot):
                mentor_id = rows[slot_id].mentor_id
                rows.put(slot_id, slot_answer(slot_id, mentor_id, CalendarSlot(slot)))
            case SlotLeft(slot_id=slot_id) | SlotRemoved(slot_id=slot_id):
                rows.remove(slot_id)
            case _:
                assert_never(event)
