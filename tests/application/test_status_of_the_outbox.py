"""What an operator is told of the outbox: how far it is, what waits, since when and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.outbox.status import OutboxStatus, outbox_status
from mentorbooking.application.ports.outbox_ledger import ParkedEvent, ParkedState
from tests.support.fixed import NOW
from tests.support.memory_log import MemoryLog
from tests.support.public_events import created
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SQLiteOutboxLedger]:
    database = open_work_file(tmp_path)
    yield SQLiteOutboxLedger(database)
    database.close()


@pytest.fixture
def log() -> MemoryLog:
    """Four bookings, a minute apart."""
    log = MemoryLog()
    for number in range(4):
        log.append(f"booking_{number}", created(), recorded_at=NOW + number * MINUTE)
    return log


def parked(
    position: int,
    state: ParkedState,
    error: str | None = None,
    due_at: datetime | None = None,
) -> ParkedEvent:
    return ParkedEvent(
        position=position,
        event_id=f"event_{position}",
        stream=f"booking_{position - 1}",
        topic="booking.created",
        state=state,
        due_at=due_at,
        last_error=error,
    )


async def status(log: MemoryLog, ledger: SQLiteOutboxLedger) -> OutboxStatus:
    return await outbox_status(log, ledger, now=NOW + 10 * MINUTE)


async def test_before_the_first_event_nothing_waits(ledger: SQLiteOutboxLedger) -> None:
    found = await status(MemoryLog(), ledger)

    assert (found.position, found.head, found.lag, found.published_until) == (0, 0, 0, None)
    assert (found.oldest_waiting_since, found.oldest_waiting_seconds) == (None, 0)


async def test_what_was_published_is_told_with_its_time(
    log: MemoryLog, ledger: SQLiteOutboxLedger
) -> None:
    await ledger.record(position=4)

    found = await status(log, ledger)

    assert (found.position, found.lag, found.published_until) == (4, 0, NOW + 3 * MINUTE)
    assert (found.oldest_waiting_since, found.next_try_at, found.last_error) == (None, None, None)


async def test_what_the_relay_has_not_looked_at_waits(
    log: MemoryLog, ledger: SQLiteOutboxLedger
) -> None:
    await ledger.record(position=1)

    found = await status(log, ledger)

    assert (found.lag, found.published_until) == (3, NOW)
    assert found.oldest_waiting_since == NOW + MINUTE
    assert found.oldest_waiting_seconds == 9 * 60


async def test_what_was_recorded_by_a_clock_that_is_ahead_waits_since_just_now(
    log: MemoryLog, ledger: SQLiteOutboxLedger
) -> None:
    assert (await outbox_status(log, ledger, now=NOW - MINUTE)).oldest_waiting_seconds == 0


async def test_what_failed_waits_longer_than_what_came_after_it(
    log: MemoryLog, ledger: SQLiteOutboxLedger
) -> None:
    soon, later = NOW + 11 * MINUTE, NOW + 12 * MINUTE
    first = parked(2, ParkedState.WAITING, "OSError: away", later)
    second = parked(3, ParkedState.WAITING, "refused", soon)
    await ledger.record(position=3, parked=[first, second])

    found = await status(log, ledger)

    assert found.oldest_waiting_since == NOW + MINUTE
    assert (found.next_try_at, found.last_error) == (soon, "refused")
    assert found.waiting_events == (first, second)


async def test_a_dead_letter_waits_for_nothing_but_what_it_holds_does(
    log: MemoryLog, ledger: SQLiteOutboxLedger
) -> None:
    dead, held = parked(1, ParkedState.DEAD, "refused"), parked(3, ParkedState.HELD)
    await ledger.record(position=4, parked=[dead])
    assert (await status(log, ledger)).oldest_waiting_since is None

    await ledger.record(parked=[held])
    found = await status(log, ledger)

    assert found.oldest_waiting_since == NOW + 2 * MINUTE
    assert (found.waiting, found.held, found.dead, found.last_error) == (0, 1, 1, "refused")
    assert found.dead_letters == (dead,)
