"""An idempotent answer lands with its events and stands until it expires by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    IdempotencyKeyTaken,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.sqlite_logs import DAY, NOON, answered, appending, to

pytestmark = pytest.mark.anyio


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


def test_the_answer_is_found_with_the_position_of_its_events(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1", b"2"), idempotency=answered("k", body=b'{"id":1}')))

    found = log.answer("user_1", "k", NOON)
    assert found == answered("k", body=b'{"id":1}', position=2)


def test_an_answer_without_a_location_or_events_is_kept_too(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1")))
    log.append_sync(appending(to("a", 1), idempotency=answered("k", location=None)))

    assert log.answer("user_1", "k", NOON) == answered("k", location=None, position=1)


def test_a_key_is_taken_once_and_its_record_told(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1"), idempotency=answered("k", body=b"first")))

    with pytest.raises(IdempotencyKeyTaken) as refusal:
        log.append_sync(appending(to("b", 0, b"2"), idempotency=answered("k", body=b"second")))

    assert refusal.value.record == answered("k", body=b"first", position=1)
    assert log.head() == 1


def test_keys_belong_to_their_principals(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1"), idempotency=answered("k")))
    log.append_sync(appending(to("b", 0, b"1"), idempotency=answered("k", principal="user_2")))

    assert log.answer("user_3", "k", NOON) is None
    assert log.head() == 2


def test_a_refused_append_does_not_take_its_key(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1")))
    with pytest.raises(StreamConflict):
        log.append_sync(appending(to("a", 0, b"2"), idempotency=answered("k")))

    assert log.answer("user_1", "k", NOON) is None
    assert log.append_sync(appending(to("a", 1, b"2"), idempotency=answered("k"))).last == 2


def test_an_answer_expires_by_the_clock_to_the_microsecond(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1"), idempotency=answered("k")))

    assert log.answer("user_1", "k", NOON + DAY - 1) is not None
    assert log.answer("user_1", "k", NOON + DAY) is None
    with pytest.raises(IdempotencyKeyTaken):
        log.append_sync(appending(time_us=NOON + DAY - 1, idempotency=answered("k")))


def test_a_key_whose_answer_expired_may_be_used_again(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1"), idempotency=answered("k", body=b"first")))
    later = answered("k", body=b"second", expires_at_us=NOON + 2 * DAY)

    log.append_sync(appending(to("a", 1, b"2"), time_us=NOON + DAY, idempotency=later))

    found = log.answer("user_1", "k", NOON + DAY)
    assert found is not None
    assert (found.body, found.position) == (b"second", 2)


async def test_the_same_key_many_times_at_once_has_one_effect(log: SQLiteLog) -> None:
    outcomes = await asyncio.gather(
        *(
            log.append(appending(to(f"s{n}", 0, b"x"), idempotency=answered("k", body=b"%d" % n)))
            for n in range(100)
        ),
        return_exceptions=True,
    )

    (winner,) = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    expected = answered("k", body=b"%d" % winner, position=1)
    assert log.answer("user_1", "k", NOON) == expected
    losers = [each.record for each in outcomes if isinstance(each, IdempotencyKeyTaken)]
    assert losers == [expected] * 99


async def test_the_cleaner_forgets_what_has_expired_and_nothing_else(log: SQLiteLog) -> None:
    for number in range(25):
        record = answered(f"old{number}", expires_at_us=NOON + number)
        await log.append(appending(idempotency=record, time_us=NOON - 1))
    await log.append(appending(idempotency=answered("new")))
    token = "INSERT INTO refresh_tokens VALUES (?, 'family', 'user_1', ?, 0, NULL, NULL)"
    await log.write((token, ("old", NOON - DAY)), (token, ("new", NOON - DAY + 1)))

    forgotten = await log.forget_expired(NOON + 24, tokens_issued_until_us=NOON - DAY, at_once=10)

    assert forgotten == 26
    assert log.query("SELECT key FROM idempotency") == [("new",)]
    assert log.query("SELECT token_hash FROM refresh_tokens") == [("new",)]
    assert await log.forget_expired(NOON, tokens_issued_until_us=0) == 0
