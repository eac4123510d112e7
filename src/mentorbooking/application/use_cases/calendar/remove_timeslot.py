"""Take an open time slot back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.calendar.finding_slots import find_slot
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor
from mentorbooking.application.use_cases.preconditions import Versions, require_same


class RemoveTimeslot(msgspec.Struct, frozen=True, kw_only=True):
    """``if_match``: versions of the slot that the caller may have seen."""

    caller: Principal
    mentor_id: str
    slot_id: str
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class RemoveTimeslotHandler:
    aggregates: AggregateStore
    clock: Clock

    async def __call__(self, command: RemoveTimeslot) -> None:
        mentor = await managed_mentor(self.aggregates, command.caller, command.mentor_id)
        calendar, slot = await find_slot(self.aggregates, mentor.id, command.slot_id)
        require_same(slot.version, command.if_match)
        await self.aggregates.save(calendar.remove(command.slot_id, now=self.clock.now()))
