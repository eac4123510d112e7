"""Read one mentor from the stream; how they can be reached only for those who may know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from mentorbooking.application.answers.mentor import (
    MentorAnswer,
    full_mentor_answer,
    mentor_answer,
    with_contact,
)
from mentorbooking.application.authorisation import manages_mentor
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.managed_mentor import known_mentor


class Acquaintances(Protocol):
    """Where it is known who has a session with whom."""

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool: ...


class GetMentor(msgspec.Struct, frozen=True, kw_only=True):
    """Anybody may ask, signed in or not."""

    caller: Principal | None
    mentor_id: str


@dataclass(frozen=True, slots=True)
class GetMentorHandler:
    """``lists_hold_it`` waits for the read models, for a moment at most: who has just booked may
    know at once how to reach the mentor, and who has just cancelled may not.
    """

    aggregates: AggregateStore
    acquaintances: Acquaintances
    lists_hold_it: Callable[[], Awaitable[bool]]

    async def __call__(self, query: GetMentor) -> MentorAnswer:
        mentor = await known_mentor(self.aggregates, query.mentor_id)
        if manages_mentor(query.caller, mentor.id):
            return full_mentor_answer(mentor)
        answer = mentor_answer(mentor)
        student_id = query.caller.student_id if query.caller else None
        if (
            student_id
            and await self.lists_hold_it()
            and await self.acquaintances.have_confirmed_booking(
                student_id=student_id, mentor_id=mentor.id
            )
        ):
            return with_contact(answer, mentor)
        return answer
