"""Whatever happens to messages, both backends say the same of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest

from mentorbooking.adapters.messages.dynamodb.items import QUEUED
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING
from mentorbooking.application.ports.messages import Messages, Resend
from tests.support.fixed import NOW
from tests.support.messages_to_people import MUCH_LATER, PARTIES, SECOND, message, send_all
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(dynamodb_endpoint: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


async def nothing_is_left_over(table: WorkTable) -> bool:
    return not await table.query(QUEUED)


Step = Callable[[Messages, str], Awaitable[None]]
"""Something done to messages, the second being one that is due, if any is."""


class Chances:
    """Thinks of what may happen next, always the same for a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._resends = Counter[str]()
        self.planned = 0

    def some_message(self) -> str:
        return message(self._chance.randint(1, max(self.planned, 1))).id

    def some_time(self) -> datetime:
        return NOW + self._chance.randrange(120) * SECOND

    def step(self) -> Step:
        wishes = [self._plan, self._plan, self._send, self._send, self._fail, self._again]
        return self._chance.choice(wishes)()

    def _plan(self) -> Step:
        new = [
            message(self.planned + each, *self._chance.choice(PARTIES))
            for each in range(1, self._chance.randint(2, 5))
        ]
        self.planned += len(new)
        position = self.planned
        return lambda messages, due: messages.plan(new, position=position)

    def _send(self) -> Step:
        return lambda messages, due: messages.sent(due, at=NOW)

    def _fail(self) -> Step:
        retry_at, way = self.some_time(), self._chance.randrange(4)
        if way == 0:
            return lambda messages, due: messages.suppressed(due, "no address")
        if way == 1:
            return lambda messages, due: messages.failed(due, "refused", retry_at=None)
        return lambda messages, due: messages.failed(due, "away", retry_at=retry_at)

    def _again(self) -> Step:
        wanted = self.some_message()
        self._resends[wanted] += 1
        resend, position = Resend(wanted, self._resends[wanted], self.some_time()), self.planned
        return lambda messages, due: messages.plan([], [resend], position=position)


@pytest.mark.parametrize("seed", range(3))
async def test_it_does_what_the_work_file_does(table: WorkTable, tmp_path: Path, seed: int) -> None:
    chances = Chances(seed)
    database = WorkDatabase(tmp_path / "work.db", [TRACKING, MESSAGES])
    both: list[Messages] = [DynamoDBMessages(table), SQLiteMessages(database)]

    for _ in range(50):
        now, step, other = chances.some_time(), chances.step(), chances.some_message()
        for messages in both:
            due = await messages.due(now=now, limit=20)
            await step(messages, due[len(due) // 2].id if due else other)
        at_dynamodb, in_file = [
            (
                await each.due(now=now, limit=20),
                await each.due(now=MUCH_LATER, limit=2),
                await each.of_booking("b", recipients=["ann", "ben"]),
                await each.get(other),
                await each.counts(),
                await each.position(),
            )
            for each in both
        ]
        assert at_dynamodb == in_file

    assert await send_all(both[0]) == await send_all(both[1])
    assert await nothing_is_left_over(table)
    database.close()
