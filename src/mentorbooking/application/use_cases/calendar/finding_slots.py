"""Find the page of a mentor's calendar that a slot is on."""

from __future__ import annotations

from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot, MentorCalendar
from mentorbooking.domain.mentor_calendar.paging import first_page_of


async def page_of_slot(aggregates: AggregateStore, mentor_id: str, slot_id: str) -> MentorCalendar:
    """Return the page, following a slot that was moved; raise ``NotFound`` without one."""
    page = first_page_of(slot_id)
    visited: set[int] = set()
    while page is not None and page not in visited:
        visited.add(page)
        calendar = await aggregates.find(MentorCalendar, MentorCalendar.id_of(mentor_id, page))
        if slot_id in calendar.slots:
            return calendar
        page = calendar.moved.get(slot_id)
    raise NotFound("The mentor has no such time slot.")


async def find_slot(
    aggregates: AggregateStore, mentor_id: str, slot_id: str
) -> tuple[MentorCalendar, CalendarSlot]:
    """Return the slot with the page it is on."""
    calendar = await page_of_slot(aggregates, mentor_id, slot_id)
    return calendar, calendar.slots[slot_id]
