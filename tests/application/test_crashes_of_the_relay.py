"""A relay that dies between sending and recording: sent again, taken once, in order."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.event_publisher.in_process import InProcessEventPublisher
from mentorbooking.adapters.job_queue.sqlite import JOBS, SQLiteJobQueue
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.adapters.work.sqlite.inbox import INBOX
from mentorbooking.adapters.work.sqlite.outbox_ledger import PARKED_EVENTS, SQLiteOutboxLedger
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.application.ports.job_queue import JobState
from mentorbooking.domain.bookings_export.events import BookingsExportRequested, ExportFilter
from tests.support.effort import seeds
from tests.support.fixed import NOW
from tests.support.memory_log import MemoryLog
from tests.support.moving_clock import MovingClock
from tests.support.public_events import SOURCE, cancelled, created

pytestmark = pytest.mark.anyio

LETTERS = Schema(
    "letters", ("CREATE TABLE letters (number INTEGER PRIMARY KEY, subject TEXT, type TEXT)",)
)


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """Passes calls on; dies before or after some of them, if ``dies`` says so."""

    def __init__(self, real: Any, name: str, dies: Callable[[], bool]) -> None:
        self._real, self._name, self._dies = real, name, dies

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        if name != self._name:
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._dies():
                raise Killed
            result = await method(*args, **kwargs)
            if self._dies():
                raise Killed
            return result

        return call


class House:
    """The real parts of one machine; ``delivered`` is what a consumer did about the events."""

    def __init__(self, database: WorkDatabase) -> None:
        self.database, self.log, self.clock = database, MemoryLog(), MovingClock()
        self.ledger, self.jobs = SQLiteOutboxLedger(database), SQLiteJobQueue(database)
        self.fails: Callable[[], bool] = lambda: False
        self.dies: Callable[[], bool] = lambda: False

    def relay(self) -> OutboxRelay:
        publisher = InProcessEventPublisher(self.database, self.clock, {"letters": self._take})
        delivery = Delivery(
            Mortal(publisher, "publish", self.dies),
            Mortal(self.jobs, "enqueue", self.dies),
            self.clock,
            SOURCE,
        )
        ledger = Mortal(self.ledger, "record", self.dies)
        return OutboxRelay(self.log, ledger, delivery, self.clock, chance=lambda: 0.5)

    def _take(self, connection: sqlite3.Connection, event: IntegrationEvent) -> None:
        connection.execute(
            "INSERT INTO letters (subject, type) VALUES (?, ?)", (event.subject, event.type)
        )
        if self.fails():
            raise ConnectionError("not this time")

    async def delivered(self) -> dict[str, list[str]]:
        rows = await self.database.read(
            lambda tx: tx.execute("SELECT subject, type FROM letters ORDER BY number").fetchall()
        )
        found: dict[str, list[str]] = {}
        for subject, kind in rows:
            found.setdefault(subject, []).append(kind)
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    tables = [TRACKING, PARKED_EVENTS, INBOX, JOBS, LETTERS]
    database = WorkDatabase(tmp_path / "work.db", tables)
    yield House(database)
    database.close()


async def live_and_die(house: House) -> bool:
    """Run one relay until it has nothing to do; False if it was killed before."""
    try:
        relay = house.relay()
        await relay.retry_parked()
        while await relay.relay_batch():
            pass
    except Killed:
        return False
    return True


async def test_killed_after_sending_it_sends_again_to_no_effect(house: House) -> None:
    house.log.append("booking_1", created(), cancelled())
    deaths = iter([False, False, False, False, True])
    house.dies = lambda: next(deaths, False)

    assert not await live_and_die(house)
    assert await house.delivered() == {"booking_1": ["booking.created", "booking.cancelled"]}
    assert await house.ledger.position() == 0

    assert await live_and_die(house)
    assert await house.delivered() == {"booking_1": ["booking.created", "booking.cancelled"]}
    assert await house.ledger.position() == 2


async def test_killed_after_feeding_a_queue_it_feeds_no_second_job(house: House) -> None:
    house.log.append(
        "export_1",
        BookingsExportRequested(
            at=NOW, filter=ExportFilter(), as_of_position=1, raw=False, requested_by="user_1"
        ),
    )
    deaths = iter([False, True])
    house.dies = lambda: next(deaths, False)

    assert not await live_and_die(house)
    assert await live_and_die(house)

    assert len(await house.jobs.list_jobs(list(JobState))) == 1


@pytest.mark.parametrize("seed", seeds(4))
async def test_killed_and_refused_at_random_every_fact_takes_effect_once_and_in_order(
    house: House, seed: int
) -> None:
    rng = random.Random(seed)
    house.dies = lambda: rng.random() < 0.1
    house.fails = lambda: rng.random() < 0.2
    facts: dict[str, list[str]] = {}
    for _ in range(120):
        booking, fact = f"booking_{rng.randrange(30)}", rng.choice([created(), cancelled()])
        house.log.append(booking, fact)
        facts.setdefault(booking, []).append(fact.TOPIC)
        if rng.random() < 0.1:
            await live_and_die(house)

    killed = 0
    for _ in range(2_000):
        house.clock.advance(timedelta(minutes=10))
        whole = await live_and_die(house)
        killed += not whole
        if whole and not await house.ledger.parked():
            break

    assert await house.delivered() == facts
    assert killed > 0
