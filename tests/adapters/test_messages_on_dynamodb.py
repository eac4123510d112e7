"""Messages in the work table: compared with those in the work file, interrupted, and raced."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import datetime

import anyio
import pytest

from mentorbooking.adapters.messages.dynamodb.items import QUEUED
from mentorbooking.adapters.messages.dynamodb.messages import LOOKED_AGAIN, DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.application.ports.messages import MessageStatus, Resend
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.failing_client import FailingClient, refusal
from tests.support.fixed import NOW
from tests.support.messages_to_people import MUCH_LATER, SECOND, message, over, send_all
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(dynamodb_endpoint: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


@pytest.fixture
def shaky(table: WorkTable) -> FailingClient:
    return FailingClient(table.client)


async def nothing_is_left_over(table: WorkTable) -> bool:
    return not await table.query(QUEUED)


PLAN = [message(number, f"person_{number % 5}") for number in range(1, 40)]


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        ("batch_write_item", 0),
        ("batch_write_item", 2),
        ("put_item", 0),
        ("put_item", 20),
        ("update_item", 0),
    ],
)
async def test_a_plan_that_was_cut_short_is_completed_by_the_same_plan(
    table: WorkTable, shaky: FailingClient, operation: str, after: int
) -> None:
    shaky.fail_next(operation, refusal(table.client, "ThrottlingException"), after=after)
    with pytest.raises(StoreUnavailable):
        await over(shaky, table).plan(PLAN, position=90)

    messages = DynamoDBMessages(table)
    assert await messages.position() == 0
    await messages.plan(PLAN, position=90)

    assert await messages.position() == 90
    assert await messages.counts() == {MessageStatus.QUEUED: len(PLAN)}
    assert await send_all(messages) == [each.id for each in PLAN]
    assert await messages.counts() == {MessageStatus.SENT: len(PLAN)}
    assert await nothing_is_left_over(table)


async def test_what_was_sent_before_a_plan_was_completed_is_not_sent_again(
    table: WorkTable, shaky: FailingClient
) -> None:
    shaky.fail_next("update_item", refusal(table.client, "ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        await over(shaky, table).plan(PLAN, position=90)
    messages = DynamoDBMessages(table)
    for each in PLAN[:5]:
        await messages.sent(each.id, at=NOW)

    await messages.plan(PLAN, position=90)

    assert await send_all(messages) == [each.id for each in PLAN[5:]]
    assert await messages.counts() == {MessageStatus.SENT: len(PLAN)}
    assert await nothing_is_left_over(table)


async def test_who_is_not_planned_yet_holds_the_line(
    table: WorkTable, shaky: FailingClient
) -> None:
    """The first message of ann's was to be added when the mailer was killed, the second was."""
    plan = [message(1, "ann"), message(2, "ann"), message(3, "ben")]
    shaky.fail_next("put_item", refusal(table.client, "ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        await over(shaky, table).plan(plan, position=3)
    messages = DynamoDBMessages(table)

    assert await messages.due(now=MUCH_LATER, limit=9) == plan[2:]
    await messages.plan(plan, position=3)
    assert await messages.due(now=MUCH_LATER, limit=9) == [plan[0], plan[2]]


async def test_what_another_mailer_planned_is_heard_of_after_a_while(table: WorkTable) -> None:
    messages = DynamoDBMessages(table)
    assert await messages.due(now=MUCH_LATER, limit=9) == []
    await DynamoDBMessages(table).plan([message(1)], position=1)

    assert await messages.due(now=MUCH_LATER, limit=9) == []
    assert await messages.due(now=MUCH_LATER + LOOKED_AGAIN, limit=9) == [message(1)]


@pytest.mark.parametrize("operation", ["put_item", "delete_item"])
async def test_an_answer_that_was_lost_counts_a_message_once(
    table: WorkTable, shaky: FailingClient, operation: str
) -> None:
    messages = over(shaky, table)
    await messages.plan([message(1)], position=1)
    shaky.lose_next_answer(operation)

    with pytest.raises(StoreUnavailable):
        await messages.sent(message(1).id, at=NOW)
    await messages.sent(message(1).id, at=NOW)

    sent = await messages.get(message(1).id)
    assert sent is not None
    assert sent.attempts == 1
    assert await messages.counts() == {MessageStatus.SENT: 1}


@pytest.mark.parametrize("retry_at", [None, MUCH_LATER])
async def test_a_failure_whose_answer_was_lost_is_recorded(
    table: WorkTable, shaky: FailingClient, retry_at: datetime | None
) -> None:
    messages = over(shaky, table)
    await messages.plan([message(1), message(2)], position=2)
    shaky.lose_next_answer("put_item" if retry_at else "transact_write_items")

    with pytest.raises(StoreUnavailable):
        await messages.failed(message(1).id, "away", retry_at=retry_at)

    due = await DynamoDBMessages(table).due(now=MUCH_LATER - SECOND, limit=9)
    assert due == ([] if retry_at else [message(2)])
    wanted = (
        {MessageStatus.QUEUED: 2}
        if retry_at
        else {
            MessageStatus.QUEUED: 1,
            MessageStatus.FAILED: 1,
        }
    )
    assert await DynamoDBMessages(table).counts() == wanted


@pytest.mark.parametrize(
    ("operation", "after"), [("put_item", 0), ("put_item", 1), ("delete_item", 0)]
)
@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_resend_that_was_cut_short_is_completed_by_the_same_plan(
    table: WorkTable, shaky: FailingClient, operation: str, after: int, *, was_sent: bool
) -> None:
    messages, resend = over(shaky, table), Resend(message(1).id, 1, NOW + 9 * SECOND)
    await messages.plan([message(1)], position=1)
    if was_sent:
        await messages.sent(message(1).id, at=NOW)
    shaky.fail_next(operation, refusal(table.client, "ThrottlingException"), after=after)
    with pytest.raises(StoreUnavailable):
        await messages.plan([], [resend], position=2)

    after_a_crash = DynamoDBMessages(table)
    await after_a_crash.plan([], [resend], position=2)

    assert await after_a_crash.due(now=NOW + 8 * SECOND, limit=9) == []
    (due,) = await after_a_crash.due(now=NOW + 9 * SECOND, limit=9)
    assert (due.id, due.resends) == (message(1).id, 1)
    assert await send_all(after_a_crash) == [message(1).id]
    assert await after_a_crash.counts() == {MessageStatus.SENT: 1}
    assert await nothing_is_left_over(table)


async def test_a_message_that_is_asked_for_again_while_it_is_sent_is_sent_again(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    resend = Resend(message(1).id, 1, MUCH_LATER)
    await messages.plan([message(1)], position=1)
    shaky.come_between("delete_item", lambda: others.plan([], [resend], position=2))

    await messages.sent(message(1).id, at=NOW)

    for each in (others, DynamoDBMessages(table)):
        (due,) = await each.due(now=MUCH_LATER, limit=9)
        assert due.resends == 1


async def test_a_position_that_was_passed_meanwhile_does_not_go_back(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    shaky.come_between("update_item", lambda: others.plan([message(1), message(6)], position=9))

    await messages.plan([message(1)], position=4)

    assert await messages.position() == 9
    assert await send_all(DynamoDBMessages(table)) == [message(1).id, message(6).id]
    assert await messages.counts() == {MessageStatus.SENT: 2}


async def test_what_others_have_planned_in_part_is_counted_once(
    table: WorkTable, shaky: FailingClient
) -> None:
    messages, others = over(shaky, table), DynamoDBMessages(table)
    shaky.come_between("update_item", lambda: others.plan([message(1), message(2)], position=2))

    await messages.plan([message(1), message(2), message(3)], position=4)
    await send_all(DynamoDBMessages(table))

    assert await messages.counts() == {MessageStatus.SENT: 3}


@pytest.mark.parametrize("seed", range(3))
async def test_two_mailers_at_once_lose_and_double_nothing(table: WorkTable, seed: int) -> None:
    """There is to be one; but one that was taken for dead may come back."""
    chance = random.Random(seed)
    plan = [message(number, chance.choice(["ann", "ben"])) for number in range(1, 25)]

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
    assert await nothing_is_left_over(table)
