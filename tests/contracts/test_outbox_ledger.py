"""What an OutboxLedger promises, whoever keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState
from tests.support.fixed import NOW
from tests.support.work_file import open_work_file
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "dynamodb"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OutboxLedger]:
    if request.param == "sqlite":
        database = open_work_file(tmp_path)
        yield SQLiteOutboxLedger(database)
        database.close()
    else:
        async with open_work_table(request.getfixturevalue("dynamodb_endpoint")) as table:
            yield DynamoDBOutboxLedger(table)


def parked(position: int, state: ParkedState = ParkedState.WAITING) -> ParkedEvent:
    waiting = state is ParkedState.WAITING
    return ParkedEvent(
        position=position,
        event_id=f"event_{position}",
        stream="booking_1",
        topic="booking.created",
        state=state,
        attempts=0 if state is ParkedState.HELD else 3,
        due_at=NOW if waiting else None,
        last_error=None if state is ParkedState.HELD else "OSError",
    )


async def test_it_begins_at_zero_with_nothing_parked(ledger: OutboxLedger) -> None:
    assert await ledger.position() == 0
    assert await ledger.parked() == []


async def test_position_and_parked_events_are_remembered(ledger: OutboxLedger) -> None:
    events = [parked(3), parked(5, ParkedState.HELD), parked(8, ParkedState.DEAD)]

    await ledger.record(position=9, parked=events[::-1])

    assert await ledger.position() == 9
    assert await ledger.parked() == events


async def test_what_was_sent_is_forgotten(ledger: OutboxLedger) -> None:
    await ledger.record(position=9, parked=[parked(3), parked(5)])

    await ledger.record(sent=[3])

    assert await ledger.parked() == [parked(5)]
    assert await ledger.position() == 9


async def test_parking_anew_replaces(ledger: OutboxLedger) -> None:
    await ledger.record(position=9, parked=[parked(3)])
    await ledger.record(parked=[parked(3, ParkedState.DEAD)])

    assert await ledger.parked() == [parked(3, ParkedState.DEAD)]


async def test_only_dead_letters_are_redriven(ledger: OutboxLedger) -> None:
    later = NOW + timedelta(hours=1)
    await ledger.record(
        parked=[parked(3), parked(5, ParkedState.DEAD), parked(8, ParkedState.HELD)]
    )

    assert await ledger.redrive(None, now=later) == 1

    redriven = (await ledger.parked())[1]
    assert (redriven.state, redriven.attempts, redriven.due_at) == (ParkedState.WAITING, 0, later)


async def test_one_dead_letter_can_be_redriven_by_its_position(ledger: OutboxLedger) -> None:
    await ledger.record(parked=[parked(3, ParkedState.DEAD), parked(5, ParkedState.DEAD)])

    assert await ledger.redrive(5, now=NOW) == 1
    assert await ledger.redrive(5, now=NOW) == 0
    assert [event.state for event in await ledger.parked()] == [
        ParkedState.DEAD,
        ParkedState.WAITING,
    ]
