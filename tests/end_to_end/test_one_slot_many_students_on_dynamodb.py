"""Many students want the same slots through several processes: each slot has exactly one winner.

Everybody asks the real core, each process of which knows the others by the tables alone. A round
is a slot; the ordinary run has one that all want at once, and a few that fewer want.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.context import CommandContext, enter_context, user_actor
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.domain.booking.errors import SlotNotBookable
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.aws.foundation import AwsFoundation, aws_foundation
from mentorbooking.entrypoints.aws.places import aws_settings_of, places_of
from mentorbooking.entrypoints.core import Core
from mentorbooking.entrypoints.core_without_lists import core_without_lists
from mentorbooking.entrypoints.settings import Settings
from tests.support.aws_servers import CLOSED, unique
from tests.support.effort import TORTURED, rounds
from tests.support.fixed import HOUR, MENTOR, NOW
from tests.support.moving_clock import MovingClock

pytestmark = pytest.mark.anyio

PROCESSES = 4
FOR_ONE_SLOT = 1_000 if TORTURED else 100
FOR_SOME_SLOTS = 200 if TORTURED else 20
SLOTS = rounds(12)
AT_ONCE = 12
"""So many slots are wanted at the same time."""

OWNER = Principal("user_mentor", Role.MENTOR, mentor_id=MENTOR)


class Ended(NamedTuple):
    """How it ended for a student who wanted a slot: with a booking, or with None."""

    student: Principal
    slot_id: str
    booking: BookingAnswer | None


@dataclass(frozen=True)
class Party:
    processes: Sequence[tuple[AwsFoundation, Core]]
    slots: Sequence[str]
    students: Sequence[Principal]

    async def rush(self, slots: Sequence[str], students: Sequence[Principal]) -> list[Ended]:
        """Let all of them want all of these at once, through any of the processes."""
        wishes = [(student, slot_id) for slot_id in slots for student in students]
        return await asyncio.gather(
            *(
                self._book(self.processes[number % PROCESSES][1], student, slot_id)
                for number, (student, slot_id) in enumerate(wishes)
            )
        )

    async def _book(self, core: Core, student: Principal, slot_id: str) -> Ended:
        _act_as(student)
        command = CreateBooking(caller=student, mentor_id=MENTOR, slot_id=slot_id)
        try:
            return Ended(student, slot_id, await core.commands.create_booking(command))
        except SlotNotBookable as refusal:
            if refusal.code != "slot-taken":
                raise
            return Ended(student, slot_id, None)

    async def is_as_told(self, ended: Sequence[Ended]) -> None:
        """See that each slot has one winner, and that the log tells the same."""
        won = [each for each in ended if each.booking is not None]
        assert Counter(each.slot_id for each in won) == Counter({each.slot_id for each in ended})
        base = self.processes[0][0]
        booked: dict[str, str] = {}
        for page in {page_of(each.booking.start) for each in won if each.booking}:
            calendar_id = MentorCalendar.id_of(MENTOR, page)
            calendar = await base.aggregates.get(MentorCalendar, calendar_id)
            booked |= {
                key: slot.booking_id for key, slot in calendar.slots.items() if slot.booking_id
            }
        assert {each.slot_id: each.booking.id for each in won if each.booking} == {
            each.slot_id: booked[each.slot_id] for each in ended
        }
        sessions = Counter(each.student.student_id for each in won)
        for student_id, count in sessions.items():
            student = await base.aggregates.get(StudentCalendar, str(student_id))
            assert student.version == 1 + count
        assert (await verify(base.dynamodb_log)).broken is None


def _act_as(who: Principal) -> None:
    enter_context(
        CommandContext(actor=user_actor(who.user_id), channel="http", correlation_id="race")
    )


@asynccontextmanager
async def gathered(
    endpoint: str, folder: Path, *, students: int, slots: int
) -> AsyncIterator[Party]:
    """Start the processes, over tables of their own, and let everybody be known to the log."""
    settings = Settings(
        backend="aws",
        data_dir=folder,
        secret_key="s" * 32,
        aws_prefix=unique("race"),
        aws_endpoint=CLOSED,
        dynamodb_endpoint=endpoint,
    )
    async with AwsClients(aws_settings_of(settings)) as clients:
        await create_table(await clients.dynamodb(), places_of(settings).log)
    async with AsyncExitStack() as stack:
        processes = []
        for _ in range(PROCESSES):
            base = await stack.enter_async_context(aws_foundation(settings, MovingClock()))
            processes.append((base, stack.enter_context(core_without_lists(base))))
        base, core = processes[0]
        _act_as(OWNER)
        profile = MentorProfile(name="Grace Hopper", email="grace@example.org")
        await base.aggregates.save(
            Mentor.register(MENTOR, profile=profile, user_id=OWNER.user_id, now=NOW)
        )
        offered = []
        for start in range(0, slots, 100):
            hours = [
                NOW + timedelta(days=1) + n * HOUR for n in range(start, min(start + 100, slots))
            ]
            command = AddTimeslots(
                caller=OWNER, mentor_id=MENTOR, slots=tuple(TimeSlot(h, h + HOUR) for h in hours)
            )
            offered += [slot.id for slot in (await core.commands.add_timeslots(command)).data]
        people = [
            Principal(f"user_{n}", Role.STUDENT, student_id=f"student_{n}") for n in range(students)
        ]
        for person in people:
            await base.aggregates.save(
                StudentCalendar.open(str(person.student_id), user_id=person.user_id, now=NOW)
            )
        yield Party(processes, offered, people)


async def test_of_all_who_want_one_slot_one_gets_it(dynamodb_endpoint: str, tmp_path: Path) -> None:
    async with gathered(dynamodb_endpoint, tmp_path, students=FOR_ONE_SLOT, slots=1) as party:
        await party.is_as_told(await party.rush(party.slots, party.students))


async def test_each_of_some_slots_goes_to_one_of_all_who_want_them(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    async with gathered(dynamodb_endpoint, tmp_path, students=FOR_SOME_SLOTS, slots=SLOTS) as party:
        for first in range(0, SLOTS, AT_ONCE):
            wanted = party.slots[first : first + AT_ONCE]
            await party.is_as_told(await party.rush(wanted, party.students))
