"""Send a mentor without an account a new invitation; the earlier one stops working."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.mentor import MentorAnswer, full_mentor_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.managed_mentor import known_mentor
from mentorbooking.application.use_cases.preconditions import Versions, require_version


class InviteMentor(msgspec.Struct, frozen=True, kw_only=True):
    """For admins."""

    caller: Principal
    mentor_id: str
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class InviteMentorHandler:
    aggregates: AggregateStore
    clock: Clock
    ids: Ids

    async def __call__(self, command: InviteMentor) -> MentorAnswer:
        mentor = await known_mentor(self.aggregates, command.mentor_id)
        require_version(mentor, command.if_match)
        decision = mentor.invite(
            self.ids.new("invitation"), by=command.caller.user_id, now=self.clock.now()
        )
        answer = full_mentor_answer(decision.outcome())
        await self.aggregates.save(decision, answer=answer)
        return answer
