"""Reading the log on DynamoDB by position: in order, across epochs, never past a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import Committed, GapInLog, NewEvent, StreamAppend
from tests.support.dynamodb_logs import (
    CountingClient,
    appending,
    forget_commit,
    moved_to,
    new_log,
    to,
)
from tests.support.faulty_dynamodb import FaultyClient, stale

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

EPOCH = 1 << 16


@pytest.fixture
async def log(dynamodb: DynamoDBClient) -> DynamoDBLog:
    return await new_log(dynamodb)


async def positions(log: DynamoDBLog, *arguments: int, **named: object) -> list[int]:
    return [event.position for event in await log.read_log(*arguments, **named)]  # type: ignore[arg-type] # tests name them


async def test_the_log_is_read_in_pages(log: DynamoDBLog, dynamodb: DynamoDBClient) -> None:
    for number in range(4):
        await log.append(appending(to(f"s{number}", 0, b"1", b"2", b"3")))

    for one in (log, DynamoDBLog(dynamodb, log.table)):
        assert await positions(one, 0, 5) == [1, 2, 3, 4, 5]
        assert await positions(one, 5, 100) == [6, 7, 8, 9, 10, 11, 12]
        assert await positions(one, 5, 100, upto=7) == [6, 7]
        assert await positions(one, 12, 100) == await positions(one, 99, 9) == []
        assert await positions(one, 0, 0) == []
        assert [event.number for event in await one.read_log(4, 3)] == [1, 2, 0]


async def test_the_log_is_read_by_topic(log: DynamoDBLog) -> None:
    kinds = ("a.made", "b.made", "a.lost", "a.made")
    await log.append(
        appending(StreamAppend("s", 0, tuple(NewEvent(topic, b"x") for topic in kinds)))
    )

    assert await positions(log, 0, 9, topics=["a.made"]) == [1, 4]
    assert await positions(log, 1, 9, topics={"a.made", "b.made"}) == [2, 4]
    assert await positions(log, 0, 9, topics=["a.made"], upto=3) == [1]
    assert await positions(log, 0, 1, topics=["a.made"]) == [1]
    assert await positions(log, 0, 9, topics=[]) == []


async def test_who_follows_the_log_stops_before_a_missing_commit(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    for number in range(4):
        await log.append(appending(to(f"s{number}", 0, b"1", b"2")))
    await forget_commit(dynamodb, log, 5)

    for one in (log, DynamoDBLog(dynamodb, log.table)):
        assert await positions(one, 0, 99) == [1, 2, 3, 4]
        assert await positions(one, 3, 99) == [4]
        assert await positions(one, 4, 99) == await positions(one, 5, 99) == []
        assert await positions(one, 6, 99) == [7, 8]
        assert await one.head() == 8
        for topic in ("thing.happened", "what nobody records"):
            with pytest.raises(GapInLog, match="position 5 is missing"):
                await positions(one, 0, 99, topics=[topic])


async def test_an_old_part_of_the_log_is_read_at_half_the_price_and_never_skips(
    dynamodb: DynamoDBClient,
) -> None:
    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty)
    for number in range(40):
        await log.append(appending(to(f"s{number}", 0, b"1")))

    faulty.always("query", stale)
    faulty.calls.clear()
    for at_once in (1, 7):
        found: list[int] = []
        while page := await positions(log, len(found), at_once):
            found += page
        assert found == [*range(1, 41)]
    strong = [called["ConsistentRead"] for name, called in faulty.calls if name == "query"]
    assert False in strong
    assert strong[-1] is True


async def test_what_nobody_can_see_yet_is_not_missed(dynamodb: DynamoDBClient) -> None:
    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty)
    other = DynamoDBLog(dynamodb, log.table)
    await other.append(appending(to("a", 0, b"1")))
    faulty.always("query", stale)

    assert await positions(log, 0, 9) == [1]
    await other.append(appending(to("a", 1, b"2")))
    assert await positions(log, 1, 9) == [2]
    assert await log.head() == 2


async def test_who_follows_pays_one_read_unit_for_a_look(dynamodb: DynamoDBClient) -> None:
    counting = CountingClient(dynamodb)
    log = DynamoDBLog(counting, (await new_log(dynamodb)).table)  # type: ignore[arg-type] # acts as one
    await DynamoDBLog(dynamodb, log.table).append(appending(to("a", 0, b"1", b"2")))
    assert await positions(log, 0, 9) == [1, 2]
    counting.forget()

    assert await positions(log, 2, 9) == []
    assert counting.calls == {"query": 1}
    assert counting.units["query"] <= 1


@pytest.mark.parametrize("first", [EPOCH - 1, EPOCH, EPOCH + 1])
async def test_the_lane_goes_on_in_the_next_epoch(
    log: DynamoDBLog, dynamodb: DynamoDBClient, first: int
) -> None:
    await log.append(appending(to("old", 0, b"1", b"2", b"3")))
    await moved_to(dynamodb, log, first - 3)
    young = DynamoDBLog(dynamodb, log.table)

    for number in range(3):
        landed = await young.append(appending(to(f"s{number}", 0, b"1", b"2")))
        assert landed.first == first + 2 * number

    for one in (log, young, DynamoDBLog(dynamodb, log.table)):
        assert await one.head() == first + 5
        for after in range(first - 4, first + 6):
            assert await positions(one, after, 99) == [*range(after + 1, first + 6)]


@pytest.mark.parametrize("epochs", [1, 2, 3, 6, 13])
async def test_the_end_of_a_long_lane_is_found_by_few_reads(
    dynamodb: DynamoDBClient, epochs: int
) -> None:
    counting = CountingClient(dynamodb)
    log = DynamoDBLog(counting, (await new_log(dynamodb)).table)  # type: ignore[arg-type] # acts as one
    writer = DynamoDBLog(dynamodb, log.table)
    await writer.append(appending(to("a", 0, b"1", b"2")))
    for epoch in range(epochs):
        await moved_to(dynamodb, log, (epoch + 1) * EPOCH - 1)
    end = epochs * EPOCH + 7
    await moved_to(dynamodb, log, end)

    assert await log.head() == end + 1
    assert counting.calls["query"] <= 10
    counting.forget()
    assert await log.head() == end + 1
    assert counting.calls == {"query": 1}


async def test_hooks_hear_of_our_own_commits_with_the_events(log: DynamoDBLog) -> None:
    news: list[Committed] = []
    stop_hearing = log.on_commit(news.append)
    await log.append(appending(to("a", 0, b"1", b"2")))
    await log.append(appending(to("a", 2)))
    await log.append(appending(to("b", 0, b"3")))
    stop_hearing()
    await log.append(appending(to("c", 0, b"4")))
    stored = await log.read_log(0, 9)

    assert news == [Committed(2, stored[:2]), Committed(3, stored[2:3])]


async def test_who_has_read_up_to_a_hole_does_not_fill_it(dynamodb: DynamoDBClient) -> None:
    log = await new_log(dynamodb)
    for version in range(3):
        await log.append(appending(to("a", version, b"x")))
    await forget_commit(dynamodb, log, 2)
    other = DynamoDBLog(dynamodb, log.table)
    assert len(await other.read_log(0, 9)) == 1

    assert (await other.append(appending(to("a", 3, b"x")))).first == 4
