"""Make a mentor's profile, as an import makes it, and invite the mentor to take it over."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.mentor import MentorAnswer, full_mentor_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.events import MentorStatus, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile


class CreateMentor(msgspec.Struct, frozen=True, kw_only=True):
    """For admins."""

    caller: Principal
    profile: MentorProfile
    status: MentorStatus = MentorStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class CreateMentorHandler:
    aggregates: AggregateStore
    credentials: Credentials
    clock: Clock
    ids: Ids

    async def __call__(self, command: CreateMentor) -> MentorAnswer:
        now = self.clock.now()
        mentor_id = self.ids.new("mentor")
        key = self.credentials.address_key(command.profile.email)
        address = await self.aggregates.find(EmailAddress, key)
        mentor: Decision[Mentor] = Mentor.create_invited(
            mentor_id,
            profile=command.profile,
            origin=Origin.ADMIN,
            status=command.status,
            invitation_id=self.ids.new("invitation"),
            invited_by=command.caller.user_id,
            now=now,
        )
        answer = full_mentor_answer(mentor.outcome())
        await self.aggregates.save(address.claim(mentor_id, now=now), mentor, answer=answer)
        return answer
