"""What messages on DynamoDB cost: few units for two mails, none for what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from mentorbooking.adapters.messages.dynamodb.items import home_of, message_item
from mentorbooking.adapters.persistence.dynamodb_log.sizes import size_of
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.application.ports.messages import MessageRecord
from tests.support.dynamodb_logs import CountingClient
from tests.support.failing_client import FailingClient
from tests.support.fixed import NOW
from tests.support.messages_to_people import MUCH_LATER, SECOND, message, over
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(dynamodb_endpoint: str) -> AsyncIterator[WorkTable]:
    async with open_work_table(dynamodb_endpoint) as table:
        yield table


@pytest.fixture
def shaky(table: WorkTable) -> FailingClient:
    return FailingClient(table.client)


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
