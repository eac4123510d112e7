"""Rebuilds that the command line asks of a running service: what becomes of each request."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from mentorbooking.adapters.work.sqlite.control_requests import SQLiteControlRequests
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.ports.control_requests import ControlState
from mentorbooking.application.read_models.progress import (
    ReadModelsProgress,
    RebuildFailed,
    ReportProgress,
)
from mentorbooking.entrypoints.embedded.work_schemas import WORK_SCHEMAS
from mentorbooking.entrypoints.rebuilding import REBUILD, rebuild_if_asked, rebuild_when_asked
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


class Models(ReadModelsProgress):
    """Rebuilds end as the test says."""

    def __init__(self) -> None:
        self.rebuilt: Future[None] = Future()

    def rebuild(
        self, names: Collection[str], progress: ReportProgress | None = None
    ) -> Future[None]:
        assert progress
        assert names == ("bookings",)
        progress(3, 4)
        return self.rebuilt


@pytest.fixture
def requests(tmp_path: Path) -> Iterator[SQLiteControlRequests]:
    work = WorkDatabase(tmp_path / "work.db", WORK_SCHEMAS)
    yield SQLiteControlRequests(work)
    work.close()


async def outcome(requests: SQLiteControlRequests, models: Models) -> tuple[bool, str, str | None]:
    """Ask for a rebuild and have it looked for; return what was told, and how it stands."""
    clock = MovingClock()
    asked = await requests.ask(REBUILD, "bookings", now=clock.now())
    carried_out = await rebuild_if_asked(requests, models, clock)
    now = await requests.get(asked.id)
    assert now
    return carried_out, now.state, now.error


async def test_one_that_succeeds_is_done(requests: SQLiteControlRequests) -> None:
    models = Models()
    models.rebuilt.set_result(None)
    assert await outcome(requests, models) == (True, ControlState.DONE, None)


async def test_one_that_fails_tells_why(requests: SQLiteControlRequests) -> None:
    models = Models()
    models.rebuilt.set_exception(RebuildFailed("the rows can't be made"))
    carried_out, state, error = await outcome(requests, models)
    assert (carried_out, state) == (True, ControlState.FAILED)
    assert error


async def test_one_that_was_given_up_is_left_for_who_comes_next(
    requests: SQLiteControlRequests,
) -> None:
    given_up, models = Models(), Models()
    given_up.rebuilt.cancel()
    assert await outcome(requests, given_up) == (False, ControlState.RUNNING, None)

    models.rebuilt.set_result(None)
    stop = asyncio.Event()
    next_one = asyncio.create_task(rebuild_when_asked(requests, models, MovingClock(), stop))
    async with asyncio.timeout(PATIENCE):
        while await requests.take((REBUILD,)) or not (found := await requests.get(1)):
            await asyncio.sleep(0.01)
        while found.state is not ControlState.DONE:
            await asyncio.sleep(0.01)
            found = await requests.get(1) or found
    stop.set()
    await next_one


async def test_who_is_stopped_meanwhile_stops(requests: SQLiteControlRequests) -> None:
    await requests.ask(REBUILD, "bookings", now=MovingClock().now())
    looking = asyncio.create_task(
        rebuild_when_asked(requests, Models(), MovingClock(), asyncio.Event())
    )
    await asyncio.sleep(0.1)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
