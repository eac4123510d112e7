"""Cancelling and looking at a booking: who may, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.cancel_booking import (
    CancelBooking,
    CancelBookingHandler,
)
from mentorbooking.application.use_cases.bookings.get_booking import GetBooking, GetBookingHandler
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCancelled, Party
from mentorbooking.domain.mentor_calendar.events import SlotReleased
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import SessionRemoved
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT
from tests.support.people import (
    AN_ADMIN,
    AN_OPERATOR,
    ANOTHER_MENTOR,
    ANOTHER_STUDENT,
    SLOT,
    THE_MENTOR,
    THE_STUDENT,
    TOMORROW,
    calendar,
    given_a_booking,
)
from tests.support.use_cases import Asked, Fact, UseCases, use_cases

pytestmark = pytest.mark.anyio


@pytest.fixture
def story(tmp_path: Path) -> Iterator[UseCases]:
    with use_cases(tmp_path) as story:
        yield story


def cancel(story: UseCases, **wishes: Any) -> Asked[CancelBooking, BookingAnswer]:
    known = {"caller": THE_STUDENT, "booking_id": BOOKING}
    handle = CancelBookingHandler(story.aggregates, story.clock)
    return story.when(handle, CancelBooking(**{**known, **wishes}))


def look(story: UseCases, **wishes: Any) -> Asked[GetBooking, BookingAnswer]:
    known = {"caller": THE_STUDENT, "booking_id": BOOKING}
    return story.when(GetBookingHandler(story.aggregates), GetBooking(**{**known, **wishes}))


def called_off(by: Party, reason: str | None = None) -> tuple[Fact, ...]:
    return (
        (Booking(id=BOOKING), BookingCancelled(at=NOW, cancelled_by=by, reason=reason)),
        (calendar(), SlotReleased(at=NOW, slot_id=SLOT, booking_id=BOOKING)),
        (StudentCalendar(id=STUDENT), SessionRemoved(at=NOW, booking_id=BOOKING)),
    )


@pytest.mark.parametrize(
    ("caller", "party"),
    [
        (THE_STUDENT, Party.STUDENT),
        (THE_MENTOR, Party.MENTOR),
        (AN_ADMIN, Party.ADMIN),
    ],
)
async def test_who_takes_part_and_admins_call_it_off_and_both_are_free_again(
    story: UseCases, caller: Principal, party: Party
) -> None:
    await given_a_booking(story)

    answer = await cancel(story, caller=caller, reason="I am ill").then(
        *called_off(party, "I am ill")
    )

    assert answer == BookingAnswer(
        id=BOOKING,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id=SLOT,
        start=TOMORROW.start,
        end=TOMORROW.end,
        duration_minutes=60,
        title="Career talk",
        description="",
        status="cancelled",
        created_at=NOW,
        updated_at=NOW,
        version=2,
        cancelled_by=party,
        cancellation_reason="I am ill",
    )


async def test_what_is_called_off_stays_so_without_another_fact(story: UseCases) -> None:
    await given_a_booking(story)
    first = await cancel(story).then(*called_off(Party.STUDENT))

    again = await cancel(story, caller=THE_MENTOR, reason="me too").then(kept=False)

    assert again == first


async def test_a_session_that_has_begun_takes_place(story: UseCases) -> None:
    await given_a_booking(story)
    story.clock.advance(timedelta(days=1))

    await cancel(story).then_refused("already-started")


async def test_who_has_seen_another_version_is_told_so(story: UseCases) -> None:
    await given_a_booking(story)

    refused = await cancel(story, if_match=frozenset({2, 3})).then_refused("version-mismatch")
    assert refused.detail == "It has changed meanwhile: its version is 1."

    await cancel(story, if_match=frozenset({1, 2})).then(*called_off(Party.STUDENT))


@pytest.mark.parametrize("caller", [ANOTHER_STUDENT, ANOTHER_MENTOR, AN_OPERATOR])
async def test_for_others_there_is_no_such_booking(story: UseCases, caller: Principal) -> None:
    await given_a_booking(story)

    assert (await cancel(story, caller=caller).then_refused("not-found")).detail == (
        "There is no such booking."
    )
    await look(story, caller=caller).then_refused("not-found")


async def test_what_there_is_not_is_not_found(story: UseCases) -> None:
    for caller in (THE_STUDENT, AN_ADMIN):
        await cancel(story, caller=caller).then_refused("not-found")
        await look(story, caller=caller).then_refused("not-found")


@pytest.mark.parametrize("caller", [THE_STUDENT, THE_MENTOR, AN_ADMIN])
async def test_who_takes_part_and_admins_see_it(story: UseCases, caller: Principal) -> None:
    await given_a_booking(story)

    seen = await look(story, caller=caller).then(kept=False)

    assert (seen.id, seen.status, seen.version) == (BOOKING, "confirmed", 1)


async def test_an_operator_reaches_what_the_table_of_access_says(story: UseCases) -> None:
    await given_a_booking(story)

    await look(story, caller=AN_OPERATOR, operation="get_booking_history").then(kept=False)
