"""What every AggregateStore promises. Add an adapter: add its backend to ``stores``."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

import pytest

from mentorbooking.application.context import (
    CommandContext,
    Metadata,
    enter_context,
)
from mentorbooking.application.ports.aggregate_store import (
    ConcurrentChange,
)
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.event_stores import EventStores, Stores
from tests.support.fixed import MENTOR, NOW, STUDENT, USER, slot
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(stores: EventStores) -> Stores:
    """A process, in which somebody has made a mentor."""
    started = await stores.start()
    await started.aggregates.save(registered())
    assert await started.log.head() == 1
    return started


@pytest.fixture
async def other(stores: EventStores, one: Stores) -> Stores:
    """Another process over the same log."""
    return await stores.start()


@pytest.fixture(autouse=True)
def somebody_acts(anyio_backend: str) -> CommandContext:
    context = CommandContext(actor=f"user:{USER}", channel="http", correlation_id="r1")
    enter_context(context)
    return context


def registered(mentor_id: str = MENTOR) -> Decision[Mentor]:
    profile = MentorProfile(name="Grace Hopper", email="grace@example.org")
    return Mentor.register(mentor_id, profile=profile, user_id=USER, now=NOW)


def opened(student_id: str = STUDENT) -> Decision[StudentCalendar]:
    return StudentCalendar.open(student_id, user_id=USER, now=NOW)


async def mentor_in(stores: Stores) -> Mentor:
    return await stores.aggregates.find(Mentor, MENTOR)


async def turn(stores: Stores, times: int = 1) -> None:
    """Pause the mentor, or let them come back: one event each."""
    for _ in range(times):
        mentor = await mentor_in(stores)
        turned = mentor.pause(now=NOW) if mentor.is_active else mentor.activate(now=NOW)
        await stores.aggregates.save(turned)


# -- finding ---------------------------------------------------------------


async def test_what_is_not_there_has_version_0_and_is_refused_to_those_who_need_it(
    one: Stores,
) -> None:
    found = await one.aggregates.find(StudentCalendar, STUDENT)
    assert found == StudentCalendar(id=STUDENT)
    with pytest.raises(NotFound, match="no such student calendar"):
        await one.aggregates.get(StudentCalendar, STUDENT)


async def test_an_id_of_something_else_names_nothing(one: Stores) -> None:
    assert await one.aggregates.find(EmailAddress, MENTOR) == EmailAddress(id=MENTOR)


async def test_what_was_saved_is_found_at_once_and_everywhere(one: Stores, other: Stores) -> None:
    for version in range(1, 9):
        for stores in (one, other):
            found = await stores.aggregates.get(Mentor, MENTOR)
            assert (found.version, found.profile.name) == (version, "Grace Hopper")
            assert found.is_active == (version % 2 == 1)
        await turn((one, other)[version % 2])


async def test_many_are_found_at_once_and_in_the_order_asked_for(
    one: Stores, other: Stores
) -> None:
    ids = [f"{MENTOR[:-3]}{number:03}" for number in range(100, 330)]
    for start in range(0, 230, 46):  # the others are yet to begin
        await one.aggregates.save(*(registered(each) for each in ids[start : start + 23]))
    for number in range(12):  # more than a tip holds
        bio = Random(number).randbytes(100).hex()
        mentor = await mentor_in(other)
        await other.aggregates.save(mentor.change_profile(ProfileChanges(bio=bio), now=NOW))
    wanted = [*reversed(ids), MENTOR, ids[0]]

    for stores in (one, other):
        found = await stores.aggregates.find_all(Mentor, wanted)
        assert found == [await stores.aggregates.find(Mentor, each) for each in wanted]
        assert [each.id for each in found] == wanted
        assert sum(each.exists for each in found) == 115 + 2
        assert await stores.aggregates.find_all(Mentor, []) == []
    await turn(one)
    (found_after,) = await other.aggregates.find_all(Mentor, [MENTOR])
    assert found_after.version == 14


async def test_a_state_that_was_found_stays_as_it_was(one: Stores, other: Stores) -> None:
    before = await mentor_in(one)
    await turn(one)
    await turn(other)
    assert (before.version, before.is_active) == (1, True)


async def test_a_long_history_is_the_same_state_wherever_it_is_read(
    stores: EventStores, one: Stores, other: Stores
) -> None:
    bio = "b" * 400
    for number in range(60):
        writer = (one, other)[number % 2]
        mentor = await mentor_in(writer)
        changes = ProfileChanges(bio=f"{bio}{number}")
        await writer.aggregates.save(mentor.change_profile(changes, now=NOW))
        newcomer = await stores.start()
        assert await mentor_in(newcomer) == await mentor_in(writer)
    assert (await mentor_in(one)).version == 61


# -- saving ----------------------------------------------------------------


async def test_the_append_tells_its_position_and_who_acted(one: Stores, other: Stores) -> None:
    context = CommandContext("user:u", "cli", "r2", causation_id="event_1")
    enter_context(context)
    place = await one.aggregates.save(opened(), (await mentor_in(one)).pause(now=NOW))
    assert place == context.position
    assert await other.log.position_at(place) == 3 == await other.log.head()
    recorded = await other.log.read(1, 10)
    assert [each.stream for each in recorded] == [f"student_calendar:{STUDENT}", MENTOR]
    assert {each.recorded_at for each in recorded} == {NOW}
    assert recorded[1].metadata == Metadata("user:u", "cli", "r2", causation_id="event_1")


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_a_decision_on_an_old_state_is_refused_with_all_that_came_with_it(
    one: Stores, other: Stores, is_elsewhere: bool
) -> None:
    old = await mentor_in(one)
    await turn(other if is_elsewhere else one)
    for decision in (old.confirm(now=NOW), old.decide()):
        with pytest.raises(ConcurrentChange) as refused:
            await one.aggregates.save(opened(), decision)
        assert refused.value.stream == MENTOR
    assert await one.log.head() == 2
    for stores in (one, other):
        assert not (await stores.aggregates.find(StudentCalendar, STUDENT)).exists
        assert (await mentor_in(stores)).version == 2


async def test_who_was_refused_decides_again_on_what_is_new(one: Stores, other: Stores) -> None:
    old = await mentor_in(one)
    await turn(other)
    with pytest.raises(ConcurrentChange):
        await one.aggregates.save(old.confirm(now=NOW))
    await one.aggregates.save((await mentor_in(one)).confirm(now=NOW))
    found = await mentor_in(other)
    assert (found.version, found.is_active, found.confirmed) == (3, False, True)


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_of_many_decisions_on_one_state_one_stands(
    one: Stores, other: Stores, is_elsewhere: bool
) -> None:
    places = (one, other) if is_elsewhere else (one, one)
    found = await asyncio.gather(*(mentor_in(places[n % 2]) for n in range(10)))
    ended = await asyncio.gather(
        *(
            places[n % 2].aggregates.save(state.pause(now=NOW), opened(f"student_{n}"))
            for n, state in enumerate(found)
        ),
        return_exceptions=True,
    )
    refused = [type(each) for each in ended if isinstance(each, BaseException)]
    assert refused == [ConcurrentChange] * 9
    (winner,) = (n for n, each in enumerate(ended) if not isinstance(each, BaseException))
    for stores in (one, other):
        assert (await mentor_in(stores)).version == 2
        calendars = [
            await stores.aggregates.find(StudentCalendar, f"student_{n}") for n in range(10)
        ]
        assert [n for n, each in enumerate(calendars) if each.exists] == [winner]


async def test_what_does_not_touch_lands_side_by_side(one: Stores, other: Stores) -> None:
    places = (one, other)
    found = await asyncio.gather(
        *(places[n % 2].aggregates.save(opened(f"student_{n}")) for n in range(20))
    )
    assert sorted([await one.log.position_at(place) for place in found]) == [*range(2, 22)]


async def test_two_decisions_on_one_stream_land_one_behind_the_other(one: Stores) -> None:
    paused = (await mentor_in(one)).pause(now=NOW)
    await one.aggregates.save(paused, paused.outcome().confirm(now=NOW))
    found = await mentor_in(one)
    assert (found.version, found.is_active, found.confirmed) == (3, False, True)


async def test_a_state_goes_on_from_a_session_that_was_added(one: Stores, other: Stores) -> None:
    await one.aggregates.save(opened())
    for number in range(1, 4):
        calendar = await other.aggregates.get(StudentCalendar, STUDENT)
        await other.aggregates.save(calendar.add(f"booking_{number}", slot(days=number), now=NOW))
    found = await one.aggregates.get(StudentCalendar, STUDENT)
    assert [each.booking_id for each in found.sessions] == ["booking_1", "booking_2", "booking_3"]


@pytest.mark.parametrize("impatience", range(4))
async def test_who_hangs_up_leaves_no_old_state_behind(
    one: Stores, other: Stores, impatience: int
) -> None:
    saving = asyncio.create_task(one.aggregates.save((await mentor_in(one)).pause(now=NOW)))
    for _ in range(impatience):
        await asyncio.sleep(0.001)
    saving.cancel()
    with suppress(asyncio.CancelledError):
        await saving
    version = 1
    async with asyncio.timeout(PATIENCE):
        while version == 1 and impatience:
            version = (await mentor_in(other)).version
    assert (await mentor_in(one)).version == (await mentor_in(other)).version
    with suppress(ConcurrentChange):  # it may have landed just now
        await turn(one)
    assert (await mentor_in(one)) == (await mentor_in(other))
