"""Rebuilds by the projector on DynamoDB, and what they leave behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.read_models.dynamodb import clearing, projector
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    RebuildFailed,
)
from tests.support.dynamodb_views_checked import everything_in, what_does_not_follow
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


def _raise(*_: object) -> None:
    raise ZeroDivisionError


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("short_pauses")
async def test_clearing_away_begins_again_where_it_fails(
    dynamodb: DynamoDBClient, house: House
) -> None:
    client = FaultyClient(dynamodb)
    alone = house.another(client=client)
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), PATIENCE)
    await asyncio.wrap_future(alone.rebuild(ALL_MODELS))
    client.plan("batch_write_item", _throttled)
    client.plan("scan", _throttled)
    house.present += clearing.GRACE_SECONDS
    await until(lambda: _nothing_is_put_aside(house))
    assert await what_does_not_follow(house.table) == []


async def _throttled(real: Real, given: dict[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")


async def test_a_rebuild_tells_how_far_it_is(house: House, alone: Projector) -> None:
    for _ in range(5):
        house.booked(alone)
    assert await alone.wait_for(ALL_MODELS, 5, PATIENCE)
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
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), PATIENCE)
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
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), PATIENCE)
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
    assert await alone.wait_for(ALL_MODELS, house.booked(alone), PATIENCE)
    house.seen.gate.clear()
    under_way = alone.rebuild(["bookings"])
    await until(lambda: _is_rebuilding(alone))
    asked = alone.rebuild(["timeslots"])
    closing_ = asyncio.create_task(alone.close())
    await asyncio.sleep(0.01)
    house.seen.gate.set()
    await asyncio.wait_for(closing_, SOON)
    assert under_way.done(), "it was called off, or it had just ended"
    assert asked.cancelled()


async def _is_rebuilding(projector: Projector) -> bool:
    return (await state_of(projector)).rebuilt_to is not None


async def _is_second_generation(projector: Projector) -> bool:
    return (await state_of(projector)).generation == 2


async def test_rows_that_another_version_of_the_program_made_are_made_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), PATIENCE)
    await first.close()
    monkeypatch.setattr(BookingsProjection, "version", BookingsProjection.version + 1)
    second = house.another()
    await until(lambda: _is_second_generation(second))
    assert (await state_of(second, "timeslots")).generation == 1


async def test_rows_of_another_log_are_made_anew(house: House) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), PATIENCE)
    assert await first.wait_for(ALL_MODELS, house.booked(first), PATIENCE)
    await first.close()
    house.log.reader.events[:] = [
        house.log.reader.events[0]._replace(event_id="event_of_another_log", stream="booking_x")
    ]
    second = house.another()
    await until(lambda: _is_second_generation(second))
    assert second.positions() == dict.fromkeys(ALL_MODELS, 1)
