"""Activate, pause or confirm a mentor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import msgspec

from mentorbooking.application.answers.mentor import MentorAnswer, full_mentor_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor
from mentorbooking.application.use_cases.preconditions import Versions, require_version


class Standing(StrEnum):
    """What is wanted of the mentor."""

    ACTIVATED = "activated"
    PAUSED = "paused"
    CONFIRMED = "confirmed"


class ChangeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Asking for what is so already changes nothing."""

    caller: Principal
    mentor_id: str
    to: Standing
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class ChangeStandingHandler:
    aggregates: AggregateStore
    clock: Clock

    async def __call__(self, command: ChangeStanding) -> MentorAnswer:
        now = self.clock.now()
        mentor = await managed_mentor(self.aggregates, command.caller, command.mentor_id)
        require_version(mentor, command.if_match)
        match command.to:
            case Standing.ACTIVATED:
                decision = mentor.activate(now=now)
            case Standing.PAUSED:
                decision = mentor.pause(now=now)
            case Standing.CONFIRMED:
                decision = mentor.confirm(now=now)
            case _:
                assert_never(command.to)
        answer = full_mentor_answer(decision.outcome())
        await self.aggregates.save(decision, answer=answer)
        return answer
