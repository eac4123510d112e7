"""Messages in the work table: compared with those in the work file, interrupted, and raced."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from mentorbooking.adapters.messages.dynamodb import LOOKED_AGAIN, DynamoDBMessages
from mentorbooking.adapters.messages.dynamodb_items import QUEUED, home_of, message_item
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.persistence.dynamodb.items import size_of
from mentorbooking.adapters.work.database import WorkDatabase
from mentorbooking.adapters.work.dynamodb_table import WorkTable
from mentorbooking.adapters.work.tracking import TRACKING
from mentorbooking.application.ports.aggregate_store import StoreUnavailable
from mentorbooking.application.ports.messages import MessageRecord, Messages, MessageStatus, Resend
from tests.support.dynamo_logs import CountingClient
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


async def test_what_waits_costs_nothing_to_pass_by(table: WorkTable, shaky: FailingClient) -> None:
    messages = over(shaky, table)
    await messages.plan([message(number) for number in range(1, 60)], position=59)
    await messages.failed(message(1).id, "away", retry_at=MUCH_LATER)
    now = NOW + timedelta(hours=1)
    await messages.due(now=now, limit=20)
    shaky.calls.clear()

    assert await messages.due(now=now + SECOND, limit=20) == []
    assert not shaky.calls


async def test_two_mails_cost_a_handful_of_units(table: WorkTable) -> None:
    counting = CountingClient(table.client)
    messages = over(counting, table)
    await messages.due(now=NOW, limit=20)
    counting.forget()

    await messages.plan([message(1, "ann"), message(2, "ben")], position=2)

    assert sum(counting.units.values()) == 7 + 1  # the 1 is read
    counting.forget()
    for each in await messages.due(now=NOW + 2 * SECOND, limit=20):
        await messages.sent(each.id, at=NOW)
    assert sum(counting.units.values()) == 4 + 2  # the 2 are read
    counting.forget()
    assert len(await messages.of_booking("b")) == 2
    assert counting.calls == {"query": 1}
    assert sum(counting.units.values()) == 1


async def test_a_message_with_all_that_can_be_known_of_it_is_a_kilobyte(table: WorkTable) -> None:
    """One more byte, and each change of it costs double."""
    ids = {
        name: f"{name}_{'0' * 26}" for name in ("message", "student", "booking", "event", "commit")
    }
    record = MessageRecord(
        id=ids["message"],
        position=10**9,
        event_id=f"{ids['commit']}:12",
        recipient=ids["student"],
        template="booking_cancelled",
        booking_id=ids["booking"],
        created_at=NOW + timedelta(microseconds=1),
        due_at=NOW + timedelta(microseconds=1),
        last_error="MailUnavailable: " + "x" * 200,
    )
    item: Any = message_item(record, 99)
    assert size_of(item) <= 1024
    assert home_of(record).pk.endswith(ids["booking"])


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
