"""Only who holds the lease works; somebody goes on when the holder stops, or is killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from mentorbooking.adapters.work.dynamodb.lease import LIFETIME, Lease, while_held
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture
async def table(dynamodb_endpoint: str, anyio_backend: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


async def test_one_has_it_until_it_ends(table: WorkTable) -> None:
    clock = MovingClock()
    mine, theirs = (Lease(table, "mail", owner, clock) for owner in ("me", "them"))
    assert await mine.take()
    assert not await theirs.take()
    clock.advance(LIFETIME - SECOND)
    assert await mine.take()
    clock.advance(LIFETIME - SECOND)
    assert not await theirs.take()
    clock.advance(SECOND)
    assert await theirs.take()
    assert not await mine.take()


async def test_it_is_given_back_by_its_holder_only(table: WorkTable) -> None:
    clock = MovingClock()
    mine, theirs = (Lease(table, "mail", owner, clock) for owner in ("me", "them"))
    assert await mine.take()
    await theirs.give_back()
    assert not await theirs.take()
    await mine.give_back()
    assert await theirs.take()


async def test_each_work_has_its_own(table: WorkTable) -> None:
    clock = MovingClock()
    assert await Lease(table, "mail", "me", clock).take()
    assert await Lease(table, "outbox", "them", clock).take()


async def test_one_works_and_the_other_goes_on_when_it_stops(table: WorkTable) -> None:
    clock, at_work = MovingClock(), set[str]()

    def worker(owner: str, stop: asyncio.Event) -> asyncio.Task[None]:
        async def work(enough: asyncio.Event) -> None:
            at_work.add(owner)
            await enough.wait()
            at_work.remove(owner)

        return asyncio.create_task(while_held(Lease(table, "mail", owner, clock), work, stop))

    async def until(who: set[str]) -> None:
        async with asyncio.timeout(PATIENCE):
            while at_work != who:
                await asyncio.sleep(0.01)

    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    first = worker("first", stop_first)
    await until({"first"})
    second = worker("second", stop_second)
    await asyncio.sleep(0.1)
    assert at_work == {"first"}
    stop_first.set()
    await first
    await until({"second"})
    stop_second.set()
    await second
    assert at_work == set()
