"""Lanes are added to a log that is in use, and none is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import LanesAdded
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.lanes import happened, log_of, told

pytestmark = pytest.mark.anyio


async def test_positions_go_on_where_lanes_are_added(dynamodb: DynamoDBClient) -> None:
    old = await log_of(dynamodb, 1)
    for number in range(5):
        await happened(old, "a", f"b{number}")
    before, checkpoint = await old.read_log(0, 99), await old.checkpoint()
    assert old.lanes == 1

    await create_table(dynamodb, old.table, lanes=3)
    new = await DynamoDBLog.open(dynamodb, old.table)
    for number in range(5):
        await happened(new, "a", f"c{number}")
    await create_table(dynamodb, old.table, lanes=16)
    newest = await DynamoDBLog.open(dynamodb, old.table)
    for number in range(5):
        await happened(newest, "a", f"d{number}", at=1)
        await happened(new, f"e{number}", "a", at=1)

    assert (new.lanes, newest.lanes) == (3, 16)
    found = await newest.read_log(0, 99)
    assert found[:10] == before
    assert [event.position for event in found] == [*range(1, 41)]
    assert [event.version for event in found if event.stream == "a"] == [*range(1, 21)]
    assert await new.read_log(0, 99) == found
    walked = await verify(newest, checkpoint)
    assert (walked.broken, walked.commits) == (None, 20)
    assert await newest.position_at((7,)) == 7


async def test_who_knows_of_one_lane_only_stops_when_there_are_more(
    dynamodb: DynamoDBClient,
) -> None:
    one = await log_of(dynamodb, 1)
    await happened(one, "a")
    idle = await DynamoDBLog.open(dynamodb, one.table)
    await idle.head()
    await create_table(dynamodb, one.table, lanes=2)
    several = await DynamoDBLog.open(dynamodb, one.table)
    await happened(several, "a")
    await happened(one, "b")  # nobody has put the lanes in order yet
    assert await several.head() == 3

    for asked in (one.head(), one.read_log(2, 9), one.read_log(0, 9), idle.head()):
        with pytest.raises(LanesAdded, match="more lanes"):
            await asked
    with pytest.raises(LanesAdded, match="more lanes"):
        await happened(one, "c")
    assert [event.version for event in await one.read_stream("a")] == [1, 2]
    assert told(await several.read_log(0, 9)) == [(1, "a", 1), (2, "b", 1), (3, "a", 2)]


async def test_lanes_are_not_taken_away(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 4)
    with pytest.raises(ValueError, match="more lanes than 3"):
        await create_table(dynamodb, log.table, lanes=3)
    await create_table(dynamodb, log.table)
    assert (await DynamoDBLog.open(dynamodb, log.table)).lanes == 4
