"""The table of DynamoDB in which workers remember: made, shared, and away for a while."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.adapters.work.dynamodb.inbox import DynamoDBInbox
from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.adapters.work.dynamodb.table import WorkTable, create_work_table
from mentorbooking.adapters.work.dynamodb.tracked_positions import (
    DynamoDBTrackedPositions,
    advanced,
)
from mentorbooking.adapters.work.dynamodb.values import Key, value
from mentorbooking.adapters.work.dynamodb.writes import NEW, delete, put
from mentorbooking.application.ports.outbox_ledger import ParkedEvent
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.at_hand import at_hand
from tests.support.aws_servers import aws_settings
from tests.support.failing_client import FailingClient, refusal
from tests.support.fixed import NOW
from tests.support.patience import SOON
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(dynamodb_endpoint: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


def failing(table: WorkTable) -> tuple[WorkTable, FailingClient]:
    client: Any = FailingClient(table.client)
    return WorkTable(client, table.name), client


def parked(position: int) -> ParkedEvent:
    return ParkedEvent(
        position=position, event_id=f"event_{position}", stream="booking_1", topic="booking.created"
    )


async def test_making_it_again_changes_nothing(table: WorkTable) -> None:
    await table.write(put(Key("a").attributes))

    await create_work_table(table.client, table.name)

    assert await table.get(Key("a")) == Key("a").attributes
    expiry = await table.client.describe_time_to_live(TableName=table.name)
    assert expiry["TimeToLiveDescription"]["AttributeName"] == "ttl"


async def test_a_partition_larger_than_an_answer_is_read_whole(table: WorkTable) -> None:
    heavy = {"ballast": value("x" * 300_000)}
    for number in range(8):
        await table.write(put(Key("heavy", str(number)).attributes | heavy))

    assert [item["sk"]["S"] for item in await table.query("heavy")] == list("01234567")
    assert len(await table.query("heavy", limit=6)) == 6
    assert len(await table.get_all([Key("heavy", str(number)) for number in range(9)])) == 8
    assert await table.count("heavy") == 8


class ServingOneAtATime:
    """A client that leaves all but one item of a batch undone, as under load; at last all."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.is_stuck = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def batch_write_item(self, *, RequestItems: Any) -> Any:  # noqa: N803  AWS's name
        ((table, asked),) = RequestItems.items()
        if self.is_stuck:
            return {"UnprocessedItems": RequestItems}
        await self._client.batch_write_item(RequestItems={table: asked[:1]})
        return {"UnprocessedItems": {table: asked[1:]} if asked[1:] else {}}


async def test_what_a_batch_leaves_undone_is_put_later(table: WorkTable) -> None:
    client: Any = ServingOneAtATime(table.client)
    items = [Key("many", str(number)).attributes for number in range(3)]

    await WorkTable(client, table.name).put_all(items)

    assert await table.query("many") == items
    client.is_stuck = True
    with pytest.raises(StoreUnavailable):
        await WorkTable(client, table.name).put_all(items)


async def test_any_number_of_items_can_be_put(table: WorkTable) -> None:
    items = [Key("many", f"{number:02}").attributes for number in range(60)]

    await table.put_all(items)
    await table.put_all([])

    assert await table.query("many") == items


async def test_numbers_of_a_sequence_are_given_once(table: WorkTable) -> None:
    given: list[int] = []

    async def take_some() -> None:
        given.extend([await table.next_number("jobs") for _ in range(5)])

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(take_some)

    assert sorted(given) == list(range(1, 21))


USES: dict[str, Callable[[WorkTable], Awaitable[object]]] = {
    "position": lambda table: DynamoDBTrackedPositions(table).position("mailer"),
    "track": lambda table: DynamoDBTrackedPositions(table).track("mailer", 1),
    "parked": lambda table: DynamoDBOutboxLedger(table).parked(),
    "record": lambda table: DynamoDBOutboxLedger(table).record(parked=[parked(1)]),
    "ask": lambda table: DynamoDBControlRequests(table).ask("rebuild", "bookings", now=NOW),
    "is_new": lambda table: DynamoDBInbox(table).is_new("mailer", "event_1", now=NOW),
    "due": lambda table: DynamoDBMessages(table).due(now=NOW, limit=20),
    "get": lambda table: DynamoDBMessages(table).get("message_1"),
    "counts": lambda table: DynamoDBMessages(table).counts(),
    "put": lambda table: table.put_all([Key("a").attributes]),
    "claim": lambda table: JobRecords(table, ["exports"]).claim(
        ["exports"], now=NOW, lease=timedelta(seconds=30)
    ),
    "create": lambda table: create_work_table(table.client, table.name),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
async def test_while_it_cannot_be_reached_everybody_is_told_at_once(
    aws_credentials: None, use: Callable[[WorkTable], Awaitable[object]]
) -> None:
    async with AwsClients(aws_settings()) as clients:
        away = WorkTable(await clients.dynamodb(), "work")
        before = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await use(away)

    assert time.monotonic() - before < SOON


async def test_a_queue_that_cannot_be_reached_loses_no_job(
    aws_credentials: None, table: WorkTable
) -> None:
    async with AwsClients(aws_settings()) as clients:
        urls = {"exports": "http://127.0.0.1:9/0/exports"}
        queue = SQSJobQueue(JobRecords(table, ["exports"]), await clients.sqs(), at_hand(urls))
        with pytest.raises(StoreUnavailable):
            await queue.enqueue("exports", "k", b"", now=NOW)

    assert await queue.claim(["exports"], now=NOW, lease=timedelta(seconds=30)) is not None


async def test_a_table_that_is_not_there_is_unavailable(table: WorkTable) -> None:
    with pytest.raises(StoreUnavailable):
        await WorkTable(table.client, "no-such-table").get(Key("a"))


async def test_throttling_is_told_and_not_waited_out(table: WorkTable) -> None:
    shaky, client = failing(table)
    throttled = refusal(table.client, "TransactionCanceledException", "None", "ThrottlingError")
    client.fail_next("transact_write_items", throttled)
    client.fail_next("put_item", refusal(table.client, "ThrottlingException"))

    with pytest.raises(StoreUnavailable):
        await shaky.transact([put(Key("a").attributes)])
    with pytest.raises(StoreUnavailable):
        await shaky.write(put(Key("a").attributes))

    assert await table.get(Key("a")) is None


async def test_a_write_that_met_a_transaction_is_made_again(table: WorkTable) -> None:
    shaky, client = failing(table)
    client.fail_next("put_item", refusal(table.client, "TransactionConflictException"))

    assert await shaky.write(put(Key("a").attributes, NEW))
    assert await table.get(Key("a"))


async def test_a_transaction_that_was_overtaken_is_decided_on_again(table: WorkTable) -> None:
    shaky, client = failing(table)
    reasons = ("None", "TransactionConflict", "ConditionalCheckFailed")
    client.fail_next(
        "transact_write_items", refusal(table.client, "TransactionCanceledException", *reasons)
    )

    await DynamoDBOutboxLedger(shaky).record(position=4, parked=[parked(3)])

    assert await DynamoDBOutboxLedger(table).parked() == [parked(3)]
    assert await DynamoDBOutboxLedger(table).position() == 4


async def test_who_is_overtaken_again_and_again_is_told_so(table: WorkTable) -> None:
    shaky, client = failing(table)
    overtaken = refusal(table.client, "TransactionCanceledException", "TransactionConflict")
    for _ in range(5):
        client.fail_next("transact_write_items", overtaken)

    with pytest.raises(StoreUnavailable):
        await DynamoDBOutboxLedger(shaky).record(position=4)


async def test_a_mistake_of_ours_is_not_taken_for_bad_weather(table: WorkTable) -> None:
    with pytest.raises(table.client.exceptions.ClientError, match="Validation"):
        await table.transact([put(Key("a").attributes), delete(Key("a"))])


async def test_more_than_a_transaction_takes_is_recorded_with_the_position_last(
    table: WorkTable,
) -> None:
    shaky, client = failing(table)
    events = [parked(number) for number in range(1, 251)]
    throttled = refusal(table.client, "ThrottlingException")
    client.fail_next("transact_write_items", throttled, after=2)

    with pytest.raises(StoreUnavailable):
        await DynamoDBOutboxLedger(shaky).record(position=250, parked=events)
    ledger = DynamoDBOutboxLedger(table)
    assert await ledger.position() == 0

    await DynamoDBOutboxLedger(shaky).record(position=250, parked=events)
    assert await ledger.position() == 250
    assert await ledger.parked() == events

    await ledger.record(sent=range(1, 250))
    assert await ledger.parked() == [parked(250)]


async def test_a_position_and_what_it_stands_for_land_together(table: WorkTable) -> None:
    ledger = DynamoDBOutboxLedger(table)
    await ledger.record(position=9)

    await ledger.record(position=4, parked=[parked(3)])

    assert (await ledger.position(), await ledger.parked()) == (9, [parked(3)])
    assert not await table.transact([advanced("outbox", 4), put(Key("a").attributes)])
    assert await table.get(Key("a")) is None
