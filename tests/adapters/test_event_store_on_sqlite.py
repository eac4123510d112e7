"""Aggregates on the SQLite log: states in memory, and what others write meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

import pytest

from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    Metadata,
    StoredAnswer,
    enter_context,
)
from mentorbooking.application.ports.aggregate_store import (
    ConcurrentChange,
    CredentialsInUse,
    IdempotencyKeyUsed,
    PasswordSet,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.fixed import MENTOR, NOW, STUDENT, USER
from tests.support.sqlite_logs import held_by_another_process
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


# -- finding ---------------------------------------------------------------


async def test_what_is_not_there_has_version_0_and_is_refused_to_those_who_need_it(
    start: Start,
) -> None:
    store = start()
    assert await store.find(Mentor, MENTOR) == Mentor(id=MENTOR)
    with pytest.raises(NotFound, match="no such mentor"):
        await store.get(Mentor, MENTOR)


async def test_what_was_saved_is_found_without_reading(start: Start) -> None:
    store = await with_a_mentor(start())
    store.log.read.clear()
    found = await store.get(Mentor, MENTOR)
    assert (found.version, found.profile.name) == (1, "Grace Hopper")
    assert store.log.read == []


async def test_another_store_finds_the_same_by_reading_once(start: Start) -> None:
    saved = await (await with_a_mentor(start())).mentor()
    other = start()
    assert [await other.mentor(), await other.mentor()] == [saved, saved]
    assert other.log.read == [(MENTOR, 0)]


async def test_only_so_many_states_are_kept(start: Start) -> None:
    store = start(hot=2)
    for student in ("student_1", "student_2", "student_3"):
        await store.save(StudentCalendar.open(student, user_id=USER, now=NOW))
    store.log.read.clear()
    for student in ("student_3", "student_2", "student_1", "student_2"):
        assert (await store.find(StudentCalendar, student)).exists
    assert [stream for stream, _ in store.log.read] == ["student_calendar:student_1"]


# -- saving ----------------------------------------------------------------


async def test_the_append_tells_its_position_and_who_acted(start: Start) -> None:
    store = start()
    context = CommandContext("user:u", "cli", "r2", causation_id="event_1")
    enter_context(context)
    await with_a_mentor(store)
    assert (store.acknowledged, context.position) == (1, 1)
    (recorded,) = await SQLiteEventLog(store.log).read(0, 10)
    assert recorded.metadata == Metadata("user:u", "cli", "r2", causation_id="event_1")
    assert recorded.recorded_at == NOW


async def test_a_decision_on_an_old_state_is_refused_with_all_that_came_with_it(
    start: Start,
) -> None:
    store = await with_a_mentor(start())
    old = await store.mentor()
    await store.turn()
    with pytest.raises(ConcurrentChange) as refused:
        await store.save(StudentCalendar.open(STUDENT, user_id=USER, now=NOW), old.confirm(now=NOW))
    assert refused.value.stream == MENTOR
    assert store.log.head() == 2
    assert not (await store.find(StudentCalendar, STUDENT)).exists


async def test_a_decision_without_events_guards_what_it_was_made_on(start: Start) -> None:
    store = await with_a_mentor(start())
    old = await store.mentor()
    await store.turn()
    with pytest.raises(ConcurrentChange):
        await store.save(StudentCalendar.open(STUDENT, user_id=USER, now=NOW), old.decide())
    assert store.log.head() == 2


async def test_of_two_decisions_on_one_state_the_first_wins_whoever_waits(start: Start) -> None:
    store = await with_a_mentor(start())
    mentor = await store.mentor()
    ended = await asyncio.gather(
        store.save(mentor.pause(now=NOW)),
        store.save(mentor.confirm(now=NOW)),
        return_exceptions=True,
    )
    assert [type(each) for each in ended] == [int, ConcurrentChange]
    found = await store.mentor()
    assert (found.version, found.is_active, found.confirmed) == (2, False, False)


async def test_secrets_land_with_the_events_or_not_at_all(start: Start) -> None:
    store = await with_a_mentor(start())
    await store.turn()
    first = EmailAddress(id="key").claim("user_1", now=NOW)
    await store.save(first, alongside=[PasswordSet("user_1", "key", "hash")])
    second = EmailAddress(id="other").claim("user_2", now=NOW)
    with pytest.raises(CredentialsInUse):
        await store.save(second, alongside=[PasswordSet("user_2", "key", "hash")])
    assert store.log.query("SELECT user_id FROM credentials") == [("user_1",)]
    assert not (await store.find(EmailAddress, "other")).exists


async def test_a_key_has_one_effect(start: Start) -> None:
    store = await with_a_mentor(start())
    request = IdempotentRequest("user_1", "k", b"hash", lambda told: StoredAnswer(200, None, told))
    context = CommandContext("user:u", "http", "r2", idempotent=request)
    enter_context(context)
    mentor = await store.mentor()
    await store.save(mentor.pause(now=NOW), answer=b"paused")
    with pytest.raises(IdempotencyKeyUsed):
        await store.save((await store.mentor()).activate(now=NOW), answer=b"active")
    assert store.log.head() == 2
    kept = store.log.answer("user_1", "k", 0)
    assert kept is not None
    assert (kept.body, kept.position) == (b"paused", 2)
    assert not (await store.mentor()).is_active


# -- others ----------------------------------------------------------------


async def test_what_another_process_wrote_is_found(start: Start) -> None:
    store, other = await with_a_mentor(start(look_every=0)), start(look_every=0)
    for writer, reader in ((other, store), (store, other), (other, store)):
        before = (await reader.mentor()).version
        await writer.turn()
        assert (await reader.mentor()).version == before + 1


async def test_who_does_not_know_of_it_yet_is_refused_and_knows_it_then(start: Start) -> None:
    store, other = await with_a_mentor(start(look_every=NEVER)), start()
    await store.find(Mentor, MENTOR)
    await other.turn()
    stale = await store.mentor()
    assert stale.version == 1
    with pytest.raises(ConcurrentChange):
        await store.save(stale.confirm(now=NOW))
    assert (await store.mentor()).version == 2


async def test_it_is_known_soon_without_a_conflict(start: Start) -> None:
    store, other = await with_a_mentor(start()), start()
    await store.mentor()
    await other.turn()
    await asyncio.sleep(0.02)
    assert (await store.mentor()).version == 2


async def test_what_others_wrote_behind_an_append_before_it_was_answered_stays_known(
    start: Start,
) -> None:
    here, there = await with_a_mentor(start(look_every=0)), start(look_every=0)
    mine = asyncio.create_task(here.turn())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    while there.log.head() < 2:
        time.sleep(0.001)  # it is written, and our loop does not hear of it yet
    with ThreadPoolExecutor() as elsewhere:
        elsewhere.submit(copy_context().run, asyncio.run, there.turn()).result()
    await here.find(StudentCalendar, STUDENT)  # by which theirs is noticed
    await mine

    assert (await here.mentor()).version == 3


# -- what goes wrong -------------------------------------------------------


async def test_when_the_log_is_unavailable_memory_forgets(start: Start) -> None:
    store = await with_a_mentor(start(busy_timeout=0.05))
    mentor = await store.mentor()
    with held_by_another_process(store.log.path), pytest.raises(StoreUnavailable):
        await store.save(mentor.pause(now=NOW))
    store.log.read.clear()
    assert await store.mentor() == mentor
    assert store.log.read == [(MENTOR, 0)]
    await store.turn()
    assert (await store.mentor()).version == 2


async def test_a_log_that_can_not_be_looked_at_is_unavailable_too(start: Start) -> None:
    store = await with_a_mentor(start(look_every=0))
    store.log.close()
    with pytest.raises(StoreUnavailable, match="can't be read"):
        await store.mentor()


@pytest.mark.parametrize("impatience", [1, 2])
async def test_who_hangs_up_leaves_no_old_state_behind(start: Start, impatience: int) -> None:
    store = await with_a_mentor(start())
    mentor = await store.mentor()
    with held_by_another_process(store.log.path):
        saving = asyncio.create_task(store.save(mentor.pause(now=NOW)))
        for _ in range(impatience):
            await asyncio.sleep(0)
            saving.cancel()
        assert (await store.mentor()).version == 1
    with suppress(asyncio.CancelledError):
        await saving
    await store.log.write()
    await asyncio.sleep(0)
    assert store.log.head() == (await store.mentor()).version
