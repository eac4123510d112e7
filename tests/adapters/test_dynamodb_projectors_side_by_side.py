"""Several processes with projectors: one of them projects, and the others see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.read_models.dynamodb import projector
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.application.read_models.progress import (
    RebuildFailed,
)
from tests.support.read_models import ALL_MODELS

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.patience import PATIENCE, until
from tests.support.projector_house import House, state_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(dynamodb: DynamoDBClient) -> AsyncIterator[House]:
    async with House(dynamodb) as house:
        yield house


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "BEAT_SECONDS", 0.1)


@pytest.mark.usefixtures("quick_heart")
async def test_the_one_that_starts_last_projects_and_the_others_watch(house: House) -> None:
    first = house.another()
    assert await first.wait_for(ALL_MODELS, house.booked(first), PATIENCE)
    second = house.another()
    await until(lambda: second._following.in_charge)
    await until(lambda: not first._following.in_charge)
    position = house.booked(second)
    assert await asyncio.gather(
        first.wait_for(ALL_MODELS, position, PATIENCE),
        second.wait_for(ALL_MODELS, position, PATIENCE),
    ) == [True, True]
    assert second._following.in_charge
    await second.close()
    assert await first.wait_for(ALL_MODELS, house.booked(first), PATIENCE)
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
    assert await watching.wait_for(ALL_MODELS, 1, PATIENCE)


async def test_one_that_is_heard_of_is_left_alone(house: House) -> None:
    now = 0.0
    first = house.another(monotonic=lambda: now)
    await until(lambda: first._following.in_charge)
    second = house.another(monotonic=lambda: now)
    await until(lambda: second._following.in_charge)
    now = projector.BEAT_SECONDS
    await until(lambda: not first._following.in_charge)
    while now <= 2 * projector.DEAD_SECONDS:
        await until(lambda: first._seen == second._seen)
        heard, _ = first._seen
        now += projector.BEAT_SECONDS
        await until(lambda heard=heard: min(first._seen[0], second._seen[0]) > heard)
    assert second._following.in_charge
    assert not first._following.in_charge


async def test_a_process_that_does_not_project_waits_for_those_that_do(house: House) -> None:
    waiting = house.another(works=False)
    position = house.booked(waiting)
    assert not await waiting.wait_for(ALL_MODELS, position, 0.3)
    house.another()
    assert await waiting.wait_for(ALL_MODELS, position, PATIENCE)
    assert waiting.positions() == dict.fromkeys(ALL_MODELS, position)
    with pytest.raises(RebuildFailed):
        waiting.rebuild(["bookings"]).result(timeout=0)


@pytest.mark.usefixtures("quick_heart")
async def test_a_rebuild_that_a_watching_process_is_asked_for_is_done(house: House) -> None:
    first = house.another()
    await until(lambda: first._following.in_charge)
    second = house.another()
    await until(lambda: second._following.in_charge)
    assert await first.wait_for(ALL_MODELS, house.booked(second), PATIENCE)
    await asyncio.wrap_future(first.rebuild(["bookings"]))
    assert (await state_of(first)).generation == 2
    await until(lambda: not second._following.in_charge)
    await until(lambda: _is_second_generation(second))


async def _is_second_generation(projector: Projector) -> bool:
    return (await state_of(projector)).generation == 2
