"""Snapshots on the SQLite log: when they are kept, and when they are of use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.context import (
    CommandContext,
    enter_context,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.fixed import MENTOR, NOW, STUDENT, USER, slot
from tests.support.sqlite_stores import NEVER, Start, starting, with_a_mentor

pytestmark = pytest.mark.anyio


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a store on the one log of the test."""
    with starting(tmp_path / "events.db") as begin:
        yield begin


@pytest.fixture(autouse=True)
def somebody_acts(anyio_backend: str) -> None:
    enter_context(CommandContext(actor=f"user:{USER}", channel="http", correlation_id="r1"))


async def test_a_long_stream_is_read_from_its_snapshot(start: Start) -> None:
    store = await with_a_mentor(start(snapshot_every=10))
    await store.turn(24)
    await store.log.write()  # the snapshot is in the file now
    other = start(snapshot_every=10)
    assert await other.mentor() == await store.mentor()
    assert other.log.read == [(MENTOR, 20)]


async def test_who_had_to_replay_much_spares_the_next_the_same(start: Start) -> None:
    store = await with_a_mentor(start())
    await store.turn(20)
    for events, first_read in ((21, 0), (20, 0), (20, 21), (20, 21)):
        other = start(replay_at_most=events)
        assert await other.mentor() == await store.mentor()
        assert other.log.read == [(MENTOR, first_read)]
        await other.log.write()  # the snapshot is in the file now


async def test_who_is_to_hold_up_nobody_keeps_none(start: Start) -> None:
    store = await with_a_mentor(start())
    await store.turn(50)
    other = start(replay_at_most=None)
    assert await other.mentor() == await store.mentor()
    await other.log.write()
    assert other.log.snapshot(MENTOR) is None


async def test_what_is_not_known_to_be_committed_is_not_kept(start: Start) -> None:
    behind = start(replay_at_most=0, look_every=NEVER)
    await behind.mentor()
    store = await with_a_mentor(start())
    await store.turn(20)
    await behind.mentor()
    await behind.log.write()
    assert behind.log.snapshot(MENTOR) is None


async def test_a_state_in_a_snapshot_is_the_same_in_all_its_fields(start: Start) -> None:
    store = start(snapshot_every=1)
    calendar = StudentCalendar.open(STUDENT, user_id=USER, now=NOW).outcome()
    await store.save(StudentCalendar(id=STUDENT).decide(*_opened()))
    await store.save(calendar.add("booking_1", slot(days=1), now=NOW))
    await store.log.write()
    assert await start().find(StudentCalendar, STUDENT) == calendar.after(
        *calendar.add("booking_1", slot(days=1), now=NOW).events
    )


def _opened() -> Any:
    return StudentCalendar.open(STUDENT, user_id=USER, now=NOW).events


@pytest.mark.parametrize("state", [b"{}", b"strange", b'{"id":"x","version":"y"}'])
async def test_a_snapshot_of_another_shape_is_passed_over(start: Start, state: bytes) -> None:
    store = await with_a_mentor(start())
    await store.turn(5)
    store.log.put_snapshot(MENTOR, 4, Mentor.SNAPSHOT_SCHEMA + 1, state)
    await store.log.write()
    assert await start().mentor() == await store.mentor()


async def test_snapshots_come_at_the_rate_that_is_asked_for(start: Start) -> None:
    store = await with_a_mentor(start(snapshot_every=3))
    versions = []
    for _ in range(9):
        await store.turn()
        await store.log.write()
        found = store.log.snapshot(MENTOR)
        versions.append(found.version if found else 0)
    assert versions == [0, 3, 3, 3, 6, 6, 6, 9, 9]
