"""What read models in DynamoDB cost, in the units that the server tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.read_models.dynamodb.models import views_over
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.application.read_models.timeslots import TimeslotsQuery
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.kernel.ids import type_id, uuid7
from mentorbooking.domain.mentor_calendar.events import NewSlot, SlotReserved, SlotsAdded
from mentorbooking.domain.student_calendar.events import SessionAdded
from tests.support.dynamodb_logs import CountingClient
from tests.support.dynamodb_views import DynamoDBReadModels
from tests.support.fixed import NOW, STUDENT, slot
from tests.support.mentor_events import mentor

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

BIO = "Twelve years in Python, the last five in payments; prefers pair programming to slides."
WORDS = "How do I move from unit tests to contract tests without stopping the team for a month?"
BOOKINGS = 60


def fresh(prefix: str, number: int) -> str:
    return type_id(prefix, uuid7(NOW, number << 20))


BUSY = fresh("mentor", 0)


def created(number: int) -> BookingCreated:
    return BookingCreated(
        at=NOW,
        mentor_id=BUSY,
        student_id=STUDENT,
        slot_id=fresh("slot", number),
        slot=slot(hours=number + 1),
        title="Contract tests",
        description=WORDS,
    )


@pytest.fixture
async def views(dynamodb: DynamoDBClient) -> AsyncIterator[DynamoDBReadModels]:
    """Mentors of whom one has many slots and bookings."""
    async with DynamoDBReadModels(dynamodb) as views:
        for number in range(BOOKINGS):
            skills = ("Python", "Event sourcing", "PostgreSQL")
            await mentor(views, fresh("mentor", number), name="Ann Lee", skills=skills, bio=BIO)
            views.log.append(fresh("booking", number), created(number))
        offered = [NewSlot(fresh("slot", n), slot(hours=n + 1)) for n in range(BOOKINGS + 9)]
        page = f"mentor_calendar:{BUSY}:1478"
        await views.happened(page, SlotsAdded(at=NOW, mentor_id=BUSY, slots=tuple(offered)))
        yield views


@pytest.mark.parametrize(("strongly", "most"), [(True, 6), (False, 3)])
async def test_lists_of_fifty(views: DynamoDBReadModels, strongly: bool, most: float) -> None:
    counting = CountingClient(views.client)
    read = views_over(ViewsTable(counting, views.table.name, strongly=strongly))

    async def cost(page: object) -> float:
        counting.units.clear()
        assert len((await page).rows) == 50  # type: ignore[attr-defined]  # it is a coroutine
        return counting.units.total()

    slots = TimeslotsQuery(mentor_id=BUSY, start_from=NOW, start_before=NOW + timedelta(days=31))
    await read.timeslots.page(slots, now=NOW)
    await read.mentor_directory.page(MentorsQuery(), now=NOW)
    for of in ({}, {"student_id": STUDENT}, {"mentor_id": BUSY}):
        assert await cost(read.bookings.page(BookingsQuery(**of), now=NOW)) <= most
    assert await cost(read.timeslots.page(slots, now=NOW)) <= most
    for sort in MentorSort:
        query = MentorsQuery(sort=sort, skills=("python",), q="payments")
        assert await cost(read.mentor_directory.page(query, now=NOW)) <= most
    await views.happened(
        f"mentor_calendar:{BUSY}:1478",
        SlotReserved(at=NOW, slot_id=fresh("slot", 0), booking_id=fresh("booking", 0)),
    )
    assert await cost(read.mentor_directory.page(MentorsQuery(), now=NOW)) <= most


async def test_a_booking_is_a_unit_for_each_row_it_changes(views: DynamoDBReadModels) -> None:
    """Rows: the booking by id and in three lists; the slot by id and in its list,
    the mentor's fortnight. One more for each model that is held in memory, and one for all.
    """
    booking_id = fresh("booking", BOOKINGS + 1)
    counting = CountingClient(views.client)
    views.table.client = counting  # type: ignore[assignment]  # it counts, and calls the other
    views.log.append(
        f"mentor_calendar:{BUSY}:1478",
        SlotReserved(at=NOW, slot_id=fresh("slot", 3), booking_id=booking_id),
    )
    views.log.append(
        f"student_calendar:{STUDENT}", SessionAdded(at=NOW, booking_id="x", slot=slot())
    )
    await views.happened(booking_id, created(BOOKINGS + 1))
    assert counting.units["put_item"] == counting.calls["put_item"] == 4 + 3 + 1 + 1
    assert counting.units["batch_get_item"] == 2


async def test_a_cancellation_costs_as_much_and_a_row_among_the_cancelled(
    views: DynamoDBReadModels,
) -> None:
    counting = CountingClient(views.client)
    views.table.client = counting  # type: ignore[assignment]  # it counts, and calls the other
    await views.happened(
        fresh("booking", 1), BookingCancelled(at=NOW, cancelled_by=Party.MENTOR, reason="ill")
    )
    assert counting.units["put_item"] == counting.calls["put_item"] == 5 + 1
    assert counting.units["batch_get_item"] == 1
