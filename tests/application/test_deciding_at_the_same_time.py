"""Two commands, each fine alone, that can't both stand: whoever comes through, nothing is broken.

Both are decided before either is recorded: in one process, and in two that share the log, on
disk or in DynamoDB.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslot
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.booking_people import CUT, MENTORS, PEOPLE, START, STUDENTS, register_all
from tests.support.dynamodb_processes import DynamoDBProcess, log_in_dynamodb
from tests.support.model_of_booking import Command, Model
from tests.support.moving_clock import MovingClock
from tests.support.recorded_streams import RecordedStreams
from tests.support.two_processes import Caller, NoLists, Process, not_waiting

pytestmark = pytest.mark.anyio

MENTOR, OTHER_MENTOR = MENTORS
STUDENT, OTHER_STUDENT = STUDENTS


def around_the_cut(start: int, end: int) -> TimeSlot:
    """Return a slot by its minutes from where a page of the calendar ends."""
    return TimeSlot(CUT + timedelta(minutes=start), CUT + timedelta(minutes=end))


@dataclass
class House:
    """``everywhere`` are the two processes that commands go through in turn."""

    everywhere: tuple[Caller, Caller]
    model: Model
    recorded: RecordedStreams

    async def offered(self, *times: TimeSlot, mentor: str = MENTOR) -> list[str]:
        """Let a mentor offer slots; return their ids."""
        return [slot.id for slot in (await self.done(adding(*times, mentor=mentor))).data]

    async def booked(self, slot_id: str, student: str = STUDENT) -> str:
        return str((await self.done(booking(slot_id, student))).id)

    async def done(self, command: Command) -> Any:
        """Give a command by itself; return its answer."""
        told = await self.everywhere[0].ask(command)
        assert self.model.agrees(command, told), told
        assert told.refusal is None
        self.recorded.read_on()
        return told.answer

    async def at_once(self, *commands: Command) -> set[str]:
        """Give commands at the same time; return how they ended, having seen that all is well."""
        told = await asyncio.gather(
            *(self.everywhere[n % 2].ask(command, n) for n, command in enumerate(commands))
        )
        ended = list(zip(commands, told, strict=True))
        order = self.recorded.read_on()
        after = self.recorded.explained(self.model, ended, order, any_reason=False)
        assert after is not None, f"in no order can these end like that: {ended}"
        assert self.recorded.nobody_is_in_two_places()
        self.model = after
        return {each.refusal or "done" for each in told}


@pytest.fixture(params=["in one process", "in two processes", "over DynamoDB"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[House]:
    clock = MovingClock(START)
    async with AsyncExitStack() as stack:
        if request.param == "over DynamoDB":
            endpoint = request.getfixturevalue("dynamodb_endpoint")
            two = await stack.enter_async_context(_two_over_dynamodb(endpoint, clock))
        else:
            two = stack.enter_context(_two_over_a_file(tmp_path, clock))
        one, other, reader = two
        model, recorded = await register_all(one), RecordedStreams(reader)
        recorded.read_on()
        if request.param == "in one process":
            other = one
        yield House((one, other), model, recorded)


Two = tuple[Caller, Caller, LogReader]
"""Two processes over one log, and who reads it."""


@asynccontextmanager
async def _two_over_dynamodb(endpoint: str, clock: Clock) -> AsyncIterator[Two]:
    async with log_in_dynamodb(endpoint) as (client, reader):
        one, other = (
            DynamoDBProcess(client, reader.table, clock, seed=seed, hot=100) for seed in (1, 2)
        )
        yield one, other, reader
        await one.close()
        await other.close()


@contextmanager
def _two_over_a_file(folder: Path, clock: Clock) -> Iterator[Two]:
    with ExitStack() as stack:
        one, other = (
            Process(folder, clock, seed=seed, open_slots=NoLists(), lists_hold_it=not_waiting)
            for seed in (1, 2)
        )
        stack.callback(one.close)
        stack.callback(other.close)
        yield one, other, one.log.reader


def adding(*times: TimeSlot, mentor: str = MENTOR) -> Command:
    return AddTimeslots(caller=PEOPLE[mentor], mentor_id=mentor, slots=times)


def moving(slot_id: str, to: TimeSlot) -> Command:
    return UpdateTimeslot(caller=PEOPLE[MENTOR], mentor_id=MENTOR, slot_id=slot_id, to=to)


def removing(slot_id: str) -> Command:
    return RemoveTimeslot(caller=PEOPLE[MENTOR], mentor_id=MENTOR, slot_id=slot_id)


def booking(slot_id: str, student: str = STUDENT, *, mentor: str = MENTOR) -> Command:
    return CreateBooking(caller=PEOPLE[student], mentor_id=mentor, slot_id=slot_id)


def cancelling(booking_id: str, by: str = STUDENT) -> Command:
    return CancelBooking(caller=PEOPLE[by], booking_id=booking_id)


PAUSING = ChangeStanding(caller=PEOPLE[MENTOR], mentor_id=MENTOR, to=Standing.PAUSED)
NOON = around_the_cut(720, 780)


async def test_two_students_want_one_slot(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    assert await house.at_once(booking(slot_id), booking(slot_id, OTHER_STUDENT)) == {
        "done",
        "slot-taken",
    }


async def test_a_student_wants_two_slots_that_overlap(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    (other_id,) = await house.offered(around_the_cut(750, 810), mentor=OTHER_MENTOR)
    wanted = booking(slot_id), booking(other_id, mentor=OTHER_MENTOR)
    assert await house.at_once(*wanted) == {"done", "student-overlap"}


@pytest.mark.parametrize(
    "one",
    [around_the_cut(-60, 30), around_the_cut(-210, 0), around_the_cut(0, 60)],
    ids=["over the cut", "up to the cut", "behind the cut"],
)
async def test_two_slots_that_overlap_are_offered(house: House, one: TimeSlot) -> None:
    both = adding(one), adding(around_the_cut(-5, 55))
    assert await house.at_once(*both) == {"done", "slot-overlap"}


async def test_two_slots_are_moved_to_overlap_over_the_cut(house: House) -> None:
    before, behind = await house.offered(around_the_cut(-180, -120), NOON)
    both = moving(before, around_the_cut(-30, 30)), moving(behind, around_the_cut(0, 60))
    assert await house.at_once(*both) == {"done", "slot-overlap"}


async def test_a_slot_is_moved_to_where_another_is_offered(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    both = moving(slot_id, around_the_cut(-30, 30)), adding(around_the_cut(0, 60))
    assert await house.at_once(*both) == {"done", "slot-overlap"}


async def test_a_slot_is_moved_to_two_places(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    both = moving(slot_id, around_the_cut(-30, 30)), moving(slot_id, around_the_cut(900, 960))
    assert await house.at_once(*both) == {"done"}


Race = Callable[[str], Command]


@pytest.mark.parametrize(
    ("what", "refusals"),
    [
        (removing, {"slot-booked", "not-found"}),
        (lambda slot_id: moving(slot_id, around_the_cut(-30, 30)), {"slot-booked", "done"}),
        (lambda _: PAUSING, {"done", "mentor-not-active"}),
    ],
    ids=["removed", "moved to another page", "out of reach as the mentor pauses"],
)
@pytest.mark.parametrize("in_front", [False, True])
async def test_a_slot_is_booked_while_it_is(
    house: House, what: Race, refusals: set[str], in_front: bool
) -> None:
    (slot_id,) = await house.offered(NOON)
    both = [booking(slot_id), what(slot_id)]
    assert await house.at_once(*(both[::-1] if in_front else both)) <= {"done", *refusals}


async def test_both_sides_cancel(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    booking_id = await house.booked(slot_id)
    both = cancelling(booking_id), cancelling(booking_id, by=MENTOR)
    assert await house.at_once(*both) == {"done"}


async def test_a_slot_is_booked_while_its_booking_is_cancelled(house: House) -> None:
    (slot_id,) = await house.offered(NOON)
    booking_id = await house.booked(slot_id)
    both = cancelling(booking_id), booking(slot_id, OTHER_STUDENT)
    assert await house.at_once(*both) <= {"done", "slot-taken"}


async def test_a_hundred_sessions_are_booked_and_called_off_at_once(house: House) -> None:
    """However many meet at one calendar, nobody is sent away because of the crowd."""
    hours = [around_the_cut(60 * n, 60 * n + 30) for n in range(100)]
    wanted = [booking(slot_id) for slot_id in await house.offered(*hours)]
    booked = await asyncio.gather(*map(house.everywhere[0].ask, wanted))
    assert {told.refusal for told in booked} == {None}
    called_off = await asyncio.gather(
        *(
            house.everywhere[n % 2].ask(cancelling(told.answer.id, by=(STUDENT, MENTOR)[n % 2]))
            for n, told in enumerate(booked)
        )
    )
    assert {(told.refusal, told.answer.status) for told in called_off} == {(None, "cancelled")}
    house.recorded.read_on()
    assert {booking.version for booking in house.recorded.all(Booking)} == {2}
