"""What is particular to read models in DynamoDB: short pages, gravestones, a table out of reach."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from mentorbooking.adapters.read_models.dynamodb.bookings import unpacked
from mentorbooking.adapters.read_models.dynamodb.compact_ids import compact, spelled
from mentorbooking.adapters.read_models.dynamodb.items import EXPIRES, Place, by_time
from mentorbooking.adapters.read_models.dynamodb.models import views_over
from mentorbooking.adapters.read_models.dynamodb.reader import Listing, Range, behind
from mentorbooking.adapters.read_models.dynamodb.schema import create_views_table
from mentorbooking.adapters.read_models.dynamodb.target import GRAVESTONE_SECONDS
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.application.read_models.mentor_directory import MentorsQuery
from mentorbooking.domain.booking.events import BookingCreated
from mentorbooking.domain.kernel.ids import type_id, uuid7
from mentorbooking.domain.mentor_calendar.events import NewSlot, SlotRemoved, SlotsAdded
from tests.support.dynamodb_views import PRESENT, DynamoDBReadModels
from tests.support.dynamodb_views_checked import everything_in
from tests.support.faulty_dynamodb import FaultyClient, Real
from tests.support.fixed import MENTOR, NOW, STUDENT, slot

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(dynamodb: DynamoDBClient) -> FaultyClient:
    return FaultyClient(dynamodb)


@pytest.fixture
async def views(client: FaultyClient) -> AsyncIterator[DynamoDBReadModels]:
    async with DynamoDBReadModels(client) as views:
        yield views


def created(number: int) -> BookingCreated:
    return BookingCreated(
        at=NOW,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id="slot",
        slot=slot(hours=number),
        title=f"{number}",
    )


@pytest.mark.parametrize("rare", [1, 7, 30, 1000])
async def test_a_page_that_looked_at_many_rows_is_short_and_says_where_to_go_on(
    views: DynamoDBReadModels, rare: int
) -> None:
    for number in range(60):
        views.log.append(f"booking_{number:02}", created(number))
    await views.catch_up()

    def wanted(_: str, body: bytes) -> int | None:
        number = int(unpacked(body).title)
        return number if number % rare == 0 else None

    found: list[int] = []
    within = Range("b3/all")
    for _ in range(60):
        rows, after = await Listing(views.table, 4, wanted, most=10).rows(within)
        assert len(rows) <= 4
        found += rows
        if after is None:
            break
        within = within._replace(first=behind(str(after[0])))
    assert found == list(range(0, 60, rare))


async def test_what_is_removed_leaves_a_gravestone_that_expires(
    views: DynamoDBReadModels,
) -> None:
    page = f"mentor_calendar:{MENTOR}:1"
    offered = (NewSlot("a", slot(days=1)),)
    await views.happened(page, SlotsAdded(at=NOW, mentor_id=MENTOR, slots=offered))
    await views.happened(page, SlotRemoved(at=NOW, slot_id="a"))
    stands = await everything_in(views.table)
    start = by_time(slot(days=1).start)
    for place in (Place("t2/id/a"), Place(f"t2/m/{MENTOR}", f"{start}#a")):
        assert "b" not in stands[place]
        assert stands[place][EXPIRES] == {"N": str(PRESENT + GRAVESTONE_SECONDS)}


async def test_making_the_table_again_does_no_harm(views: DynamoDBReadModels) -> None:
    await views.happened("booking_1", created(1))
    await create_views_table(views.table.client, views.table.name)
    assert len((await views.bookings.page(BookingsQuery(), now=NOW)).rows) == 1
    expiry = await views.table.client.describe_time_to_live(TableName=views.table.name)
    assert expiry["TimeToLiveDescription"]["AttributeName"] == EXPIRES


async def _down(real: Real, given: dict[str, Any]) -> Any:
    raise EndpointConnectionError(endpoint_url="http://nowhere")


async def _throttled(real: Real, given: dict[str, Any]) -> Any:
    raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Query")


@pytest.mark.parametrize("fault", [_down, _throttled])
async def test_lists_say_that_the_table_is_out_of_reach_and_then_go_on(
    client: FaultyClient, views: DynamoDBReadModels, fault: Any
) -> None:
    await views.happened("booking_1", created(1))
    for operation in ("get_item", "query"):
        read = views_over(views.table)
        client.always(operation, fault)
        with pytest.raises(StoreUnavailable):
            await read.bookings.page(BookingsQuery(), now=NOW)
        with pytest.raises(StoreUnavailable):
            await read.mentor_directory.page(MentorsQuery(), now=NOW)
        client.heal()
        assert len((await read.bookings.page(BookingsQuery(), now=NOW)).rows) == 1
        assert (await read.mentor_directory.page(MentorsQuery(), now=NOW)).rows == []


async def test_items_that_are_left_over_are_asked_for_and_written_again(
    client: FaultyClient, views: DynamoDBReadModels
) -> None:
    async def half(real: Real, given: dict[str, Any]) -> Any:
        ((table, items),) = given["RequestItems"].items()
        some, left = items[:1], items[1:]
        await client.batch_write_item(RequestItems={table: some})
        return {"UnprocessedItems": {table: left} if left else {}}

    for number in range(3):
        await views.happened(f"booking_{number}", created(number))
    client.plan("batch_write_item", half)
    await views.rebuild("bookings")
    assert len((await views.bookings.page(BookingsQuery(), now=NOW)).rows) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slot_1",
        "a" * 15,
        "a" * 16,
        "é" * 8,
        type_id("mentor", 1),
        type_id("slot", uuid7(NOW, 7)),
    ],
)
def test_ids_come_back_as_they_were(text: str) -> None:
    assert spelled("slot", compact("slot", text)) == text


def test_text_of_instants_sorts_by_time() -> None:
    instants = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2026, 9, 1, 9, tzinfo=UTC),
        datetime(2026, 9, 1, 9, microsecond=1, tzinfo=UTC),
        datetime(2026, 9, 1, 9, 0, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
    keys = [f"{by_time(at)}#{name}" for at in instants for name in ("a", "ab", "b")]
    assert keys == sorted(keys)
    assert [behind(key) for key in keys] == sorted([*keys, *map(behind, keys)])[1::2]
