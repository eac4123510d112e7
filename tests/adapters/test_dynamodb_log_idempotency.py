"""An idempotent answer lands with its events and stands until it expires: on DynamoDB."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import (
    Appended,
    IdempotencyKeyTaken,
    StreamConflict,
)
from tests.support.dynamodb_logs import DAY, NOON, answered, appending, new_log, stored_items, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def log(dynamodb: DynamoDBClient) -> DynamoDBLog:
    return await new_log(dynamodb)


async def test_the_answer_is_found_with_the_position_of_its_events(log: DynamoDBLog) -> None:
    record = answered("k", body=b'{"id":1}')
    await log.append(appending(to("a", 0, b"1", b"2"), idempotency=record))

    assert await log.answer("user_1", "k", NOON) == answered("k", body=b'{"id":1}', position=2)


async def test_an_answer_without_a_location_or_events_is_kept_too(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    await log.append(appending(to("a", 0, b"1")))
    elsewhere = DynamoDBLog(dynamodb, log.table)
    await elsewhere.append(appending(to("b", 0, b"1")))
    await log.append(appending(to("a", 1), idempotency=answered("k", location=None)))

    assert await log.answer("user_1", "k", NOON) == answered("k", location=None, position=2)


async def test_a_key_is_taken_once_and_its_record_told(log: DynamoDBLog) -> None:
    await log.append(appending(to("a", 0, b"1"), idempotency=answered("k", body=b"first")))

    with pytest.raises(IdempotencyKeyTaken) as refusal:
        await log.append(appending(to("b", 0, b"2"), idempotency=answered("k", body=b"second")))

    assert refusal.value.record == answered("k", body=b"first", position=1)
    assert await log.head() == 1


async def test_who_repeats_a_request_is_told_so_though_the_streams_have_moved(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    await log.append(appending(to("a", 0, b"1"), idempotency=answered("k")))

    for one in (log, DynamoDBLog(dynamodb, log.table)):
        with pytest.raises(IdempotencyKeyTaken):
            await one.append(appending(to("a", 0, b"1"), idempotency=answered("k")))
    ahead = appending(to("a", 5, b"1"), idempotency=answered("k"))
    with pytest.raises(IdempotencyKeyTaken):
        await DynamoDBLog(dynamodb, log.table).append(ahead)


async def test_keys_belong_to_their_principals(log: DynamoDBLog) -> None:
    await log.append(appending(to("a", 0, b"1"), idempotency=answered("k")))
    await log.append(appending(to("b", 0, b"1"), idempotency=answered("k", principal="user_2")))
    await log.append(appending(to("c", 0, b"1"), idempotency=answered("b#c", principal="a")))
    await log.append(appending(to("d", 0, b"1"), idempotency=answered("c", principal="a#b")))

    assert await log.answer("user_3", "k", NOON) is None
    assert await log.head() == 4


async def test_a_refused_append_does_not_take_its_key(log: DynamoDBLog) -> None:
    await log.append(appending(to("a", 0, b"1")))
    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", 0, b"2"), idempotency=answered("k")))

    assert await log.answer("user_1", "k", NOON) is None
    assert (await log.append(appending(to("a", 1, b"2"), idempotency=answered("k")))).last == 2


async def test_an_answer_expires_by_the_clock_to_the_microsecond(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    await log.append(appending(to("a", 0, b"1"), idempotency=answered("k")))

    assert await log.answer("user_1", "k", NOON + DAY - 1) is not None
    assert await log.answer("user_1", "k", NOON + DAY) is None
    with pytest.raises(IdempotencyKeyTaken):
        await log.append(appending(time_us=NOON + DAY - 1, idempotency=answered("k")))
    item = (await stored_items(dynamodb, log.table))["I#user_1#k", 0]
    assert int(item["ttl"]["N"]) * 1_000_000 == NOON + DAY


async def test_a_key_whose_answer_expired_may_be_used_again(log: DynamoDBLog) -> None:
    await log.append(appending(to("a", 0, b"1"), idempotency=answered("k", body=b"first")))
    later = answered("k", body=b"second", expires_at_us=NOON + 2 * DAY)

    await log.append(appending(to("a", 1, b"2"), time_us=NOON + DAY, idempotency=later))

    found = await log.answer("user_1", "k", NOON + DAY)
    assert found is not None
    assert (found.body, found.position) == (b"second", 2)


async def test_the_same_key_many_times_at_once_has_one_effect(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    processes = [log, *(DynamoDBLog(dynamodb, log.table) for _ in range(3))]
    outcomes = await asyncio.gather(
        *(
            processes[n % 4].append(
                appending(to(f"s{n}", 0, b"x"), idempotency=answered("k", body=b"%d" % n))
            )
            for n in range(60)
        ),
        return_exceptions=True,
    )

    (winner,) = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    expected = answered("k", body=b"%d" % winner, position=1)
    assert await log.answer("user_1", "k", NOON) == expected
    losers = [each.record for each in outcomes if isinstance(each, IdempotencyKeyTaken)]
    assert losers == [expected] * 59
