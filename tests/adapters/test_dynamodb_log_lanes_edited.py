"""A log of several lanes: nobody edits its history unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.persistence.chain import Break
from mentorbooking.adapters.persistence.dynamodb_log.items import blob, commit_key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from tests.support.dynamodb_logs import stored_items

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.lanes import happened, log_of, lose

pytestmark = pytest.mark.anyio


async def a_long_log(client: DynamoDBClient) -> DynamoDBLog:
    log = await log_of(client, 4)
    for number in range(30):
        await happened(log, f"s{number % 13}", at=number)
        if number % 4 == 0:
            await log.head()
    return log


async def test_a_log_of_several_lanes_that_nobody_touched_is_whole(
    dynamodb: DynamoDBClient,
) -> None:
    log = await a_long_log(dynamodb)
    checkpoint = await log.checkpoint()
    await happened(log, "s1")

    walked = await verify(log, checkpoint)

    assert (walked.broken, walked.commits, walked.whole_until) == (None, 31, checkpoint)
    other = await log_of(dynamodb, 4)
    await happened(other, "s1")
    assert (await verify(other, checkpoint)).broken is not None


async def test_any_edit_of_any_lane_shows(dynamodb: DynamoDBClient) -> None:
    log = await a_long_log(dynamodb)
    await log.head()
    await happened(log, "s3")  # in no order yet
    items = await stored_items(dynamodb, log.table)
    entries = [key for key in items if key[0].startswith("L#")]
    assert {pk.split("#")[1] for pk, _ in entries} == {"0", "1", "2", "3", "4"}
    for at in entries:
        item = items[at]
        changed = {**item, "h": blob(bytes(32))}
        await dynamodb.put_item(TableName=log.table, Item=changed)
        assert (await verify(log)).broken is not None, at
        await dynamodb.put_item(TableName=log.table, Item=item)
    assert (await verify(log)).broken is None


async def test_it_is_told_where_a_lane_is_broken(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 2)
    await happened(log, "a")
    await log.head()
    lane, at = await happened(log, "a")
    await log.head()
    lost = await lose(dynamodb, log, lane, at)
    assert (await verify(log)).broken == Break(2, f"lane {lane} ends before {at}")

    unreadable = {**lost, "e": blob(b"?")}
    await dynamodb.put_item(TableName=log.table, Item=unreadable)
    broken = (await verify(log)).broken
    assert broken is not None
    assert broken.position == 2
    assert f"lane {lane}: position {at}: the commit can't be read" in broken.what

    await dynamodb.put_item(TableName=log.table, Item=lost)
    await dynamodb.put_item(TableName=log.table, Item={**commit_key(lane, at + 9), **_rest(lost)})
    broken = (await verify(log)).broken
    assert broken == Break(3, f"lane {lane}: position {at + 1}: a commit is missing")


def _rest(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}
