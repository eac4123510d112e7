"""Messages in the work table: compared with those in the work file, interrupted, and raced."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from mentorbooking.adapters.messages.dynamodb import PLANNED_AT_ONCE, DynamoDBMessages
from mentorbooking.adapters.messages.dynamodb_lines import ABOUT_BOOKINGS, OTHERS
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.work.database import WorkDatabase
from mentorbooking.adapters.work.dynamodb_table import WorkTable
from mentorbooking.adapters.work.tracking import TRACKING
from mentorbooking.application.ports.aggregate_store import StoreUnavailable
from mentorbooking.application.ports.messages import MessageRecord, Messages, MessageStatus, Resend
from tests.support.failing_client import FailingClient, refusal
from tests.support.fixed import NOW
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
MUCH_LATER = NOW + timedelta(days=1)
PARTIES = [(person, booking) for person in ("ann", "ben", "cid") for booking in (None, "b", "c")]


@pytest.fixture
async def table(dynamodb_endpoint: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


@pytest.fixture
def shaky(table: WorkTable) -> FailingClient:
    return FailingClient(table.client)


def over(client: Any, table: WorkTable) -> DynamoDBMessages:
    return DynamoDBMessages(WorkTable(client, table.name))


def message(number: int, recipient: str = "student_1", booking: str | None = "b") -> MessageRecord:
    at = NOW + number * SECOND
    return MessageRecord(
        id=f"message_{number:03d}",
        position=number,
        event_id=f"event_{number}",
        recipient=recipient,
        template="booking_created",
        booking_id=booking,
        created_at=at,
        due_at=at,
    )


async def send_all(messages: Messages) -> list[str]:
    """Send until nothing is due; return what was sent, in order."""
    sent = []
    while found := await messages.due(now=MUCH_LATER, limit=7):
        for each in found:
            await messages.sent(each.id, at=MUCH_LATER)
            sent.append(each.id)
    return sent


async def nothing_is_left_over(table: WorkTable, recipients: Sequence[str]) -> bool:
    partitions = [ABOUT_BOOKINGS, OTHERS, *(f"line#{person}" for person in recipients)]
    items = [item for each in partitions for item in await table.query(each)]
    return all(item["sk"]["S"] == "!" for item in items)


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
    assert await nothing_is_left_over(table, ["ann", "ben", "cid"])
    database.close()


async def test_a_plan_that_was_cut_short_is_completed_by_the_same_plan(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages = over(shaky, table)
    plan = [message(number, f"person_{number % 5}") for number in range(1, 3 * PLANNED_AT_ONCE)]
    shaky.fail_next("transact_write_items", refusal(table.client, "ThrottlingException"), after=2)

    with pytest.raises(StoreUnavailable):
        await messages.plan(plan, position=90)

    assert await messages.position() == 0
    assert await messages.counts() == {MessageStatus.QUEUED: 2 * PLANNED_AT_ONCE}
    assert [each.position for each in await messages.due(now=MUCH_LATER, limit=9)] == [*range(1, 6)]
    await messages.sent(message(1).id, at=NOW)

    await messages.plan(plan, position=90)

    assert await messages.position() == 90
    assert await messages.counts() == {
        MessageStatus.QUEUED: len(plan) - 1,
        MessageStatus.SENT: 1,
    }
    assert len(await send_all(messages)) == len(plan) - 1
    assert await nothing_is_left_over(table, [f"person_{number}" for number in range(5)])


async def test_the_largest_transaction_there_can_be_is_taken(table: WorkTable) -> None:
    people = [f"person_{number}" for number in range(PLANNED_AT_ONCE)]
    messages = DynamoDBMessages(table)
    for person in people:
        await messages.plan([message(900 + people.index(person), person)], position=1)

    earlier = [message(number, person) for number, person in enumerate(people)]
    await messages.plan(earlier, position=2)

    assert await messages.due(now=MUCH_LATER, limit=99) == earlier
    assert await messages.position() == 2


async def test_an_answer_that_was_lost_counts_a_message_once(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages = over(shaky, table)
    await messages.plan([message(1)], position=1)
    shaky.lose_next_answer("transact_write_items")

    with pytest.raises(StoreUnavailable):
        await messages.sent(message(1).id, at=NOW)
    await messages.sent(message(1).id, at=NOW)

    assert await messages.counts() == {MessageStatus.SENT: 1}


async def test_who_joins_a_line_while_its_last_leaves_is_not_forgotten(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    await messages.plan([message(1)], position=1)
    shaky.come_between("transact_write_items", lambda: others.plan([message(2)], position=2))

    await messages.sent(message(1).id, at=NOW)

    assert await send_all(messages) == [message(2).id]


async def test_who_leaves_a_line_while_another_joins_leaves_no_gap(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    await messages.plan([message(1)], position=1)
    shaky.come_between("transact_write_items", lambda: others.sent(message(1).id, at=NOW))

    await messages.plan([message(2)], position=2)

    assert await send_all(messages) == [message(2).id]
    assert await messages.position() == 2


async def test_a_position_that_was_passed_meanwhile_does_not_go_back(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    shaky.come_between("transact_write_items", lambda: others.plan([], position=9))

    await messages.plan([message(1)], position=4)

    assert await messages.position() == 9
    assert await send_all(messages) == [message(1).id]


async def test_what_waits_behind_a_failure_costs_nothing_to_pass_by(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages = over(shaky, table)
    await messages.plan([message(number) for number in range(1, 60)], position=59)
    await messages.failed(message(1).id, "away", retry_at=MUCH_LATER)
    shaky.requests.clear()

    assert await messages.due(now=NOW + timedelta(hours=1), limit=20) == []
    assert list(shaky.requests) == ["query"]


@pytest.mark.parametrize("seed", range(3))
async def test_two_mailers_at_once_lose_and_double_nothing(table: WorkTable, seed: int) -> None:
    """There is to be one; but one that was taken for dead may come back."""
    chance = random.Random(seed)
    people = ["ann", "ben"]
    plan = [message(number, chance.choice(people)) for number in range(1, 25)]

    async def work(messages: DynamoDBMessages) -> None:
        for start in range(0, len(plan), 4):
            await messages.plan(plan[start : start + 4], position=start + 4)
            for each in await messages.due(now=MUCH_LATER, limit=2):
                await messages.sent(each.id, at=NOW)

    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(work, DynamoDBMessages(table))

    messages = DynamoDBMessages(table)
    await send_all(messages)
    assert await messages.counts() == {MessageStatus.SENT: len(plan)}
    assert [sent.attempts for sent in await messages.of_booking("b")] == [1] * len(plan)
    assert await nothing_is_left_over(table, people)
