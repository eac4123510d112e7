"""The relay at work: it wakes up, rests when there is nothing to do, and outlives trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mentorbooking.application.outbox import relay as outbox
from mentorbooking.application.outbox.relay import BATCH, OutboxRelay
from mentorbooking.domain.student_calendar.events import SessionRemoved
from tests.support.fixed import NOW
from tests.support.patience import PATIENCE, until
from tests.support.public_events import cancelled, created
from tests.support.relay_house import BACKOFF, House
from tests.support.remembered_pauses import RememberedPauses
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio

MOMENT = timedelta(milliseconds=1)
LONG = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = open_work_file(tmp_path)
    yield House(database)
    database.close()


@asynccontextmanager
async def running(relay: OutboxRelay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    async with asyncio.timeout(PATIENCE):
        yield
        stop.set()
        await task


async def test_it_sends_what_happens_as_soon_as_it_is_woken(house: House) -> None:
    relay = house.relay(linger=MOMENT, poll=LONG)
    async with running(relay):
        await asyncio.sleep(0.05)
        house.log.append("booking_1", created())
        relay.wake()
        await until(lambda: bool(house.topic.got))


async def test_after_a_full_batch_it_goes_on_at_once(house: House) -> None:
    for number in range(BATCH + 1):
        house.log.append(f"booking_{number}", created())

    async with running(house.relay(linger=LONG, poll=LONG)):
        await until(lambda: len(house.topic.got) == BATCH + 1)


async def test_where_nothing_happens_nothing_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.log.append("booking_1", created())
    await house.relay().relay_batch()
    monkeypatch.setattr(type(house.ledger), "record", None)

    assert await house.relay().relay_batch() == 0


async def test_private_facts_alone_move_it_on(house: House) -> None:
    house.log.append("calendar", SessionRemoved(at=NOW, booking_id="booking_1"))

    assert await house.relay().relay_batch() == 0

    assert (await house.status()).position == 1


async def test_all_streams_that_are_due_are_tried_again(house: House) -> None:
    house.topic.refuses = {"booking_1", "booking_2"}
    house.log.append("booking_1", created(), cancelled())
    house.log.append("booking_2", created())
    await house.relay().relay_batch()
    house.topic.refuses = set()
    house.clock.advance(timedelta(minutes=1))

    assert await house.relay().retry_parked() == 3


async def test_trouble_is_told_outlived_and_waited_out_longer_each_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = RememberedPauses()
    monkeypatch.setattr(outbox, "TROUBLE", pauses)
    relay = house.relay(linger=MOMENT, poll=MOMENT)
    house.log.append("booking_1", created())
    house.topic.away = True

    with capture_logs() as lines:
        async with running(relay):
            await until(lambda: len(pauses.failures) >= 3)
            assert relay.trouble == "PublisherUnavailable: away"
            house.topic.away = False
            await until(lambda: relay.trouble is None)
            before = len(pauses.failures)
            house.log.append("booking_2", created())
            house.topic.away = True
            await until(lambda: len(pauses.failures) > before)

    assert pauses.failures[:3] == [1, 2, 3]
    assert pauses.failures[before] == 1
    assert len(house.topic.got) == 1
    assert lines[0].pop("place").startswith("relay_house.py:")
    assert lines[0] == {
        "event": "relay_stopped",
        "log_level": "warning",
        "error": "PublisherUnavailable: away",
    }


async def test_the_log_tells_what_was_parked_and_what_was_given_up(house: House) -> None:
    house.topic.refuses = {"booking_1"}
    house.log.append("booking_1", created())
    with capture_logs() as lines:
        await house.relay().relay_batch()
        for _ in range(BACKOFF.attempts):
            house.clock.advance(timedelta(hours=1))
            await house.relay().retry_parked()

    why = {
        "log_level": "warning",
        "position": 1,
        "topic": "booking.created",
        "error": "refused",
    }
    assert lines == [
        {"event": "event_parked", "attempts": 1, **why},
        {"event": "event_parked", "attempts": 2, **why},
        {"event": "event_dead", "attempts": 3, **why},
    ]
