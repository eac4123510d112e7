"""Offer time slots: all of them or none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.slot import SlotsAnswer, slot_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor
from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot, MentorCalendar
from mentorbooking.domain.mentor_calendar.events import NewSlot
from mentorbooking.domain.mentor_calendar.overlaps import refuse_overlaps
from mentorbooking.domain.mentor_calendar.paging import page_of, pages_around, slot_id_on
from mentorbooking.domain.mentor_calendar.policies import errors_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class AddTimeslots(msgspec.Struct, frozen=True, kw_only=True):
    """1 to 100 slots, in any order."""

    caller: Principal
    mentor_id: str
    slots: tuple[TimeSlot, ...]


@dataclass(frozen=True, slots=True)
class AddTimeslotsHandler:
    aggregates: AggregateStore
    clock: Clock
    ids: Ids

    async def __call__(self, command: AddTimeslots) -> SlotsAnswer:
        now = self.clock.now()
        mentor = await managed_mentor(self.aggregates, command.caller, command.mentor_id)
        errors = [
            error
            for number, slot in enumerate(command.slots)
            for error in errors_of(slot, f"#/slots/{number}", now=now)
        ]
        if errors:
            raise InvalidContent(*errors)
        wanted = [
            NewSlot(slot_id_on(page_of(slot.start), self.ids.new("slot")), slot)
            for slot in command.slots
        ]
        pages = {
            page: await self.aggregates.find(MentorCalendar, MentorCalendar.id_of(mentor.id, page))
            for page in sorted({page for slot in command.slots for page in pages_around(slot)})
        }
        refuse_overlaps(wanted, pages.values())
        by_page: defaultdict[int, list[NewSlot]] = defaultdict(list)
        for new in wanted:
            by_page[page_of(new.slot.start)].append(new)
        answer = SlotsAnswer(
            [slot_answer(new.slot_id, mentor.id, CalendarSlot(new.slot)) for new in wanted]
        )
        await self.aggregates.save(
            *(
                calendar.add(tuple(by_page[page]), now=now)
                if page in by_page
                else calendar.decide()
                for page, calendar in pages.items()
            ),
            answer=answer,
        )
        return answer
