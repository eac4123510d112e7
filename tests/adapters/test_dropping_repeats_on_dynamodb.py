"""The inbox in the work table: an event counts once for each consumer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import anyio
import pytest

from mentorbooking.adapters.work.dynamodb.inbox import REMEMBERED, DynamoDBInbox, taken
from mentorbooking.adapters.work.dynamodb.values import Key
from mentorbooking.adapters.work.dynamodb.writes import put
from tests.support.fixed import NOW
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def inbox(dynamodb_endpoint: str) -> AsyncIterator[DynamoDBInbox]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield DynamoDBInbox(table)


async def test_an_event_is_new_once_for_each_consumer(inbox: DynamoDBInbox) -> None:
    assert await inbox.is_new("mails", "event_1", now=NOW)
    assert await inbox.is_new("webhooks", "event_1", now=NOW)
    assert not await inbox.is_new("mails", "event_1", now=NOW)
    assert await inbox.is_new("mails", "event_2", now=NOW)


async def test_of_many_who_take_it_at_once_it_is_new_to_one(inbox: DynamoDBInbox) -> None:
    answers: list[bool] = []

    async def take() -> None:
        answers.append(await inbox.is_new("mails", "event_1", now=NOW))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(take)

    assert sorted(answers) == [False] * 9 + [True]


async def test_it_is_remembered_for_as_long_as_a_repeat_can_come(inbox: DynamoDBInbox) -> None:
    await inbox.is_new("mails", "event_1", now=NOW)

    assert not await inbox.is_new("mails", "event_1", now=NOW + REMEMBERED)
    assert await inbox.is_new("mails", "event_1", now=NOW + REMEMBERED + timedelta(seconds=1))


async def test_what_failed_is_new_again(inbox: DynamoDBInbox) -> None:
    await inbox.is_new("mails", "event_1", now=NOW)
    await inbox.forget("mails", "event_1")

    assert await inbox.is_new("mails", "event_1", now=NOW)


async def test_the_effect_of_an_event_can_land_together_with_it(inbox: DynamoDBInbox) -> None:
    async def consume(effect: str) -> bool:
        return await inbox.table.transact(
            [taken("mails", "event_1", now=NOW), put(Key(effect).attributes)]
        )

    assert await consume("first")
    assert not await consume("second")
    assert await inbox.table.get(Key("first"))
    assert await inbox.table.get(Key("second")) is None
