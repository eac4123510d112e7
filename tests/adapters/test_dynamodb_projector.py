"""The task that keeps the read models in DynamoDB up to date, and who waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.read_models.dynamodb import projector
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.progress import (
    Lag,
)
from tests.support.dynamodb_views_checked import what_does_not_follow
from tests.support.faulty_dynamodb import FaultyClient, Real
from tests.support.read_models import ALL_MODELS

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.patience import PATIENCE, SOON, until
from tests.support.projector_house import House, state_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(dynamodb: DynamoDBClient) -> AsyncIterator[House]:
    async with House(dynamodb) as house:
        yield house


@pytest.fixture
async def alone(house: House) -> Projector:
    return house.another(linger=3600.0)


async def test_who_waits_is_woken_when_all_models_are_there(house: House, alone: Projector) -> None:
    house.booked(alone)
    position = house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, position, PATIENCE)
    assert set(alone.positions().values()) == {position}


async def test_who_need_not_wait_does_not(house: House, alone: Projector) -> None:
    position = house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, position, PATIENCE)
    house.seen.gate.clear()
    house.booked(alone)
    assert await alone.wait_for(["bookings"], position, 0)


async def test_waiting_has_an_end(house: House, alone: Projector) -> None:
    house.seen.gate.clear()
    position = house.booked(alone)
    began = time.monotonic()
    assert not await alone.wait_for(["bookings"], position, 0.05)
    assert 0.04 < time.monotonic() - began < SOON
    house.seen.gate.set()
    assert await alone.wait_for(["bookings"], position, PATIENCE)


async def test_many_wait_at_once_for_different_things(house: House, alone: Projector) -> None:
    house.seen.gate.clear()
    for _ in range(3):
        house.booked(alone)
    waiting = [
        asyncio.create_task(alone.wait_for([name], position, PATIENCE))
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
    waiting = asyncio.create_task(alone.wait_for(["bookings"], position, PATIENCE))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    house.seen.gate.set()
    assert await alone.wait_for(["bookings"], position, PATIENCE)
    assert not alone._waiters


async def test_waiting_for_a_model_that_has_failed_is_given_up_at_once(
    house: House, alone: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BookingsProjection, "apply", _raise)
    position = house.booked(alone)
    began = time.monotonic()
    assert not await alone.wait_for(["bookings", "timeslots"], position, PATIENCE)
    assert not await alone.wait_for(["bookings"], position, PATIENCE)
    assert time.monotonic() - began < SOON
    assert await alone.wait_for(["timeslots"], position, PATIENCE)
    assert (await state_of(alone)).state == "failed"
    assert (await state_of(alone, "timeslots")).state == "running"


def _raise(*_: object) -> None:
    raise ZeroDivisionError


async def test_it_lingers_until_somebody_waits(house: House, alone: Projector) -> None:
    assert await alone.wait_for(["bookings"], house.booked(alone), PATIENCE)
    for _ in range(100):  # one that comes before it rests is served with what came before
        position = house.booked(alone)
        await asyncio.sleep(0.1)
        if alone.positions()["bookings"] < position:
            break
    assert alone.positions()["bookings"] == position - 1
    assert await alone.wait_for(["bookings"], position, PATIENCE)


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
    assert await alone.wait_for(ALL_MODELS, 2, PATIENCE)
    await until(lambda: _has_no_lag(alone))


async def _has_no_lag(projector: Projector) -> bool:
    return await projector.lag(2) == dict.fromkeys(ALL_MODELS, Lag(0, 0.0))


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAUSE_SECONDS", 0.01)


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
    await until(lambda: _is(alone, "stalled"))
    assert (await state_of(alone)).error == "OSError: no such disk"
    house.seen.trouble = None
    assert await alone.wait_for(["bookings"], position, PATIENCE)
    await until(lambda: _is(alone, "running"))


async def _is(projector: Projector, state: str) -> bool:
    return (await state_of(projector)).state == state


@pytest.mark.usefixtures("short_pauses")
async def test_a_table_that_can_not_be_used_is_waited_for(
    dynamodb: DynamoDBClient, house: House
) -> None:
    client = FaultyClient(dynamodb)
    alone = house.another(client=client)
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), PATIENCE)
    client.always("put_item", _throttled)
    position = house.booked(alone)
    assert not await alone.wait_for(["bookings"], position, 0.5)
    await until(lambda: _is(alone, "stalled"))
    assert (await state_of(alone)).error == (
        "StoreUnavailable: the read models can't be used now: ThrottlingException"
    )
    client.heal()
    assert await alone.wait_for(ALL_MODELS, position, PATIENCE)
    assert await what_does_not_follow(house.table) == []


async def _throttled(real: Real, given: dict[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
