"""Aggregates on DynamoDB: what is read and kept, what others do meanwhile, what goes wrong."""

from __future__ import annotations

import asyncio
from itertools import chain
from random import Random
from typing import Any

import pytest

from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.event_store.states import snapshot_of
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import Snapshot
from mentorbooking.application.context import CommandContext, current_context, enter_context
from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.positions import covers, position_token
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.dynamodb_logs import CountingClient, impatient, new_log
from tests.support.faulty_dynamodb import FaultyClient, answers, lost_answer, no_connection
from tests.support.fixed import MENTOR, NOW, STUDENT, USER, slot
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


class Store(DynamoDBAggregateStore):
    """A store with a log of its own, as one process has them."""

    def __init__(
        self, client: Any, table: str, *, patience: float = PATIENCE, seed: int = 1
    ) -> None:
        self.log = DynamoDBLog(client, table, patience=patience)
        self.words = Random(seed)
        clock = MovingClock()
        super().__init__(self.log, clock, MonotonicIds(clock, Random(seed).getrandbits))

    async def mentor(self) -> Mentor:
        return await self.find(Mentor, MENTOR)

    async def turn(self, times: int = 1) -> None:
        """Pause the mentor, or let them come back: one event each."""
        for _ in range(times):
            mentor = await self.mentor()
            turned = mentor.pause(now=NOW) if mentor.is_active else mentor.activate(now=NOW)
            await self.save(turned)

    async def tell(self, times: int) -> None:
        """Let the mentor say something else of themselves, with few words twice."""
        for _ in range(times):
            bio = self.words.randbytes(100).hex()
            mentor = await self.mentor()
            await self.save(mentor.change_profile(ProfileChanges(bio=bio), now=NOW))


@pytest.fixture
async def table(dynamodb: Any) -> str:
    """A table with a log in which a mentor was made."""
    enter_context(CommandContext(actor=f"user:{USER}", channel="http", correlation_id="r1"))
    log = await new_log(dynamodb)
    profile = MentorProfile(name="Grace Hopper", email="grace@example.org")
    mentor = Mentor.register(MENTOR, profile=profile, user_id=USER, now=NOW)
    await Store(dynamodb, log.table, seed=99).save(mentor)
    return log.table


@pytest.fixture
def somebody_acts(table: str, anyio_backend: str) -> CommandContext:
    context = CommandContext(actor=f"user:{USER}", channel="http", correlation_id="r1")
    enter_context(context)
    return context


@pytest.fixture
def store(dynamodb: Any, table: str, somebody_acts: CommandContext) -> Store:
    return Store(dynamodb, table)


@pytest.fixture
def other(dynamodb: Any, table: str, somebody_acts: CommandContext) -> Store:
    return Store(dynamodb, table, seed=2)


# -- what is read ----------------------------------------------------------


async def test_a_state_costs_one_unit_however_long_it_has_been(
    dynamodb: Any, store: Store, other: Store
) -> None:
    await store.tell(60)
    counting = CountingClient(dynamodb)
    reader = Store(counting, store.log.table)
    await reader.mentor()
    counting.forget()
    assert (await reader.mentor()).version == 61
    await other.turn(2)
    assert (await reader.mentor()).version == 63
    assert (counting.calls, counting.units) == ({"get_item": 2}, {"get_item": 2.0})


async def test_a_young_stream_is_one_question(dynamodb: Any, store: Store) -> None:
    await store.turn(3)
    counting = CountingClient(dynamodb)
    assert (await Store(counting, store.log.table).mentor()).version == 4
    assert (counting.calls, counting.units) == ({"query": 1}, {"query": 1.0})


# -- snapshots -------------------------------------------------------------


async def test_a_long_stream_is_read_from_its_snapshot(dynamodb: Any, store: Store) -> None:
    await store.tell(22)
    await store.close()
    kept = await store.log.snapshot(MENTOR)
    assert kept is not None
    assert 10 < kept.version < 23
    counting = CountingClient(dynamodb)
    assert await Store(counting, store.log.table).mentor() == await store.mentor()
    assert counting.units == {"query": 1.0}


async def test_a_snapshot_of_another_shape_is_passed_over(store: Store, other: Store) -> None:
    await store.turn(5)
    await store.log.put_snapshot(Snapshot(MENTOR, 4, Mentor.SNAPSHOT_SCHEMA + 1, b"strange"))
    assert await other.mentor() == await store.mentor()


async def test_a_state_that_holds_much_is_kept_less_often(dynamodb: Any, store: Store) -> None:
    """Kept with each tail that is full, it would cost more than the events."""
    calendar = StudentCalendar.open(STUDENT, user_id=USER, now=NOW).outcome()
    sessions = [
        calendar.add(store.words.randbytes(16).hex(), slot(days=n), now=NOW).events
        for n in range(300)
    ]
    await store.save(StudentCalendar.open(STUDENT, user_id=USER, now=NOW))
    await store.save(calendar.decide(*chain.from_iterable(sessions[:200])))
    await store.close()
    counting = CountingClient(dynamodb)
    writer = Store(counting, store.log.table)
    for added in sessions[200:]:
        found = await writer.find(StudentCalendar, STUDENT)
        await writer.save(found.decide(*added))
    await writer.close()
    batches = await store.log.query(f"S#{found.stream}", first=202)
    assert len(batches) > 3, "a tail was full so often"
    assert counting.calls["put_item"] == 1
    newcomer = Store(dynamodb, store.log.table)
    found = await newcomer.find(StudentCalendar, STUDENT)
    assert found == await writer.find(StudentCalendar, STUDENT)
    assert len(found.sessions) == 300


async def test_that_no_snapshot_can_be_kept_harms_nobody(dynamodb: Any, table: str) -> None:
    enter_context(CommandContext(actor="system", channel="job", correlation_id="r"))
    faulty = FaultyClient(dynamodb)
    faulty.always("put_item", answers("ThrottlingException"))
    store = Store(faulty, table)
    await store.tell(20)
    with impatient(store.log, 0.2):
        await store.close()
    assert await store.log.snapshot(MENTOR) is None
    assert (await Store(dynamodb, table).mentor()).version == 21


# -- what this process knows -----------------------------------------------


async def test_what_others_acknowledged_is_acknowledged_once_it_was_seen(
    store: Store, other: Store
) -> None:
    await store.mentor()
    assert store.acknowledged == 1
    await other.turn(2)
    assert (store.acknowledged, other.acknowledged) == (1, 3)
    await store.mentor()
    assert store.acknowledged == 3


async def test_a_snapshot_counts_as_seen_with_its_events(dynamodb: Any, store: Store) -> None:
    await store.turn(2)
    state = await store.mentor()
    await store.log.put_snapshot(snapshot_of(state))
    newcomer = Store(dynamodb, store.log.table)
    assert await newcomer.mentor() == state
    assert newcomer.acknowledged == 3


async def test_all_can_be_acknowledged(dynamodb: Any, store: Store, other: Store) -> None:
    await other.turn(2)
    assert await store.take_in_all() == store.acknowledged == 3


# -- what goes wrong -------------------------------------------------------


@pytest.mark.parametrize("fault", [no_connection, answers("ThrottlingException")])
async def test_a_table_out_of_reach_is_said_to_be_and_comes_back(
    dynamodb: Any, table: str, somebody_acts: CommandContext, fault: Any
) -> None:
    faulty = FaultyClient(dynamodb)
    store = Store(faulty, table)
    mentor = await store.mentor()
    for operation in ("get_item", "query", "transact_write_items", "batch_get_item"):
        faulty.always(operation, fault)
    log = DynamoDBEventLog(store.log)
    with impatient(store.log, 0.1):
        with pytest.raises(StoreUnavailable):
            await store.save(mentor.pause(now=NOW))
        for reading in (store.mentor(), store.take_in_all(), log.read(0, 1), log.read_stream("x")):
            with pytest.raises(StoreUnavailable):
                await reading
    faulty.heal()
    assert await store.mentor() == mentor
    await store.turn()
    assert (await store.mentor()).version == 2


async def test_an_answer_that_is_lost_is_no_conflict(
    dynamodb: Any, table: str, somebody_acts: CommandContext
) -> None:
    faulty = FaultyClient(dynamodb)
    store = Store(faulty, table)
    mentor = await store.mentor()
    faulty.plan("transact_write_items", lost_answer)
    assert await store.save(mentor.pause(now=NOW)) == 2
    assert (await store.mentor()).version == 2


async def test_who_hangs_up_does_not_take_it_back(store: Store, other: Store) -> None:
    saving = asyncio.create_task(store.save((await store.mentor()).pause(now=NOW)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    await store.log.close()
    assert (await store.mentor(), await other.mentor()) == (await other.mentor(),) * 2
    assert (await store.mentor()).version == 2


async def test_a_command_is_told_its_places_in_lanes(dynamodb: Any) -> None:
    log, clock = await new_log(dynamodb, lanes=16), MovingClock()
    store = DynamoDBAggregateStore(log, clock, MonotonicIds(clock, Random(1).getrandbits))
    places = []
    for number in range(4):
        opened = StudentCalendar.open(f"student_{number}", user_id=USER, now=NOW)
        places.append(await store.save(opened))

    assert len(set(places)) == 4
    assert current_context().position == store.acknowledged
    assert all(covers(store.acknowledged, place) for place in places)
    assert not any(covers(place, store.acknowledged) for place in places)
    assert await DynamoDBEventLog(log).position_at(store.acknowledged) == 4

    other = DynamoDBAggregateStore(log, clock, MonotonicIds(clock, Random(2).getrandbits))
    await other.find(StudentCalendar, "student_2")
    assert other.acknowledged == places[2]
    assert position_token(await other.take_in_all()) == position_token(store.acknowledged)


# -- refusals --------------------------------------------------------------


class TooLate(Refused):
    code = "too-late"


async def opened_and_paused(store: Store) -> None:
    opened = StudentCalendar.open(STUDENT, user_id=USER, now=NOW)
    await store.save((await store.mentor()).pause(now=NOW), opened)


async def test_a_refusal_on_halves_of_a_change_is_decided_again(store: Store, other: Store) -> None:
    """The mentor is read before, the student behind an append that changes both."""
    interruptions = [opened_and_paused]

    async def refuse(_: None) -> None:
        mentor = await store.mentor()
        while interruptions:
            await interruptions.pop()(other)
        student = await store.find(StudentCalendar, STUDENT)
        raise TooLate(f"{mentor.is_active} {student.exists}")

    handle = store.of_one_moment(refuse)
    with pytest.raises(ConcurrentChange):
        await handle(None)
    with pytest.raises(TooLate, match="False True"):
        await handle(None)


async def test_a_refusal_costs_nothing_while_nobody_else_writes(
    dynamodb: Any, table: str, somebody_acts: CommandContext
) -> None:
    counting = CountingClient(dynamodb)
    store = Store(counting, table)

    async def refuse(_: None) -> None:
        await store.mentor()
        await store.find(StudentCalendar, STUDENT)
        raise TooLate("always")

    handle = store.of_one_moment(refuse)
    calls = []
    for _ in range(2):
        counting.forget()
        with pytest.raises(TooLate):
            await handle(None)
        calls.append(counting.calls.total())
    assert calls == [4, 2], "what was seen for the first time might be news"
