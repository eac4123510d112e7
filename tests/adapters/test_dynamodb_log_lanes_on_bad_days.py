"""Lanes where something is lost, fails, or is done by two at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.requests import LogUnavailable
from tests.support.faulty_dynamodb import FaultyClient, Real, answers, lost_answer, lost_request

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.lanes import happened, log_of, lose, told

pytestmark = pytest.mark.anyio


async def test_a_hole_in_a_lane_stops_all_who_read_on_until_it_is_mended(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb, 3)
    await happened(log, "a")
    assert await log.head() == 1
    lane, at = await happened(log, "a")
    await happened(log, "a")
    lost = await lose(dynamodb, log, lane, at)

    hole = f"lane {lane} has a hole: position {at} is missing"
    for asked in (log.head(), log.read_log(1, 9), log.read_log(1, 9, topics=["happened"])):
        with pytest.raises(LogUnavailable, match=hole):
            await asked
    assert told(await log.read_log(0, 1)) == [(1, "a", 1)]
    await happened(log, "b")

    await dynamodb.put_item(TableName=log.table, Item=lost)
    assert len(await log.read_log(0, 9)) == await log.head() == 4


async def test_who_writes_does_not_fill_a_hole(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 3)
    lane, at = await happened(log, "a")
    for _ in range(2):
        await happened(log, "a")
    lost = await lose(dynamodb, log, lane, at + 1)
    other = await DynamoDBLog.open(dynamodb, log.table)
    with pytest.raises(LogUnavailable, match="has a hole"):
        await other.head()

    assert await happened(other, "a") == (lane, at + 3)

    await dynamodb.put_item(TableName=log.table, Item=lost)
    assert told(await other.read_log(0, 9)) == [(n, "a", n) for n in range(1, 5)]


async def test_what_is_followed_in_another_lane_and_lost_is_a_hole_too(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb, 16)
    lane, at = await happened(log, "a")
    other, _ = await happened(log, "zz", "a")
    assert lane != other
    await lose(dynamodb, log, lane, at)
    with pytest.raises(LogUnavailable, match=f"lane {lane} has a hole: position {at}"):
        await log.head()


async def test_what_was_in_order_and_is_lost_is_a_hole_too(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 3)
    lane, at = await happened(log, "a")
    await log.head()
    await lose(dynamodb, log, lane, at)
    other = await DynamoDBLog.open(dynamodb, log.table)
    with pytest.raises(LogUnavailable, match=f"lane {lane} has a hole: position {at}"):
        await other.read_log(0, 9)


@pytest.mark.parametrize("fault", [lost_answer, lost_request, answers("ThrottlingException")])
async def test_a_cut_that_fails_is_made_again_and_once(
    dynamodb: DynamoDBClient, fault: Any
) -> None:
    client = FaultyClient(dynamodb)
    written = await log_of(dynamodb, 3)
    log = await DynamoDBLog.open(cast("DynamoDBClient", client), written.table)
    for stream in "abcdef":
        await happened(written, stream)
    client.plan("put_item", fault, fault)

    assert await log.head() == 6
    assert told(await log.read_log(0, 9)) == told(await written.read_log(0, 9))
    assert (await verify(log)).broken is None


async def test_of_two_who_put_lanes_in_order_one_comes_first(dynamodb: DynamoDBClient) -> None:
    client = FaultyClient(dynamodb)
    other = await log_of(dynamodb, 3)
    log = await DynamoDBLog.open(cast("DynamoDBClient", client), other.table)
    for stream in "abcdef":
        await happened(other, stream)

    async def behind_the_other(real: Real, _: dict[str, Any]) -> Any:
        await happened(other, "g")
        await other.head()
        return await real()

    client.plan("put_item", behind_the_other)
    assert await log.head() == 7
    assert await log.read_log(0, 9) == await other.read_log(0, 9)


@pytest.mark.parametrize(("lanes", "at_once"), [(1, {1}), (16, {4, 5, 6, 7, 8})])
async def test_commits_to_several_lanes_are_made_side_by_side(
    dynamodb: DynamoDBClient, lanes: int, at_once: set[int]
) -> None:
    client = FaultyClient(dynamodb)
    log = await DynamoDBLog.open(
        cast("DynamoDBClient", client), (await log_of(dynamodb, lanes)).table
    )
    under_way, most = 0, 0

    async def slowly(real: Real, _: dict[str, Any]) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        answer = await real()
        under_way -= 1
        return answer

    client.always("transact_write_items", slowly)
    await asyncio.gather(*(happened(log, stream) for stream in "abcdefgh"))
    assert most in at_once
