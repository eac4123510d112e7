"""Consumers in this process: each takes an event once, with what it does about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentorbooking.adapters.event_publisher.in_process import InProcessEventPublisher
from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue, enqueue
from mentorbooking.adapters.work.sqlite import inbox
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import PublisherUnavailable
from mentorbooking.application.ports.job_queue import JobState
from tests.support.fixed import NOW
from tests.support.moving_clock import MovingClock
from tests.support.public_events import public
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(tmp_path: Path) -> Iterator[WorkDatabase]:
    opened = open_work_file(tmp_path)
    yield opened
    opened.close()


def count_again(connection: sqlite3.Connection, event: IntegrationEvent) -> None:
    """Do something that a repeat would double."""
    connection.execute(
        "INSERT INTO tracking VALUES (?, 1) ON CONFLICT DO UPDATE SET position = position + 1",
        (event.id,),
    )


def fails(connection: sqlite3.Connection, event: IntegrationEvent) -> None:
    count_again(connection, event)
    raise RuntimeError("after half of the work")


async def effects(database: WorkDatabase) -> dict[str, int]:
    rows = await database.read(lambda tx: tx.execute("SELECT * FROM tracking").fetchall())
    return dict(rows)


async def test_a_repeat_has_no_second_effect(database: WorkDatabase) -> None:
    publisher = InProcessEventPublisher(database, MovingClock(), {"counter": count_again})

    for _ in range(3):
        await publisher.publish([public(1)])

    assert await effects(database) == {public(1).id: 1}


async def test_a_consumer_that_fails_leaves_no_trace_and_others_take_the_event(
    database: WorkDatabase,
) -> None:
    clock = MovingClock()
    both = InProcessEventPublisher(database, clock, {"broken": fails, "counter": count_again})

    assert len(await both.publish([public(1)])) == 1
    assert await effects(database) == {public(1).id: 1}

    mended = InProcessEventPublisher(
        database, clock, {"broken": count_again, "counter": count_again}
    )
    assert not await mended.publish([public(1)])
    assert await effects(database) == {public(1).id: 2}


async def test_what_is_slow_goes_to_a_job_queue_in_the_same_transaction(
    database: WorkDatabase,
) -> None:
    def feed(connection: sqlite3.Connection, event: IntegrationEvent) -> None:
        enqueue(connection, "webhooks", event.id, event.to_json(), now=NOW)

    await InProcessEventPublisher(database, MovingClock(), {"webhooks": feed}).publish([public(1)])

    (job,) = await SQLiteJobQueue(database).list_jobs([JobState.QUEUED])
    assert (job.queue, job.key) == ("webhooks", public(1).id)


async def test_the_inbox_forgets_what_can_not_be_repeated_any_more(
    database: WorkDatabase,
) -> None:
    clock = MovingClock()
    publisher = InProcessEventPublisher(database, clock, {"counter": count_again})
    await publisher.publish([public(1)])
    clock.advance(inbox.REMEMBERED + timedelta(seconds=1))
    await publisher.publish([public(2)])

    rows = await database.read(lambda tx: tx.execute("SELECT event_id FROM inbox").fetchall())
    assert rows == [(public(2).id,)]


async def test_a_work_file_that_can_not_be_written_is_told(database: WorkDatabase) -> None:
    publisher = InProcessEventPublisher(database, MovingClock(), {"counter": count_again})
    await database.read(lambda tx: tx.execute("PRAGMA query_only = ON"))

    with pytest.raises(PublisherUnavailable):
        await publisher.publish([public(1)])
