"""An append lands whole or not at all, on the versions it was decided on: on DynamoDB."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.aws.clients import boto3_dynamodb
from mentorbooking.adapters.persistence.dynamodb_log.items import blob, key, number
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table, create_table_sync
from mentorbooking.adapters.persistence.dynamodb_log.terms import AlongsideRefused, Landed
from mentorbooking.adapters.persistence.requests import (
    ConstraintViolated,
    LogUnavailable,
    NewEvent,
    StoredEvent,
    StreamAppend,
    StreamConflict,
)
from tests.support.aws_servers import aws_settings, unique
from tests.support.dynamodb_logs import NOON, appending, new_log, stored_items, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def log(dynamodb: DynamoDBClient) -> DynamoDBLog:
    return await new_log(dynamodb)


async def test_events_of_several_streams_land_in_one_commit_in_order(log: DynamoDBLog) -> None:
    landed = await log.append(appending(to("a", 0, b"1", b"2"), to("b", 0, b"3")))

    assert landed == Landed(1, 3)
    events = await log.read_log(0, 9)
    assert [(e.position, e.stream, e.version, e.state, e.number) for e in events] == [
        (1, "a", 1, b"1", 0),
        (2, "a", 2, b"2", 1),
        (3, "b", 1, b"3", 2),
    ]


async def test_an_event_is_read_with_what_surrounded_it(log: DynamoDBLog) -> None:
    event = NewEvent("booking.created", bytes(range(256)))
    await log.append(
        appending(
            StreamAppend("booking_ü", 0, (event,)),
            commit_id="commit_7",
            time_us=NOON + 1,
            metadata=b'{"actor":"user:1"}',
        )
    )

    stored = StoredEvent(
        position=1,
        stream="booking_ü",
        version=1,
        topic="booking.created",
        state=bytes(range(256)),
        commit_id="commit_7",
        time_us=NOON + 1,
        metadata=b'{"actor":"user:1"}',
        number=0,
    )
    assert await log.read_stream("booking_ü") == await log.read_log(0, 9) == [stored]


async def test_one_stream_that_has_moved_keeps_all_of_the_append_out(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    await log.append(appending(to("b", 0, b"1")))
    unaware = DynamoDBLog(dynamodb, log.table)

    for one in (log, unaware):
        with pytest.raises(StreamConflict) as refusal:
            await one.append(appending(to("a", 0, b"2"), to("b", 0, b"3"), to("c", 0, b"4")))
        conflict = refusal.value
        assert (conflict.stream, conflict.expected, conflict.actual) == ("b", 0, 1)

    assert await log.head() == 1
    assert await log.read_stream("a") == await log.read_stream("c") == []


@pytest.mark.parametrize("expected", [-1, 0, 1, 3])
async def test_a_version_is_neither_behind_nor_ahead(
    log: DynamoDBLog, dynamodb: DynamoDBClient, expected: int
) -> None:
    await log.append(appending(to("a", 0, b"1", b"2")))

    for one in (log, DynamoDBLog(dynamodb, log.table)):
        with pytest.raises(StreamConflict) as refusal:
            await one.append(appending(to("a", expected, b"3")))
        assert (refusal.value.expected, refusal.value.actual) == (expected, 2)
    assert await log.append(appending(to("a", 2, b"3"))) == Landed(3, 3)


async def test_a_stream_that_was_only_read_is_checked_and_stays(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    await log.append(appending(to("read", 0, b"1")))

    await log.append(appending(to("read", 1), to("new", 0), to("a", 0, b"2")))
    for one in (log, DynamoDBLog(dynamodb, log.table)):
        with pytest.raises(StreamConflict):
            await one.append(appending(to("read", 0), to("a", 1, b"3")))
        with pytest.raises(StreamConflict):
            await one.append(appending(to("read", 2), to("a", 1, b"3")))
        with pytest.raises(StreamConflict):
            await one.append(appending(to("a", 0), to("b", 0, b"3")))

    assert [event.stream for event in await log.read_log(0, 9)] == ["read", "a"]


async def test_an_append_without_events_answers_the_newest_position(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    assert await log.append(appending()) == Landed(0, 0)
    await DynamoDBLog(dynamodb, log.table).append(appending(to("a", 0, b"1", b"2")))
    assert await log.append(appending()) == Landed(2, 2)
    assert await log.append(appending(to("a", 2))) == Landed(2, 2)
    assert await log.append(appending(to("b", 0, b"3"))) == Landed(3, 3)


async def test_an_append_of_nothing_waits_for_those_before_it(log: DynamoDBLog) -> None:
    first = asyncio.create_task(log.append(appending(to("a", 0, b"1"))))
    behind = asyncio.create_task(log.append(appending()))

    assert await behind == Landed(1, 1)
    assert first.done()


async def test_a_stream_may_come_twice_in_one_append(log: DynamoDBLog) -> None:
    await log.append(appending(to("a", 0, b"1"), to("b", 0, b"2"), to("a", 1, b"3")))

    assert [(e.version, e.state) for e in await log.read_stream("a")] == [(1, b"1"), (2, b"3")]
    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", 2, b"4"), to("a", 2, b"5")))


async def test_a_stream_may_begin_at_version_0(log: DynamoDBLog, dynamodb: DynamoDBClient) -> None:
    await log.append(appending(to("a", -1, b"0")))
    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", -1, b"0")))
    unaware = DynamoDBLog(dynamodb, log.table)
    await unaware.append(appending(to("a", 0), to("b", 0, b"1")))
    await unaware.append(appending(to("a", 0, b"1", b"2")))

    assert [event.version for event in await log.read_stream("a", -1)] == [0, 1, 2]
    assert [event.version for event in await log.read_stream("a")] == [1, 2]
    assert [event.version for event in (await log.load("a")).events] == [0, 1, 2]
    with pytest.raises(ValueError, match="below -1"):
        await log.append(appending(to("a", -2, b"3")))


async def test_other_items_land_with_the_events(log: DynamoDBLog, dynamodb: DynamoDBClient) -> None:
    await log.write({"Put": {"Item": {**key("C#1", 0), "n": number(1)}}})
    await log.append(
        appending(to("user_1", 0, b"1")),
        (
            {"Put": {"Item": {**key("C#2", 0), "x": blob(b"secret")}}},
            {
                "Update": {
                    "Key": key("C#1", 0),
                    "UpdateExpression": "SET n = n + :one",
                    "ExpressionAttributeValues": {":one": number(1)},
                }
            },
            {"Delete": {"Key": key("C#3", 0)}},
        ),
    )

    assert await log.get("C#1", 0) == {**key("C#1", 0), "n": number(2)}
    assert await log.query("C#2") == [{**key("C#2", 0), "x": blob(b"secret")}]
    assert await log.get("C#3", 0) is None
    assert await log.head() == 1


async def test_a_condition_that_fails_keeps_events_and_other_items_out(log: DynamoDBLog) -> None:
    only_new = {"ConditionExpression": "attribute_not_exists(pk)"}
    await log.write({"Put": {"Item": {**key("C#key", 0), "n": number(1)}}})

    taken = {"Put": {"Item": key("C#key", 0), **only_new}}
    with pytest.raises(ConstraintViolated) as refusal:
        await log.append(
            appending(to("user_2", 0, b"1")), ({"Put": {"Item": key("C#2", 0)}}, taken)
        )
    assert isinstance(refusal.value, AlongsideRefused)
    assert refusal.value.index == 1
    assert refusal.value.item == {**key("C#key", 0), "n": number(1)}
    with pytest.raises(ConstraintViolated):
        await log.write({"Put": {"Item": key("C#3", 0)}}, taken)
    await log.write()

    assert await log.head() == 0
    assert await log.get("C#2", 0) is await log.get("C#3", 0) is None


async def test_items_under_a_key_are_read_in_order_and_in_part(log: DynamoDBLog) -> None:
    for sk in (3, 1, -2, 2):
        await log.write({"Put": {"Item": key("C#1", sk)}})

    async def found(**asked: int) -> list[int]:
        return [int(item["sk"]["N"]) for item in await log.query("C#1", **asked)]

    assert await found() == [-2, 1, 2, 3]
    assert await found(first=1, last=2) == [1, 2]
    assert await found(limit=2, descending=True) == [3, 2]
    assert await log.query("C#2") == []


async def test_a_large_append_lands_whole(log: DynamoDBLog) -> None:
    states = [str(number).encode() for number in range(5000)]
    streams = [to(f"s{number}", 0, b"x") for number in range(95)]

    await log.append(appending(*streams, to("long", 0, *states)))

    assert await log.head() == 5095
    assert [event.state for event in await log.read_stream("long")] == states
    assert [event.position for event in await log.read_log(0, 9000)] == [*range(1, 5096)]


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ([to(f"s{number}", 0, b"x") for number in range(100)], "101 items"),
        ([to(f"s{number}", 0) for number in range(101)], "100 items"),
        ([to("s", 0, *[b"x"] * 10_001)], "10001 events"),
    ],
)
async def test_more_than_a_transaction_holds_is_refused_at_once(
    log: DynamoDBLog, streams: list[StreamAppend], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        await log.append(appending(*streams))
    assert await log.append(appending(to("s", 0, b"x"))) == Landed(1, 1)


async def test_a_commit_is_no_larger_than_an_item_may_be(
    log: DynamoDBLog, random_bytes: bytes
) -> None:
    with pytest.raises(ValueError, match="the most is 409600"):
        await log.append(appending(to("s", 0, random_bytes[:410_000])))

    await log.append(appending(to("s", 0, *[random_bytes[n : n + 4000] for n in range(100)])))
    await log.append(appending(to("t", 0, random_bytes[:390_000])))

    assert len(await log.read_stream("s")) == 100
    assert (await log.read_stream("t"))[0].state == random_bytes[:390_000]


@pytest.fixture(scope="module")
def random_bytes() -> bytes:
    """Half a million bytes that can't be packed tighter."""
    import random

    return random.Random(1).randbytes(500_000)


async def test_an_append_goes_on_when_its_caller_is_gone(log: DynamoDBLog) -> None:
    caller = asyncio.create_task(log.append(appending(to("a", 0, b"1"))))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await log.close()

    assert await log.head() == 1


async def test_both_fronts_write_the_same_log(dynamodb_endpoint: str, log: DynamoDBLog) -> None:
    client = boto3_dynamodb(aws_settings(dynamodb=dynamodb_endpoint))
    other = DynamoDBLogSync(client, log.table)
    try:
        assert await log.append(appending(to("a", 0, b"1"))) == Landed(1, 1)
        assert other.append(appending(to("a", 1, b"2"))) == Landed(2, 2)
        with pytest.raises(StreamConflict):
            await log.append(appending(to("a", 1, b"3")))
        assert await log.append(appending(to("a", 2, b"3"))) == Landed(3, 3)
        assert other.read_log(0, 9) == await log.read_log(0, 9)
        assert other.read_stream("a") == await log.read_stream("a")
        assert other.load("a") == await log.load("a")
        assert other.checkpoint() == await log.checkpoint()
        assert other.meta("store_id") == await log.meta("store_id")
    finally:
        other.close()
        client.close()


async def test_a_table_is_made_again_and_again_without_harm(
    dynamodb: DynamoDBClient, dynamodb_endpoint: str, log: DynamoDBLog
) -> None:
    await log.append(appending(to("a", 0, b"1")))
    before = await stored_items(dynamodb, log.table)
    await asyncio.gather(*(create_table(dynamodb, log.table) for _ in range(3)))
    client = boto3_dynamodb(aws_settings(dynamodb=dynamodb_endpoint))
    try:
        create_table_sync(client, log.table)
    finally:
        client.close()

    assert await stored_items(dynamodb, log.table) == before
    assert len(await log.meta("address_key")) == 32
    ttl = await dynamodb.describe_time_to_live(TableName=log.table)
    assert ttl["TimeToLiveDescription"]["AttributeName"] == "ttl"


async def test_lanes_are_added_and_never_removed(dynamodb: DynamoDBClient) -> None:
    table = unique("log")
    await create_table(dynamodb, table, lanes=1)
    await create_table(dynamodb, table, lanes=4)
    with pytest.raises(ValueError, match="more lanes than 3"):
        await create_table(dynamodb, table, lanes=3)


async def test_a_table_that_is_not_there_makes_the_log_unavailable(
    dynamodb: DynamoDBClient,
) -> None:
    log = DynamoDBLog(dynamodb, unique("log"))

    for asking in (
        log.append(appending(to("a", 0, b"1"))),
        log.write({"Put": {"Item": key("C#1", 0)}}),
        log.head(),
        log.load("a"),
        log.meta("store_id"),
    ):
        with pytest.raises(LogUnavailable):
            await asking
