"""Who comes into the demo first: people with accounts, mentors with profiles, and their time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import asdict

from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.application.use_cases.mentors.create_mentor import CreateMentor
from mentorbooking.application.use_cases.mentors.update_mentor import UpdateMentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.demo import people
from mentorbooking.entrypoints.demo.calendars import slots_of
from mentorbooking.entrypoints.demo.stage import Stage

MENTORS_WITH_ACCOUNT: Final = 2


@dataclass(frozen=True, slots=True)
class Cast:
    """Who can act; mentors are in the order of the list, the first ones with an account."""

    admin: Principal
    students: Sequence[Principal]
    mentors_with_account: Sequence[Principal]
    mentor_ids: Sequence[str]


async def come_in(stage: Stage, profiles: Sequence[MentorProfile]) -> Cast:
    """Make accounts, and profiles as an admin makes them."""
    admin, _, *others = await asyncio.gather(
        _register(stage, people.ADMIN, Role.ADMIN),
        _register(stage, people.OPERATOR, Role.OPERATOR),
        *(_register(stage, person, Role.STUDENT) for person in people.STUDENTS),
        *(
            _register(stage, people.Person(profile.name, profile.time_zone), Role.MENTOR)
            for profile in profiles[:MENTORS_WITH_ACCOUNT]
        ),
    )
    students, mentors = others[: len(people.STUDENTS)], others[len(people.STUDENTS) :]
    await asyncio.gather(
        *(
            _describe(stage, admin, mentor, profile)
            for mentor, profile in zip(mentors, profiles, strict=False)
        )
    )
    create = stage.core.commands.create_mentor
    created = await asyncio.gather(
        *(
            stage.act(admin, create, CreateMentor(caller=admin, profile=profile))
            for profile in profiles[MENTORS_WITH_ACCOUNT:]
        )
    )
    own_ids = [mentor.mentor_id or "" for mentor in mentors]
    return Cast(admin, students, mentors, [*own_ids, *(mentor.id for mentor in created)])


async def _register(stage: Stage, person: people.Person, role: Role) -> Principal:
    made = await stage.act(
        None,
        stage.core.commands.register,
        Register(
            email=person.email,
            password=people.PASSWORD,
            name=person.name,
            role=role,
            client="demo",
            time_zone=person.time_zone,
        ),
    )
    return Principal(made.id, role, made.student_id or None, made.mentor_id or None)


async def _describe(
    stage: Stage, admin: Principal, mentor: Principal, profile: MentorProfile
) -> None:
    """Let a mentor who registered fill the profile in, and the admin vouch for them."""
    commands, mentor_id = stage.core.commands, mentor.mentor_id or ""
    changes = ProfileChanges(**asdict(profile))
    await stage.act(
        admin,
        commands.update_mentor,
        UpdateMentor(caller=admin, mentor_id=mentor_id, changes=changes),
    )
    confirmed = ChangeStanding(caller=admin, mentor_id=mentor_id, to=Standing.CONFIRMED)
    await stage.act(admin, commands.change_standing, confirmed)


async def offer_time(
    stage: Stage, cast: Cast, profiles: Sequence[MentorProfile], now: datetime
) -> list[list[SlotAnswer]]:
    """Open everybody's slots."""

    async def offer(number: int, mentor_id: str, time_zone: str) -> list[SlotAnswer]:
        slots = slots_of(number, time_zone, now=now)
        command = AddTimeslots(caller=cast.admin, mentor_id=mentor_id, slots=tuple(slots))
        answer = await stage.act(cast.admin, stage.core.commands.add_timeslots, command)
        return sorted(answer.data, key=lambda slot: slot.start)

    return await asyncio.gather(
        *(
            offer(number, mentor_id, profile.time_zone)
            for number, (mentor_id, profile) in enumerate(
                zip(cast.mentor_ids, profiles, strict=True)
            )
        )
    )
