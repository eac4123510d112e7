"""Offering, moving and removing time slots: what becomes of a mentor's calendar."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.slot import SlotAnswer, SlotsAnswer
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.calendar.add_timeslots import (
    AddTimeslots,
    AddTimeslotsHandler,
)
from mentorbooking.application.use_cases.calendar.remove_timeslot import (
    RemoveTimeslot,
    RemoveTimeslotHandler,
)
from mentorbooking.application.use_cases.calendar.update_timeslot import (
    UpdatedTimeslot,
    UpdateTimeslot,
    UpdateTimeslotHandler,
)
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.mentor_calendar.events import (
    NewSlot,
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)
from mentorbooking.domain.mentor_calendar.paging import page_of, slot_id_on
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, slot
from tests.support.people import (
    AN_ADMIN,
    ANOTHER_MENTOR,
    SLOT,
    THE_MENTOR,
    THE_STUDENT,
    TOMORROW,
    calendar,
    given_a_mentor,
    given_slots,
    slot_id,
)
from tests.support.use_cases import Asked, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

CUT = timedelta(days=12, hours=15)
"""So long after NOW a page of every calendar ends."""

LATE = slot(days=12, hours=14.5)
"""It begins on the page of NOW and ends on the next."""

NEXT_PAGE = slot(days=13)
NOT_THEIRS = [THE_STUDENT, ANOTHER_MENTOR]


@pytest.fixture
async def story(tmp_path: Path, anyio_backend: str) -> Any:
    with use_cases(tmp_path) as story:
        await given_a_mentor(story)
        yield story


def add(story: UseCases, *slots: TimeSlot, **wishes: Any) -> Asked[AddTimeslots, SlotsAnswer]:
    known = {"caller": THE_MENTOR, "mentor_id": MENTOR, "slots": slots}
    handle = AddTimeslotsHandler(story.aggregates, story.clock, story.ids)
    return story.when(handle, AddTimeslots(**{**known, **wishes}))


def move(story: UseCases, to: TimeSlot, **wishes: Any) -> Asked[UpdateTimeslot, UpdatedTimeslot]:
    known = {"caller": THE_MENTOR, "mentor_id": MENTOR, "slot_id": SLOT, "to": to}
    handle = UpdateTimeslotHandler(story.aggregates, story.clock)
    return story.when(handle, UpdateTimeslot(**{**known, **wishes}))


def remove(story: UseCases, **wishes: Any) -> Asked[RemoveTimeslot, None]:
    known = {"caller": THE_MENTOR, "mentor_id": MENTOR, "slot_id": SLOT}
    handle = RemoveTimeslotHandler(story.aggregates, story.clock)
    return story.when(handle, RemoveTimeslot(**{**known, **wishes}))


def told(slot_id: str, at: TimeSlot) -> SlotAnswer:
    return SlotAnswer(
        id=slot_id,
        mentor_id=MENTOR,
        start=at.start,
        end=at.end,
        duration_minutes=at.duration_minutes,
        status="available",
    )


def offered(*slots: NewSlot) -> SlotsAdded:
    return SlotsAdded(at=NOW, mentor_id=MENTOR, slots=slots)


def new(number: int, at: TimeSlot) -> NewSlot:
    """Return what the slot with this number becomes, of those that are asked for."""
    return NewSlot(slot_id_on(page_of(at.start), id_to_come("slot", number)), at)


def errors_of(refused: Exception) -> list[tuple[str, str]]:
    assert isinstance(refused, InvalidContent)
    assert all(isinstance(error, FieldError) for error in refused.errors)
    return [(error.pointer, error.code) for error in refused.errors]


@pytest.mark.parametrize("caller", [THE_MENTOR, AN_ADMIN])
async def test_slots_land_together_each_on_its_page_of_the_calendar(
    story: UseCases, caller: Principal
) -> None:
    first, second, third = new(1, NEXT_PAGE), new(2, TOMORROW), new(3, slot(days=1, hours=1))

    answer = await add(story, *(each.slot for each in (first, second, third)), caller=caller).then(
        (calendar(), offered(second, third)), (calendar(NEXT_PAGE), offered(first))
    )

    assert answer == SlotsAnswer([told(each.slot_id, each.slot) for each in (first, second, third)])


async def test_a_page_that_is_only_looked_at_is_left_as_it_is(story: UseCases) -> None:
    only = new(1, NEXT_PAGE)

    await add(story, NEXT_PAGE).then((calendar(NEXT_PAGE), offered(only)))


async def test_all_that_is_wrong_with_any_of_them_is_told_at_once(story: UseCases) -> None:
    short = slot(days=1, lasting=timedelta(minutes=4))

    refused = await add(story, TOMORROW, slot(hours=-1), short).then_refused("invalid-content")

    assert errors_of(refused) == [
        ("#/slots/1/start", "slot-in-past"),
        ("#/slots/2/end", "slot-too-short"),
    ]


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (TOMORROW, slot(days=1, hours=0.5)),
        (LATE, slot(days=12, hours=15.25)),
        (slot(days=12, hours=15.25), LATE),
    ],
)
async def test_no_two_slots_overlap_not_even_where_a_page_ends(
    story: UseCases, known: TimeSlot, wanted: TimeSlot
) -> None:
    await given_slots(story, (slot_id(1, known), known))

    refused = await add(story, wanted).then_refused("slot-overlap")

    assert {each["id"] for each in refused.extra["slots"]} == {slot_id(1, known), None}


async def test_two_that_are_offered_together_do_not_overlap(story: UseCases) -> None:
    await add(story, TOMORROW, TOMORROW).then_refused("slot-overlap")


async def test_a_slot_is_moved_within_its_page(story: UseCases) -> None:
    await given_slots(story)
    to = slot(days=2)

    answer = await move(story, to).then(
        (calendar(), SlotMoved(at=NOW, slot_id=SLOT, slot=to)), kept=False
    )

    assert answer == UpdatedTimeslot(told(SLOT, to), version=2)


async def test_a_slot_may_overlap_with_where_it_was(story: UseCases) -> None:
    await given_slots(story)
    to = slot(days=1, hours=0.5)

    await move(story, to).then((calendar(), SlotMoved(at=NOW, slot_id=SLOT, slot=to)), kept=False)


async def test_a_slot_keeps_its_id_and_counts_its_changes_on_another_page(story: UseCases) -> None:
    await given_slots(story)

    answer = await move(story, NEXT_PAGE).then(
        (calendar(), SlotLeft(at=NOW, slot_id=SLOT, to_page=page_of(NEXT_PAGE.start))),
        (
            calendar(NEXT_PAGE),
            SlotArrived(at=NOW, mentor_id=MENTOR, slot_id=SLOT, slot=NEXT_PAGE, slot_version=2),
        ),
        kept=False,
    )

    assert answer == UpdatedTimeslot(told(SLOT, NEXT_PAGE), version=2)


async def test_on_its_way_it_leaves_the_pages_between_as_they_are(story: UseCases) -> None:
    await given_slots(story)
    to = slot(days=27)
    assert page_of(to.start) == page_of(TOMORROW.start) + 2

    await move(story, to).then(
        (calendar(), SlotLeft(at=NOW, slot_id=SLOT, to_page=page_of(to.start))),
        (
            calendar(to),
            SlotArrived(at=NOW, mentor_id=MENTOR, slot_id=SLOT, slot=to, slot_version=2),
        ),
        kept=False,
    )


async def test_to_where_it_is_it_moves_without_a_fact(story: UseCases) -> None:
    await given_slots(story)

    answer = await move(story, TOMORROW).then(kept=False)

    assert answer == UpdatedTimeslot(told(SLOT, TOMORROW), version=1)


@pytest.mark.parametrize(
    ("known", "to"),
    [
        (slot(days=2), slot(days=2, hours=0.5)),
        (LATE, slot(days=12, hours=15.25)),
        (slot(days=12, hours=15.25), LATE),
    ],
)
async def test_it_moves_to_where_nothing_else_is(
    story: UseCases, known: TimeSlot, to: TimeSlot
) -> None:
    await given_slots(story)
    await given_slots(story, (slot_id(2, known), known))

    refused = await move(story, to).then_refused("slot-overlap")

    assert {each["id"] for each in refused.extra["slots"]} == {SLOT, slot_id(2, known)}


async def test_it_moves_into_the_future_only(story: UseCases) -> None:
    await given_slots(story)

    refused = await move(story, slot(hours=-1)).then_refused("invalid-content")

    assert errors_of(refused) == [("#/start", "slot-in-past")]


async def test_a_slot_that_is_taken_back_is_gone(story: UseCases) -> None:
    await given_slots(story)

    await remove(story).then((calendar(), SlotRemoved(at=NOW, slot_id=SLOT)), kept=False)

    await remove(story).then_refused("not-found")


async def test_a_booked_slot_stays_where_it_is(story: UseCases) -> None:
    await given_slots(story)
    await story.given(calendar(), SlotReserved(at=NOW, slot_id=SLOT, booking_id=BOOKING))

    await move(story, slot(days=2)).then_refused("slot-booked")
    await remove(story).then_refused("slot-booked")


async def test_who_has_seen_another_version_of_a_slot_is_told_so(story: UseCases) -> None:
    await given_slots(story)
    seen = {"if_match": frozenset({2})}

    await move(story, slot(days=2), **seen).then_refused("version-mismatch")
    refused = await remove(story, **seen).then_refused("version-mismatch")

    assert refused.detail == "It has changed meanwhile: its version is 1."


@pytest.mark.parametrize("caller", NOT_THEIRS)
async def test_time_is_offered_by_its_mentor_only(story: UseCases, caller: Principal) -> None:
    await given_slots(story)

    for asked in (
        add(story, slot(days=2), caller=caller),
        move(story, slot(days=2), caller=caller),
        remove(story, caller=caller),
    ):
        refused = await asked.then_refused("not-yours")
        assert refused.detail == "Only the mentor and admins may do this."


async def test_what_there_is_not_is_not_found(story: UseCases) -> None:
    unknown = {"caller": AN_ADMIN, "mentor_id": "mentor_unknown"}

    for asked in (add(story, TOMORROW, **unknown), move(story, TOMORROW), remove(story)):
        await asked.then_refused("not-found")


def test_the_pages_of_these_tests_end_where_they_are_said_to() -> None:
    assert page_of(NOW + CUT) == page_of(NOW) + 1
    assert page_of(NOW + CUT - HOUR / 3600) == page_of(NOW)
