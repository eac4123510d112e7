"""Appends that wait at the same time share a transaction, and never get in each other's way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    IdempotencyKeyTaken,
    LogUnavailable,
    NewEvent,
    StreamAppend,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.sqlite_logs import answered, appending, held_by_another_process, to, together

pytestmark = pytest.mark.anyio

ROLLING_ALL_BACK = "INSERT OR ROLLBACK INTO meta VALUES ('schema_version', 1)"


@pytest.fixture(params=["thread", "process"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SQLiteLog]:
    """A log that is written by a thread, or by a process of its own."""
    with SQLiteLog(tmp_path / "events.db") as opened:
        if request.param == "thread":
            yield opened
        else:
            async with opened.written_by_a_process():
                yield opened


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

    assert not isinstance(outcomes[5], Appended | LogUnavailable)
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == [
        "Appended",
        "StreamConflict",
        "IdempotencyKeyTaken",
        "ConstraintViolated",
        "ConstraintViolated",
        outcomes[5].__class__.__name__,
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
