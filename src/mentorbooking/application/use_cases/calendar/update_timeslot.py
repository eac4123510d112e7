"""Move an open time slot to another time; it keeps its id."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.slot import SlotAnswer, slot_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.calendar.finding_slots import find_slot
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor
from mentorbooking.application.use_cases.preconditions import Versions, require_same
from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.events import NewSlot
from mentorbooking.domain.mentor_calendar.overlaps import refuse_overlaps
from mentorbooking.domain.mentor_calendar.paging import page_of, pages_around
from mentorbooking.domain.mentor_calendar.policies import errors_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot


class UpdateTimeslot(msgspec.Struct, frozen=True, kw_only=True):
    """``if_match``: versions of the slot that the caller may have seen."""

    caller: Principal
    mentor_id: str
    slot_id: str
    to: TimeSlot
    if_match: Versions | None = None


class UpdatedTimeslot(msgspec.Struct, frozen=True):
    """The slot, and its version for the ETag."""

    slot: SlotAnswer
    version: int


@dataclass(frozen=True, slots=True)
class UpdateTimeslotHandler:
    aggregates: AggregateStore
    clock: Clock

    async def __call__(self, command: UpdateTimeslot) -> UpdatedTimeslot:
        now = self.clock.now()
        mentor = await managed_mentor(self.aggregates, command.caller, command.mentor_id)
        calendar, slot = await find_slot(self.aggregates, mentor.id, command.slot_id)
        require_same(slot.version, command.if_match)
        moved = calendar.move(command.slot_id, command.to, now=now)
        errors = tuple(errors_of(command.to, "#", now=now))
        if errors:
            raise InvalidContent(*errors)
        neighbours = {
            page: await self._page(mentor.id, page)
            for page in {*pages_around(command.to), page_of(command.to.start)}
            if page != calendar.page
        }
        refuse_overlaps(
            [NewSlot(command.slot_id, command.to)],
            [calendar, *neighbours.values()],
            new_to_the_calendar=False,
        )
        target = page_of(command.to.start)
        decisions = [moved] + [
            page.welcome(command.slot_id, command.to, version=slot.version + 1, now=now)
            if number == target
            else page.decide()
            for number, page in neighbours.items()
        ]
        after = next(
            decision.outcome().slots[command.slot_id]
            for decision in decisions
            if command.slot_id in decision.outcome().slots
        )
        if moved.events:
            await self.aggregates.save(*decisions)
        return UpdatedTimeslot(slot_answer(command.slot_id, mentor.id, after), after.version)

    async def _page(self, mentor_id: str, page: int) -> MentorCalendar:
        return await self.aggregates.find(MentorCalendar, MentorCalendar.id_of(mentor_id, page))
