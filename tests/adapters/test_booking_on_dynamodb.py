"""Booking over DynamoDB: who gets a slot that many want, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from statistics import median
from typing import Any

import msgspec
import pytest

from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    StoredAnswer,
    enter_context,
    user_actor,
)
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.role import Role
from tests.support.booking_people import CUT, MENTORS, PEOPLE, START, STUDENTS, register_all
from tests.support.dynamodb_logs import CountingClient
from tests.support.dynamodb_processes import DynamoDBProcess, DynamoDBReader, log_in_dynamodb
from tests.support.faulty_dynamodb import FaultyClient, after
from tests.support.moving_clock import MovingClock

pytestmark = pytest.mark.anyio

MENTOR, STUDENT = MENTORS[0], STUDENTS[0]
QUARTER = timedelta(minutes=15)

House = tuple[Any, DynamoDBReader]


@pytest.fixture
async def house(dynamodb_endpoint: str, anyio_backend: str) -> AsyncIterator[House]:
    """A client, and who reads the log that is written with it."""
    async with log_in_dynamodb(dynamodb_endpoint) as (client, reader):
        yield client, reader


def process(client: Any, reader: DynamoDBReader, seed: int = 1) -> DynamoDBProcess:
    return DynamoDBProcess(client, reader.table, MovingClock(START), seed=seed)


async def offered(caller: DynamoDBProcess, count: int) -> list[str]:
    """Let the mentor offer so many half hours; return their slots' ids."""
    ids: list[str] = []
    while len(ids) < count:
        starts = [CUT + timedelta(minutes=30) * n for n in range(len(ids), len(ids) + 100)][:count]
        slots = tuple(TimeSlot(start, start + QUARTER) for start in starts)
        told = await caller.ask(AddTimeslots(caller=PEOPLE[MENTOR], mentor_id=MENTOR, slots=slots))
        ids += [slot.id for slot in told.answer.data]
    return ids


def wanting(slot_id: str, student: Principal = PEOPLE[STUDENT]) -> CreateBooking:
    return CreateBooking(caller=student, mentor_id=MENTOR, slot_id=slot_id, title="Hello")


async def test_of_fifty_students_one_gets_the_slot(house: House) -> None:
    one, other = process(*house), process(*house, seed=2)
    await register_all(one)
    (slot_id,) = await offered(one, 1)
    students = [f"student_{n}" for n in range(100, 150)]
    calendars = [StudentCalendar.open(each, user_id=each, now=START) for each in students]
    await one.aggregates.save(*calendars)

    told = await asyncio.gather(
        *(
            (one, other)[n % 2].ask(
                wanting(slot_id, Principal(f"user_{each}", Role.STUDENT, student_id=each))
            )
            for n, each in enumerate(students)
        )
    )

    refusals = [each.refusal for each in told]
    assert sorted(map(str, refusals)) == ["None"] + ["slot-taken"] * 49
    recorded = house[1].read(0, 1_000)
    assert [each.position for each in recorded] == [*range(1, len(recorded) + 1)]
    assert sum(each.event.TOPIC == "booking.created" for each in recorded) == 1
    page_id = MentorCalendar.id_of(MENTOR, page_of(CUT))
    page = await other.aggregates.find(MentorCalendar, page_id)
    winner = told[refusals.index(None)].answer
    assert page.slots[slot_id].booking_id == winner.id


async def test_who_books_a_slot_twice_at_once_is_told_that_it_is_taken(house: House) -> None:
    """Not that they are busy then, as half of their first booking would have it."""
    client, reader = house
    one = process(client, reader)
    await register_all(one)
    (slot_id,) = await offered(one, 1)
    faulty = FaultyClient(client)
    other = process(faulty, reader, seed=2)

    async def book_elsewhere() -> None:
        assert (await one.ask(wanting(slot_id))).refusal is None

    # The mentor and the page are read first, then the student's calendar.
    faulty.plan("query", *[after(nothing)] * 2, after(book_elsewhere))
    assert (await other.ask(wanting(slot_id))).refusal == "slot-taken"


async def nothing() -> None:
    return None


@pytest.mark.parametrize("slots", [20, 600])
async def test_a_booking_is_one_transaction_of_twelve_units_behind_three_reads(
    house: House, slots: int
) -> None:
    """With its answer kept under a key; however much the mentor offers."""
    client, reader = house
    counting = CountingClient(client)
    caller = process(counting, reader)
    await register_all(caller)
    wanted = (await offered(caller, slots))[:20]
    await caller.close()
    written, read, asked = [], [], []
    for number, slot_id in enumerate(wanted):
        counting.forget()
        enter_context(_with_a_key(number))
        await caller.handle(wanting(slot_id))
        await caller.close()
        written.append(counting.units["transact_write_items"] + counting.units["put_item"])
        read.append(sum(counting.units[each] for each in ("get_item", "query", "batch_get_item")))
        asked.append(counting.calls.total())
    assert median(written) == 12
    assert median(read) == 3
    assert median(asked) == 4
    assert max(read[1:]) <= 4
    assert sum(written) / len(written) < 14


async def test_reading_one_booking_costs_one_unit(house: House) -> None:
    client, reader = house
    counting = CountingClient(client)
    caller, newcomer = process(client, reader), process(counting, reader, seed=2)
    await register_all(caller)
    (slot_id,) = await offered(caller, 1)
    told = await caller.ask(wanting(slot_id))
    for _ in range(2):
        counting.forget()
        found = await newcomer.aggregates.get(Booking, told.answer.id)
        assert found.title == "Hello"
        assert counting.units.total() == 1


def _with_a_key(number: int) -> CommandContext:
    """Surround a command as HTTP does, with ids and a key of their usual lengths."""
    user = PEOPLE[STUDENT].user_id
    request = IdempotentRequest(
        principal=user,
        key=f"5f0c3a5e-7b0b-4d6e-9d9a-{number:012}",
        request_hash=b"h" * 32,
        render=lambda told: StoredAnswer(201, f"/bookings/{told.id}", msgspec.json.encode(told)),
    )
    return CommandContext(user_actor(user), "http", f"req_{'x' * 26}", idempotent=request)


async def test_what_no_transaction_holds_is_refused_and_nothing_of_it_is_recorded(
    house: House,
) -> None:
    """A page of a calendar for each of a hundred fortnights, and the mentor's stream."""
    one = process(*house)
    await register_all(one)
    before = house[1].head()
    starts = [CUT + timedelta(days=14 * n, hours=30) for n in range(100)]
    slots = tuple(TimeSlot(start, start + QUARTER) for start in starts)

    told = await one.ask(AddTimeslots(caller=PEOPLE[MENTOR], mentor_id=MENTOR, slots=slots))

    assert told.refusal == "too-much-at-once"
    assert house[1].head() == before
    told = await one.ask(AddTimeslots(caller=PEOPLE[MENTOR], mentor_id=MENTOR, slots=slots[:90]))
    assert told.refusal is None
