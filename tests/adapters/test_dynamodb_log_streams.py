"""A stream on DynamoDB is its tip, until the tip is full: then batches, and a snapshot."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.items import key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import GapInLog, Snapshot
from tests.support.dynamodb_logs import (
    CountingClient,
    appending,
    new_log,
    stored_items,
    to,
)

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def log(dynamodb: DynamoDBClient) -> DynamoDBLog:
    return await new_log(dynamodb)


def states(count: int, size: int = 100) -> list[bytes]:
    chance = random.Random(size)
    return [chance.randbytes(size) for _ in range(count)]


async def one_by_one(log: DynamoDBLog, stream: str, contents: list[bytes]) -> list[int]:
    """Append each in its turn; return the versions at which a tail was moved out."""
    moved = []
    for version, state in enumerate(contents):
        landed = await log.append(appending(to(stream, version, state)))
        if landed.moved_out:
            assert landed.moved_out == (stream,)
            moved.append(version + 1)
    return moved


async def test_a_full_tail_is_moved_out_and_the_stream_stays_whole(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    contents = states(30)
    moved = await one_by_one(log, "a", contents)

    items = await stored_items(dynamodb, log.table)
    batches = sorted(sk for pk, sk in items if pk == "S#a" and sk >= 0)
    assert len(moved) >= 3
    assert batches == [1, *moved[:-1]]
    for one in (log, DynamoDBLog(dynamodb, log.table)):
        for after in (-1, 0, 1, 7, 29, 30, 31):
            found = await one.read_stream("a", after)
            assert [event.state for event in found] == contents[max(after, 0) :]
        loaded = await one.load("a")
        assert (loaded.snapshot, loaded.version) == (None, 30)
        assert [event.version for event in loaded.events] == [*range(1, 31)]
    assert await log.read_stream("a") == await log.read_log(0, 99)


async def test_an_unaware_process_adds_to_a_tail_as_it_stands(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    contents = states(20)
    for version, state in enumerate(contents):
        await DynamoDBLog(dynamodb, log.table).append(appending(to("a", version, state)))

    assert [event.state for event in await log.read_stream("a")] == contents


async def test_a_tip_is_one_write_unit_and_one_read_unit(dynamodb: DynamoDBClient) -> None:
    log = await new_log(dynamodb)
    await one_by_one(log, "a", states(40, 60))
    items = await stored_items(dynamodb, log.table)
    tip = await dynamodb.get_item(
        TableName=log.table, Key=key("S#a", -1), ReturnConsumedCapacity="TOTAL", ConsistentRead=True
    )

    assert tip["ConsumedCapacity"]["CapacityUnits"] == 1
    assert 300 < len(items["S#a", -1]["e"]["B"]) <= 1024


async def test_what_is_too_large_for_a_tip_moves_out_at_once(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    large = states(10, 1000)
    assert (await log.append(appending(to("a", 0, *large)))).moved_out == ("a",)
    assert (await log.append(appending(to("b", 0, *large[:2])))).moved_out == ()
    assert (await log.append(appending(to("a", 10, b"x"), to("b", 2, b"x")))).moved_out == ("b",)

    items = await stored_items(dynamodb, log.table)
    assert {sk for pk, sk in items if pk == "S#a"} == {-1, 1}
    assert {sk for pk, sk in items if pk == "S#b"} == {-1, 1}
    assert [event.state for event in await log.read_stream("a")] == [*large, b"x"]
    assert [event.state for event in await log.read_stream("b", 1)] == [large[1], b"x"]
    assert [event.version for event in await log.read_stream("a", 10)] == [11]


async def test_a_snapshot_is_kept_until_a_newer_one_or_another_shape_comes(
    log: DynamoDBLog,
) -> None:
    assert await log.snapshot("a") is None
    for version, schema, state, kept in (
        (10, 1, b"ten", Snapshot("a", 10, 1, b"ten")),
        (9, 1, b"nine", Snapshot("a", 10, 1, b"ten")),
        (20, 1, b"twenty", Snapshot("a", 20, 1, b"twenty")),
        (15, 2, b"new", Snapshot("a", 15, 2, b"new")),
    ):
        await log.put_snapshot(Snapshot("a", version, schema, state))
        assert await log.snapshot("a") == kept


async def test_loading_reads_the_snapshot_and_what_is_behind_it(dynamodb: DynamoDBClient) -> None:
    counting = CountingClient(dynamodb)
    writer = await new_log(dynamodb)
    log = DynamoDBLog(counting, writer.table)  # type: ignore[arg-type] # acts as one
    moved = await one_by_one(writer, "a", states(30))
    snapshot = Snapshot("a", moved[-1], 1, b"state")
    await writer.put_snapshot(snapshot)
    counting.forget()

    loaded = await log.load("a", schema=1)
    assert (loaded.snapshot, loaded.version) == (snapshot, 30)
    assert [event.version for event in loaded.events] == [*range(moved[-1] + 1, 31)]
    assert (counting.calls, counting.units) == ({"query": 1}, {"query": 1})

    other_shape = await log.load("a", schema=2)
    assert (other_shape.snapshot, len(other_shape.events)) == (None, 30)


async def test_a_snapshot_may_be_of_any_version(log: DynamoDBLog) -> None:
    await one_by_one(log, "a", states(30))
    for version in range(1, 31):
        snapshot = Snapshot("a", version, version, b"state")
        await log.put_snapshot(snapshot)

        loaded = await log.load("a", schema=version)

        assert (loaded.snapshot, loaded.version) == (snapshot, 30)
        assert [event.version for event in loaded.events] == [*range(version + 1, 31)]


async def test_a_young_stream_is_loaded_for_one_read_unit(dynamodb: DynamoDBClient) -> None:
    counting = CountingClient(dynamodb)
    writer = await new_log(dynamodb)
    await writer.append(appending(to("booking_1", 0, *states(1, 400))))
    log = DynamoDBLog(counting, writer.table)  # type: ignore[arg-type] # acts as one

    assert (await log.load("booking_1")).version == 1
    assert await log.load("booking_2") == (None, [], 0, 0, 0)
    assert (counting.calls["query"], counting.units["query"]) == (2, 2)


async def test_a_stream_that_lacks_a_batch_is_not_read(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    moved = await one_by_one(log, "a", states(30))
    await dynamodb.delete_item(TableName=log.table, Key=key("S#a", moved[0]))

    with pytest.raises(GapInLog):
        await log.read_stream("a")
    with pytest.raises(GapInLog):
        await log.load("a")
    assert len(await log.read_stream("a", moved[1] - 1)) == 31 - moved[1]
