"""Appends that wait at the same time share a transaction, and never get in each other's way."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    Committed,
    ConstraintViolated,
    IdempotencyKeyTaken,
    LogUnavailable,
    NewEvent,
    StreamAppend,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.sqlite_logs import answered, appending, held_by_another_process, to

pytestmark = pytest.mark.anyio

ROLLING_ALL_BACK = "INSERT OR ROLLBACK INTO meta VALUES ('schema_version', 1)"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


async def together(log: SQLiteLog, *requests: Any) -> list[Any]:
    """Append in one group: the writer is kept busy until all of them wait."""
    with held_by_another_process(log.path):
        first = asyncio.ensure_future(log.append(appending()))
        await asyncio.sleep(0.05)
        tasks = [asyncio.ensure_future(log.append(request)) for request in requests]
        await asyncio.sleep(0)
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_of_200_appends_on_one_version_exactly_one_wins(log: SQLiteLog) -> None:
    await log.append(appending(to("slot", 0, b"offered")))

    outcomes = await asyncio.gather(
        *(
            log.append(appending(to("slot", 1, b"%d" % n), to(f"b{n}", 0, b"x")))
            for n in range(200)
        ),
        return_exceptions=True,
    )

    winners = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, StreamConflict)]
    assert (len(winners), len(refusals)) == (1, 199)
    assert [event.stream for event in log.read_log(0, 9)] == ["slot", "slot", f"b{winners[0]}"]


def test_of_50_threads_on_one_version_exactly_one_wins(log: SQLiteLog) -> None:
    barrier = threading.Barrier(50)

    def race(number: int) -> bool:
        barrier.wait()
        try:
            log.append_sync(appending(to("slot", 0, b"%d" % number)))
        except StreamConflict:
            return False
        return True

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(race, range(50))) == 1


async def test_positions_have_no_holes_under_64_writers_with_refusals_among_them(
    log: SQLiteLog,
) -> None:
    chance = random.Random(7)
    acknowledged: list[Appended] = []
    refused = 0

    async def write(writer: int) -> None:
        nonlocal refused
        version = 0
        for turn in range(20):
            wrong = chance.random() < 0.3
            states = [b"x"] * chance.randint(1, 4)
            request = appending(to(f"s{writer}", version + wrong, *states))
            if chance.random() < 0.3:
                request = appending(*request.streams, idempotency=answered(f"{writer}/{turn // 2}"))
            try:
                acknowledged.append(await log.append(request))
                version += len(states)
            except (StreamConflict, IdempotencyKeyTaken):
                refused += 1

    await asyncio.gather(*(write(writer) for writer in range(64)))

    positions = [event.position for event in log.read_log(0, 10_000)]
    assert positions == list(range(1, log.head() + 1))
    claimed = sorted(p for a in acknowledged for p in range(a.first, a.last + 1))
    assert claimed == positions
    assert refused > 100
    assert verify(log).broken is None


async def test_refused_appends_leave_their_neighbours_alone(log: SQLiteLog) -> None:
    await log.append(appending(to("taken", 0, b"x"), idempotency=answered("used")))
    insert = "INSERT INTO credentials VALUES (?, ?, 'hash', 0)"

    outcomes = await together(
        log,
        appending(to("a", 0, b"1"), statements=((insert, ("user_1", "key")),)),
        appending(to("taken", 0, b"2"), to("b", 0, b"2")),
        appending(to("c", 0, b"3"), idempotency=answered("used")),
        appending(to("d", 0, b"4"), statements=((insert, ("user_2", "key")),)),
        appending(
            to("e", 0, b"5"),
            statements=((insert, ("user_3", "other")), (insert, ("user_4", "key"))),
        ),
        appending(to("f", 0, b"6"), statements=(("INSERT INTO nowhere VALUES (1)", ()),)),
        appending(to("g", 0, b"7"), idempotency=answered("fresh")),
        appending(to("a", 1, b"8")),
        appending(to("a", 1, b"9")),
        appending(to("h", 0, b"0"), idempotency=answered("fresh")),
    )

    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == [
        "Appended",
        "StreamConflict",
        "IdempotencyKeyTaken",
        "ConstraintViolated",
        "ConstraintViolated",
        "OperationalError",
        "Appended",
        "Appended",
        "StreamConflict",
        "IdempotencyKeyTaken",
    ]
    assert [(e.stream, e.state) for e in log.read_log(1, 99)] == [
        ("a", b"1"),
        ("g", b"7"),
        ("a", b"8"),
    ]
    assert outcomes[9].record.position == outcomes[6].last
    assert log.query("SELECT user_id FROM credentials") == [("user_1",)]
    assert verify(log).broken is None


@pytest.mark.parametrize(
    "unstorable",
    [
        appending(to("b", 0, b"1"), idempotency=answered("k", body="text, not bytes")),
        appending(to("b", 0, b"1"), idempotency=answered("k", status=1 << 70)),
        appending(to("b", 0, b"1"), statements=((ROLLING_ALL_BACK, ()),)),
        appending(to("b", 0, b"1"), statements=(("SELECT ?", (object(),)),)),
        appending(to("b", 0, b"1"), idempotency=answered("\ud800")),
        appending(to("b", 0, b"1"), idempotency=answered("k", principal=None)),
    ],
    ids=["wrong type", "number too large", "rolls all back", "no such value", "no text", "nobody"],
)
async def test_what_can_not_be_stored_fails_alone(log: SQLiteLog, unstorable: Any) -> None:
    outcomes = await together(
        log, appending(to("a", 0, b"1")), unstorable, appending(to("c", 0, b"1"))
    )

    assert isinstance(outcomes[1], Exception)
    assert not isinstance(outcomes[1], LogUnavailable)
    assert (outcomes[0], outcomes[2]) == (Appended(1, 1), Appended(2, 2))
    assert log.read_stream("b") == []


@pytest.mark.parametrize(
    ("stream", "version", "state"), [("a", 0, "text"), (7, 0, b""), ("a", -2, b"")]
)
async def test_what_can_not_be_encoded_is_refused_before_it_waits(
    log: SQLiteLog, stream: Any, version: int, state: Any
) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        await log.append(appending(StreamAppend(stream, version, (NewEvent("topic", state),))))
    assert log.head() == 0


async def test_a_group_is_one_commit_and_one_piece_of_news(log: SQLiteLog) -> None:
    news: list[Committed] = []
    log.on_commit(news.append)

    await together(log, *(appending(to(f"s{n}", 0, b"x", b"y")) for n in range(30)))
    stored = log.read_log(0, 99)
    log.close()

    assert news == [Committed(60, stored)]


async def test_a_cancelled_append_is_still_written_and_harms_nobody(log: SQLiteLog) -> None:
    with held_by_another_process(log.path):
        tasks = [
            asyncio.ensure_future(log.append(appending(to(f"s{n}", 0, b"x")))) for n in range(10)
        ]
        await asyncio.sleep(0.05)
        for task in tasks[::2]:
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [
        True,
        False,
    ] * 5
    assert all(log.read_stream(f"s{n}") for n in range(10))


async def test_closing_writes_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    log = SQLiteLog(tmp_path / "closing.db")
    tasks = [asyncio.ensure_future(log.append(appending(to(f"s{n}", 0, b"x")))) for n in range(300)]
    await asyncio.sleep(0)
    log.close()

    outcomes = await asyncio.gather(*tasks)
    assert {position for outcome in outcomes for position in (outcome.last,)} == set(range(1, 301))
    with pytest.raises(LogUnavailable):
        await log.append(appending(to("late", 0, b"x")))
    with pytest.raises(LogUnavailable):
        log.head()
    log.put_snapshot("s1", 1, 1, b"a lost snapshot does no harm")
    log.close()


def test_the_answers_for_a_loop_that_has_ended_are_dropped(log: SQLiteLog) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(log.append(appending(to("a", 0, b"x"))))
        await asyncio.sleep(0.02)
        task.cancel()

    with held_by_another_process(log.path):
        asyncio.run(leave())
    assert log.append_sync(appending(to("b", 0, b"x"))) == Appended(2, 2)


def test_tasks_of_several_loops_may_wait_for_one_writer(log: SQLiteLog) -> None:
    async def write(thread: int) -> list[Appended]:
        return [await log.append(appending(to(f"{thread}/{turn}", 0, b"x"))) for turn in range(20)]

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda thread: asyncio.run(write(thread)), range(4))
        assert {each.last for answer in answers for each in answer} == set(range(1, 81))


def test_a_hook_can_not_wait_for_its_own_thread(log: SQLiteLog) -> None:
    caught: list[BaseException] = []
    heard = threading.Event()

    def hook(news: Committed) -> None:
        try:
            log.append_sync(appending(to("hook", 0, b"x")))
        except RuntimeError as error:
            caught.append(error)
        heard.set()

    log.on_commit(hook)
    log.append_sync(appending(to("a", 0, b"x")))

    assert heard.wait(5)
    assert len(caught) == 1


def test_a_statement_that_fails_in_a_group_of_one_is_told_as_it_is(log: SQLiteLog) -> None:
    with pytest.raises(ConstraintViolated):
        log.write_sync((ROLLING_ALL_BACK, ()))
    assert log.append_sync(appending(to("a", 0, b"x"))) == Appended(1, 1)
