"""The task that keeps the read models in DynamoDB up to date, and who waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.read_models.dynamodb import clearing, projector
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    Lag,
    ProjectionState,
    RebuildFailed,
)
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.dynamodb_views_checked import everything_in, what_does_not_follow
from tests.support.faulty_dynamodb import FaultyClient, Real
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.memory_log import MemoryLog
from tests.support.read_models import ALL_MODELS

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

CREATED = BookingCreated(
    at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot", slot=slot(days=1)
)


class GatedLog(EventLog):
    """Readable while the gate is open; may have troubles of its own."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble: Exception | None = None

    async def head(self) -> int:
        return await self._log.head()

    async def read(
        self, after: int, limit: int, *, topics: Collection[str] | None = None
    ) -> Sequence[RecordedEvent]:
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return await self._log.read(after, limit, topics=topics)

    async def read_stream(self, stream: str) -> Sequence[RecordedEvent]:
        return await self._log.read_stream(stream)


class House(DynamoDBReadModels):
    """Projectors at work on a log in memory, each as in a process of its own."""

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.seen = GatedLog(self.log)
        self._reads = self.seen
        self._projectors: list[Projector] = []

    def another(self, *, client: Any = None, **options: Any) -> Projector:
        """Start one more."""
        following = self.another_following(
            table=ViewsTable(client, self.table.name) if client else self.table
        )
        started = Projector(following, **options)
        started.start()
        self._projectors.append(started)
        return started

    def booked(self, *wake: Projector) -> int:
        position = self.log.append(f"booking_{self.log.reader.head()}", CREATED)
        for each in wake:
            each.wake()
        return position

    async def close(self) -> None:
        self.seen.gate.set()
        for each in self._projectors:
            await each.close()


@pytest.fixture
async def house(dynamodb: DynamoDBClient) -> AsyncIterator[House]:
    async with House(dynamodb) as house:
        yield house


@pytest.fixture
async def alone(house: House) -> Projector:
    return house.another(linger=30.0)


async def state_of(projector: Projector, name: str = "bookings") -> ProjectionState:
    return next(state for state in await projector.states() if state.name == name)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.01)


async def test_who_waits_is_woken_when_all_models_are_there(house: House, alone: Projector) -> None:
    house.booked(alone)
    position = house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, position, 5)
    assert set(alone.positions().values()) == {position}


async def test_who_need_not_wait_does_not(house: House, alone: Projector) -> None:
    position = house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, position, 5)
    house.seen.gate.clear()
    house.booked(alone)
    assert await alone.wait_for(["bookings"], position, 0)


async def test_waiting_has_an_end(house: House, alone: Projector) -> None:
    house.seen.gate.clear()
    position = house.booked(alone)
    began = time.monotonic()
    assert not await alone.wait_for(["bookings"], position, 0.05)
    assert 0.04 < time.monotonic() - began < 2
    house.seen.gate.set()
    assert await alone.wait_for(["bookings"], position, 5)


async def test_many_wait_at_once_for_different_things(house: House, alone: Projector) -> None:
    house.seen.gate.clear()
    for _ in range(3):
        house.booked(alone)
    waiting = [
        asyncio.create_task(alone.wait_for([name], position, 5))
        for name in ALL_MODELS
        for position in (1, 2, 3)
    ]
    await asyncio.sleep(0.02)
    assert not any(each.done() for each in waiting)
    house.seen.gate.set()
    assert all(await asyncio.gather(*waiting))


async def test_a_waiter_that_is_cancelled_leaves_nothing_behind(
    house: House, alone: Projector
) -> None:
    house.seen.gate.clear()
    position = house.booked(alone)
    waiting = asyncio.create_task(alone.wait_for(["bookings"], position, 5))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    house.seen.gate.set()
    assert await alone.wait_for(["bookings"], position, 5)
    assert not alone._waiters


async def test_waiting_for_a_model_that_has_failed_is_given_up_at_once(
    house: House, alone: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BookingsProjection, "apply", _raise)
    position = house.booked(alone)
    began = time.monotonic()
    assert not await alone.wait_for(["bookings", "timeslots"], position, 5)
    assert not await alone.wait_for(["bookings"], position, 5)
    assert time.monotonic() - began < 3
    assert await alone.wait_for(["timeslots"], position, 5)
    assert (await state_of(alone)).state == "failed"
    assert (await state_of(alone, "timeslots")).state == "running"


def _raise(*_: object) -> None:
    raise ZeroDivisionError


async def test_it_lingers_until_somebody_waits(house: House, alone: Projector) -> None:
    assert await alone.wait_for(["bookings"], house.booked(alone), 5)
    await asyncio.sleep(0.05)
    position = house.booked(alone)
    await asyncio.sleep(0.1)
    assert alone.positions()["bookings"] == position - 1
    assert await alone.wait_for(["bookings"], position, 5)


async def test_it_finds_what_nobody_woke_it_for(house: House, alone: Projector) -> None:
    house.booked()
    await until(lambda: alone.positions()["bookings"] == 1)


async def test_lag_in_events_and_seconds(house: House) -> None:
    now = 100.0
    house.seen.gate.clear()
    alone = house.another(monotonic=lambda: now)
    house.booked(alone)
    house.booked(alone)
    now = 103.5
    assert (await alone.lag(2))["bookings"] == Lag(2, 3.5)
    house.seen.gate.set()
    assert await alone.wait_for(ALL_MODELS, 2, 5)
    await until(lambda: _has_no_lag(alone))


async def _has_no_lag(projector: Projector) -> bool:
    return await projector.lag(2) == dict.fromkeys(ALL_MODELS, Lag(0, 0.0))


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("short_pauses")
async def test_clearing_away_begins_again_where_it_fails(
    dynamodb: DynamoDBClient, house: House
) -> None:
    client = FaultyClient(dynamodb)
    alone = house.another(client=client)
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), 5)
    await asyncio.wrap_future(alone.rebuild(ALL_MODELS))
    client.plan("batch_write_item", _throttled)
    client.plan("scan", _throttled)
    house.present += clearing.GRACE_SECONDS
    await until(lambda: _nothing_is_put_aside(house))
    assert await what_does_not_follow(house.table) == []


async def test_who_is_called_now_and_then_catches_up_and_lets_go(house: House) -> None:
    for _ in range(5):
        house.booked()
    following = house.another_following(batch=2)
    await following.catch_up()
    assert set(following.positions().values()) == {5}
    assert not following.in_charge
    assert await what_does_not_follow(house.table) == []


@pytest.mark.usefixtures("short_pauses")
async def test_a_log_that_can_not_be_read_is_waited_for(house: House, alone: Projector) -> None:
    house.seen.trouble = OSError("no such disk")
    position = house.booked(alone)
    assert not await alone.wait_for(["bookings"], position, 0.5)
    stalled = await state_of(alone)
    assert (stalled.state, stalled.error) == ("stalled", "OSError: no such disk")
    house.seen.trouble = None
    assert await alone.wait_for(["bookings"], position, 5)
    await until(lambda: _runs(alone))


async def _runs(projector: Projector) -> bool:
    return (await state_of(projector)).state == "running"


@pytest.mark.usefixtures("short_pauses")
async def test_a_table_that_can_not_be_used_is_waited_for(
    dynamodb: DynamoDBClient, house: House
) -> None:
    client = FaultyClient(dynamodb)
    alone = house.another(client=client)
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), 5)
    client.always("put_item", _throttled)
    position = house.booked(alone)
    assert not await alone.wait_for(["bookings"], position, 0.5)
    assert (await state_of(alone)).error == (
        "StoreUnavailable: the read models can't be used now: ThrottlingException"
    )
    client.heal()
    assert await alone.wait_for(ALL_MODELS, position, 5)
    assert await what_does_not_follow(house.table) == []


async def _throttled(real: Real, given: dict[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")


async def test_a_rebuild_tells_how_far_it_is(house: House, alone: Projector) -> None:
    for _ in range(5):
        house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, 5, 5)
    told: list[tuple[int, int]] = []
    rebuilt = alone.rebuild(["bookings"], lambda *how_far: told.append(how_far))
    await asyncio.wrap_future(rebuilt)
    assert told[-1] == (5, 5)
    assert (await state_of(alone)).generation == 2
    assert (await state_of(alone, "timeslots")).generation == 1


async def test_rebuilds_that_can_not_be(
    house: House, alone: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyError, match="bookungs"):
        alone.rebuild(["bookungs"])
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), 5)
    house.seen.gate.clear()
    first = alone.rebuild(["bookings"])
    second = alone.rebuild(["bookings"])
    monkeypatch.setattr(BookingsProjection, "apply", _raise)
    house.seen.gate.set()
    with pytest.raises(RebuildFailed):
        await asyncio.wrap_future(first)
    with pytest.raises((AlreadyRebuilding, RebuildFailed)):
        await asyncio.wrap_future(second)
    assert (await state_of(alone)).state == "running"


async def test_what_a_rebuild_leaves_is_cleared_away_after_a_while(
    house: House, alone: Projector
) -> None:
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), 5)
    before = await everything_in(house.table)
    await asyncio.wrap_future(alone.rebuild(ALL_MODELS))
    await asyncio.sleep(0.5)
    assert before.keys() <= (await everything_in(house.table)).keys()
    house.present += clearing.GRACE_SECONDS
    await until(lambda: _nothing_is_put_aside(house))
    assert await what_does_not_follow(house.table) == []


async def _nothing_is_put_aside(house: House) -> bool:
    return not (await house.following.lease.look()).put_aside


async def test_closing_is_quick_and_calls_rebuilds_off(house: House, alone: Projector) -> None:
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), 5)
    house.seen.gate.clear()
    under_way = alone.rebuild(["bookings"])
    await until(lambda: _is_rebuilding(alone))
    asked = alone.rebuild(["timeslots"])
    closing_ = asyncio.create_task(alone.close())
    await asyncio.sleep(0.01)
    house.seen.gate.set()
    await asyncio.wait_for(closing_, 2)
    assert under_way.done(), "it was called off, or it had just ended"
    assert asked.cancelled()


async def _is_rebuilding(projector: Projector) -> bool:
    return (await state_of(projector)).rebuilt_to is not None


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "BEAT_SECONDS", 0.1)


@pytest.mark.usefixtures("quick_heart")
async def test_the_one_that_starts_last_projects_and_the_others_watch(house: House) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), 5)
    second = house.another()
    await until(lambda: second._following.in_charge)
    await until(lambda: not first._following.in_charge)
    position = house.booked(second)
    assert await asyncio.gather(
        first.wait_for(ALL_MODELS, position, 5), second.wait_for(ALL_MODELS, position, 5)
    ) == [True, True]
    assert second._following.in_charge
    await second.close()
    assert await first.wait_for(ALL_MODELS, house.booked(first), 5)
    assert first._following.in_charge


async def test_one_that_is_not_heard_of_any_more_is_replaced(house: House) -> None:
    now = 0.0
    watching = house.another(monotonic=lambda: now)
    await until(lambda: watching._following.in_charge)
    killed = house.another_following()
    await killed.take_over()
    now = projector.BEAT_SECONDS
    await until(lambda: not watching._following.in_charge)
    assert not await watching.wait_for(ALL_MODELS, house.booked(), 0.5)
    now += projector.DEAD_SECONDS
    assert await watching.wait_for(ALL_MODELS, 1, 5)


@pytest.mark.usefixtures("quick_heart")
async def test_one_that_is_heard_of_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "DEAD_SECONDS", 0.6)
    first = house.another()
    await until(lambda: first._following.in_charge)
    second = house.another()
    await until(lambda: second._following.in_charge)
    await until(lambda: not first._following.in_charge)
    await asyncio.sleep(1.5)
    assert second._following.in_charge
    assert not first._following.in_charge


async def test_a_process_that_does_not_project_waits_for_those_that_do(house: House) -> None:
    waiting = house.another(works=False)
    position = house.booked(waiting)
    assert not await waiting.wait_for(ALL_MODELS, position, 0.3)
    house.another()
    assert await waiting.wait_for(ALL_MODELS, position, 5)
    assert waiting.positions() == dict.fromkeys(ALL_MODELS, position)
    with pytest.raises(RebuildFailed):
        waiting.rebuild(["bookings"]).result(timeout=0)


@pytest.mark.usefixtures("quick_heart")
async def test_a_rebuild_that_a_watching_process_is_asked_for_is_done(house: House) -> None:
    first = house.another()
    await until(lambda: first._following.in_charge)
    second = house.another()
    await until(lambda: second._following.in_charge)
    assert await first.wait_for(ALL_MODELS, house.booked(second), 5)
    await asyncio.wrap_future(first.rebuild(["bookings"]))
    assert (await state_of(first)).generation == 2
    await until(lambda: not second._following.in_charge)
    await until(lambda: _is_second_generation(second))


async def _is_second_generation(projector: Projector) -> bool:
    return (await state_of(projector)).generation == 2


async def test_rows_that_another_version_of_the_program_made_are_made_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), 5)
    await first.close()
    monkeypatch.setattr(BookingsProjection, "version", BookingsProjection.version + 1)
    second = house.another()
    await until(lambda: _is_second_generation(second))
    assert (await state_of(second, "timeslots")).generation == 1


async def test_rows_of_another_log_are_made_anew(house: House) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), 5)
    assert await first.wait_for(ALL_MODELS, house.booked(first), 5)
    await first.close()
    house.log.reader.events[:] = [
        house.log.reader.events[0]._replace(event_id="event_of_another_log", stream="booking_x")
    ]
    second = house.another()
    await until(lambda: _is_second_generation(second))
    assert second.positions() == dict.fromkeys(ALL_MODELS, 1)
