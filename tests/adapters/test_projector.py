"""The thread that keeps the read models up to date, and who waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase, open_views
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.adapters.read_models.sqlite.projector import Projector
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    Lag,
    ProjectionState,
    RebuildFailed,
)
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.memory_log import MemoryLog
from tests.support.patience import PATIENCE, SOON, until
from tests.support.read_models import ALL_MODELS, LogAsSeen

pytestmark = pytest.mark.anyio

CREATED = BookingCreated(
    at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot", slot=slot(days=1)
)


class GatedLog(LogAsSeen):
    """Readable while the gate is open; may have troubles of its own."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.gate = Event()
        self.gate.set()
        self.trouble: Exception | None = None

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        self.gate.wait(PATIENCE)
        if self.trouble is not None:
            raise self.trouble
        return super().read(after, limit)


class House:
    """A projector at work on a log in memory."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.memory = MemoryLog()
        self.log = GatedLog(self.memory)
        self.views: ViewsDatabase = open_views(folder / "views.db", all_models(), self.log)
        self.projector = Projector(self.views, self.log, **options)
        self.projector.start()

    def booked(self, *, wake: bool = True) -> int:
        position = self.memory.append(f"booking_{self.memory.reader.head()}", CREATED)
        if wake:
            self.projector.wake()
        return position

    async def state(self, name: str = "bookings") -> ProjectionState:
        states = await self.projector.states()
        return next(state for state in states if state.name == name)

    async def until(self, told: Callable[[ProjectionState], bool]) -> None:
        """Wait until the state of the bookings is as it should be: the thread tells it last."""

        async def is_told() -> bool:
            return told(await self.state())

        await until(is_told)

    def close(self) -> None:
        self.log.gate.set()
        self.projector.close()
        self.views.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, linger=3600.0)
    yield house
    house.close()


async def test_who_waits_is_woken_when_all_models_are_there(house: House) -> None:
    house.booked()
    position = house.booked()
    assert await house.projector.wait_for(ALL_MODELS, position, PATIENCE)
    assert set(house.projector.positions().values()) == {position}


async def test_who_need_not_wait_does_not(house: House) -> None:
    position = house.booked()
    assert await house.projector.wait_for(ALL_MODELS, position, PATIENCE)
    house.log.gate.clear()
    house.booked()
    assert await house.projector.wait_for(["bookings"], position, 0)


async def test_waiting_has_an_end(house: House) -> None:
    house.log.gate.clear()
    position = house.booked()
    began = time.monotonic()
    assert not await house.projector.wait_for(["bookings"], position, 0.05)
    assert 0.04 < time.monotonic() - began < SOON
    house.log.gate.set()
    assert await house.projector.wait_for(["bookings"], position, PATIENCE)


async def test_many_wait_at_once_for_different_things(house: House) -> None:
    house.log.gate.clear()
    for _ in range(3):
        house.booked()
    waiting = [
        asyncio.create_task(house.projector.wait_for([name], position, PATIENCE))
        for name in ALL_MODELS
        for position in (1, 2, 3)
    ]
    await asyncio.sleep(0.02)
    assert not any(each.done() for each in waiting)
    house.log.gate.set()
    assert all(await asyncio.gather(*waiting))


async def test_a_waiter_that_is_cancelled_leaves_nothing_behind(house: House) -> None:
    house.log.gate.clear()
    position = house.booked()
    waiting = asyncio.create_task(house.projector.wait_for(["bookings"], position, PATIENCE))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    house.log.gate.set()
    assert await house.projector.wait_for(["bookings"], position, PATIENCE)
    assert house.projector._waiters._waiting == {}


async def test_waiting_for_a_model_that_has_failed_is_given_up_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BookingsProjection, "apply", _raise)
    position = house.booked()
    began = time.monotonic()
    assert not await house.projector.wait_for(["bookings", "timeslots"], position, PATIENCE)
    assert not await house.projector.wait_for(["bookings"], position, PATIENCE)
    assert time.monotonic() - began < SOON
    assert await house.projector.wait_for(["timeslots"], position, PATIENCE)
    assert (await house.state()).state == "failed"
    assert (await house.state("timeslots")).state == "running"


def _raise(*_: object) -> None:
    raise ZeroDivisionError


async def test_it_lingers_until_somebody_waits(house: House) -> None:
    assert await house.projector.wait_for(["bookings"], house.booked(), PATIENCE)
    for _ in range(100):  # one that comes before it rests is served with what came before
        position = house.booked()
        await asyncio.sleep(0.05)
        if house.projector.positions()["bookings"] < position:
            break
    assert house.projector.positions()["bookings"] == position - 1
    assert await house.projector.wait_for(["bookings"], position, PATIENCE)


async def test_it_finds_what_nobody_woke_it_for(house: House) -> None:
    house.booked(wake=False)
    await until(lambda: house.projector.positions()["bookings"] == 1)


async def test_lag_in_events_and_seconds(tmp_path: Path) -> None:
    now = 100.0
    house = House(tmp_path, monotonic=lambda: now)
    house.log.gate.clear()
    house.booked()
    house.booked()
    now = 103.5
    assert (await house.projector.lag(2))["bookings"] == Lag(2, 3.5)
    house.log.gate.set()
    assert await house.projector.wait_for(ALL_MODELS, 2, PATIENCE)
    assert await house.projector.lag(2) == dict.fromkeys(ALL_MODELS, Lag(0, 0.0))
    house.close()


async def test_a_log_that_can_not_be_read_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mentorbooking.adapters.read_models.sqlite.projector.PAUSE_SECONDS", 0.01)
    house.log.trouble = OSError("no such disk")
    position = house.booked()
    assert not await house.projector.wait_for(["bookings"], position, 0.2)
    await house.until(lambda state: state.state == "stalled")
    assert (await house.state()).error == "OSError: no such disk"
    house.log.trouble = None
    assert await house.projector.wait_for(["bookings"], position, PATIENCE)
    await house.until(lambda state: state.state == "running")


async def test_a_rebuild_is_asked_for_from_any_thread_and_tells_how_far_it_is(
    house: House,
) -> None:
    for _ in range(5):
        house.booked()
    assert await house.projector.wait_for(ALL_MODELS, 5, PATIENCE)
    told: list[tuple[int, int]] = []
    rebuilt = house.projector.rebuild(["bookings"], lambda *how_far: told.append(how_far))
    await asyncio.wrap_future(rebuilt)
    assert told[-1] == (5, 5)
    assert (await house.state()).generation == 2
    assert (await house.state("timeslots")).generation == 1


async def test_lists_are_served_while_a_rebuild_is_under_way(tmp_path: Path) -> None:
    house = House(tmp_path, batch=2)
    for _ in range(200):
        house.booked()
    assert await house.projector.wait_for(ALL_MODELS, 200, PATIENCE)
    rebuilt = house.projector.rebuild(ALL_MODELS)
    while not rebuilt.done():
        assert await house.projector.wait_for(ALL_MODELS, house.booked(), PATIENCE)
    assert rebuilt.result() is None
    assert {state.generation for state in await house.projector.states()} == {2}
    house.close()


async def test_rebuilds_that_can_not_be(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError, match="bookungs"):
        house.projector.rebuild(["bookungs"])
    house.booked()
    assert await house.projector.wait_for(ALL_MODELS, 1, PATIENCE)
    house.log.gate.clear()
    first = house.projector.rebuild(["bookings"])
    second = house.projector.rebuild(["bookings"])
    monkeypatch.setattr(BookingsProjection, "apply", _raise)
    house.log.gate.set()
    with pytest.raises(RebuildFailed):
        await asyncio.wrap_future(first)
    with pytest.raises((AlreadyRebuilding, RebuildFailed)):
        await asyncio.wrap_future(second)
    assert (await house.state()).state == "running"


async def test_closing_is_quick_and_calls_rebuilds_off(house: House) -> None:
    house.booked()
    assert await house.projector.wait_for(ALL_MODELS, 1, PATIENCE)
    house.log.gate.clear()
    under_way = house.projector.rebuild(["bookings"])
    await house.until(lambda state: state.rebuilt_to is not None)
    asked = house.projector.rebuild(["timeslots"])
    closing = Thread(target=house.projector.close)
    closing.start()
    house.log.gate.set()
    closing.join(SOON)
    assert not closing.is_alive()
    for rebuild in (under_way, asked):
        if not rebuild.done() or rebuild.cancelled():
            with pytest.raises(CancelledError):
                rebuild.result(timeout=0)
