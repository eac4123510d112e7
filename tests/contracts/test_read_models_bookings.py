"""What every list of bookings promises: events in, bookings out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import HOUR, MENTOR, NOW, STUDENT, slot
from tests.support.read_models import ReadModels, rows_of

pytestmark = pytest.mark.anyio


def created(
    when: TimeSlot, *, student: str = STUDENT, mentor: str = MENTOR, title: str = "C++"
) -> BookingCreated:
    return BookingCreated(
        at=NOW,
        mentor_id=mentor,
        student_id=student,
        slot_id=f"slot_{when.start:%d%H}",
        slot=when,
        title=title,
    )


CANCELLED = BookingCancelled(at=NOW + HOUR, cancelled_by=Party.MENTOR)


async def listed(read_models: ReadModels, *, now: datetime = NOW, **of: Any) -> list[str]:
    page = await read_models.bookings.page(BookingsQuery(**of), now=now)
    return [row.id for row in rows_of(page, BookingAnswer)]


@pytest.fixture
async def some(read_models: ReadModels) -> ReadModels:
    await read_models.happened("booking_3", created(slot(days=3)))
    await read_models.happened("booking_1", created(slot(days=1), student="student_x"))
    await read_models.happened("booking_2", created(slot(days=2), mentor="mentor_x"))
    await read_models.happened("booking_0", created(slot(days=-1)))
    await read_models.happened("booking_1", CANCELLED)
    return read_models


async def test_all_bookings_by_start_cancelled_ones_too(some: ReadModels) -> None:
    assert await listed(some) == ["booking_0", "booking_1", "booking_2", "booking_3"]


@pytest.mark.parametrize("reason", ['Fläche\n"ill"', "", None])
async def test_a_booking_is_told_as_the_service_tells_it_elsewhere(
    read_models: ReadModels, reason: str | None
) -> None:
    known = Booking(id="booking_1")
    cancelled = BookingCancelled(at=NOW + HOUR, cancelled_by=Party.MENTOR, reason=reason)
    for event in (created(slot(days=1)), cancelled):
        await read_models.happened("booking_1", event)
        known = known.after(event)
        page = await read_models.bookings.page(BookingsQuery(), now=NOW)
        assert [bytes(row) for row in page.rows] == [msgspec.json.encode(booking_answer(known))]


async def test_by_student_by_mentor_and_by_both(some: ReadModels) -> None:
    assert await listed(some, student_id=STUDENT) == ["booking_0", "booking_2", "booking_3"]
    assert await listed(some, mentor_id=MENTOR) == ["booking_0", "booking_1", "booking_3"]
    assert await listed(some, student_id=STUDENT, mentor_id="mentor_x") == ["booking_2"]
    assert await listed(some, student_id="student_y") == []


async def test_by_status(some: ReadModels) -> None:
    assert await listed(some, status="cancelled") == ["booking_1"]
    assert await listed(some, status="confirmed") == ["booking_0", "booking_2", "booking_3"]
    assert await listed(some, status="confirmed", student_id="student_x") == []
    assert await listed(some, status="cancelled", student_id="student_x") == ["booking_1"]
    assert await listed(some, status="no-such-status") == []


async def test_by_start_in_a_half_open_range(some: ReadModels) -> None:
    first, second = slot(days=1).start, slot(days=3).start
    assert await listed(some, start_from=first, start_before=second) == ["booking_1", "booking_2"]
    assert await listed(
        some, start_from=first + timedelta(microseconds=1), start_before=second
    ) == ["booking_2"]
    assert await listed(some, start_before=first) == ["booking_0"]


async def test_a_session_under_way_is_upcoming_until_it_has_ended(some: ReadModels) -> None:
    session = slot(days=2)
    almost = session.end - timedelta(microseconds=1)
    assert await listed(some, when="upcoming", now=almost) == ["booking_2", "booking_3"]
    assert await listed(some, when="past", now=almost) == ["booking_0", "booking_1"]
    assert await listed(some, when="upcoming", now=session.end) == ["booking_3"]
    assert await listed(some, when="past", now=session.end) == [
        "booking_0",
        "booking_1",
        "booking_2",
    ]


async def test_the_longest_session_is_upcoming_to_its_very_end(read_models: ReadModels) -> None:
    longest = slot(hours=1, lasting=timedelta(hours=24))
    await read_models.happened("booking_1", created(longest))
    at_last = longest.end - timedelta(microseconds=1)
    assert await listed(read_models, when="upcoming", now=at_last) == ["booking_1"]
    assert await listed(read_models, when="past", now=at_last) == []


async def test_conditions_add_up(some: ReadModels) -> None:
    assert await listed(
        some,
        student_id=STUDENT,
        mentor_id=MENTOR,
        status="confirmed",
        when="upcoming",
        start_from=NOW,
        start_before=NOW + timedelta(days=9),
    ) == ["booking_3"]


@pytest.mark.parametrize(
    "of",
    [
        {},
        {"student_id": STUDENT},
        {"mentor_id": MENTOR},
        {"status": "cancelled"},
        {"when": "upcoming"},
        {"start_from": NOW - timedelta(days=9)},
    ],
    ids=str,
)
async def test_pages_follow_each_other_though_sessions_start_together(
    read_models: ReadModels, of: dict[str, Any]
) -> None:
    expected = []
    for number in range(11):
        booking = f"booking_{number:02}"
        read_models.log.append(booking, created(slot(hours=1 + number // 4)), CANCELLED)
        expected.append(booking)
    await read_models.catch_up()
    seen, after = [], None
    for _ in range(4):
        page = await read_models.bookings.page(BookingsQuery(limit=3, after=after, **of), now=NOW)
        seen += [row.id for row in rows_of(page, BookingAnswer)]
        after = page.next_keys
    assert seen == expected
    assert after is None


async def test_rows_that_come_and_go_between_pages_shift_nothing(some: ReadModels) -> None:
    first = await some.bookings.page(BookingsQuery(limit=2), now=NOW)
    await some.happened("booking_9", created(slot(days=-5)))
    second = await some.bookings.page(BookingsQuery(limit=2, after=first.next_keys), now=NOW)
    assert [row.id for row in rows_of(second, BookingAnswer)] == ["booking_2", "booking_3"]


async def test_who_has_a_session_that_stands_knows_the_mentor(some: ReadModels) -> None:
    known = some.bookings.have_confirmed_booking
    assert await known(student_id=STUDENT, mentor_id=MENTOR)
    assert await known(student_id=STUDENT, mentor_id="mentor_x")
    assert not await known(student_id="student_x", mentor_id=MENTOR)
    assert not await known(student_id="student_x", mentor_id="mentor_x")
    await some.happened("booking_2", CANCELLED)
    assert not await known(student_id=STUDENT, mentor_id="mentor_x")


async def test_created_and_cancelled_in_one_batch_is_cancelled(read_models: ReadModels) -> None:
    await read_models.happened("booking_1", created(slot(days=1)), CANCELLED)
    assert await listed(read_models, status="cancelled") == ["booking_1"]
    assert await listed(read_models, status="confirmed") == []
