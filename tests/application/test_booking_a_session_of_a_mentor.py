"""Booking: an open slot becomes the student's session, or the refusal says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.use_cases.bookings.create_booking import (
    CreateBooking,
    CreateBookingHandler,
)
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCreated
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.mentor.events import MentorPaused
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor_calendar.events import SlotArrived, SlotLeft, SlotReserved
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import SessionAdded
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT, slot
from tests.support.people import (
    AN_ADMIN,
    ANOTHER_STUDENT,
    SLOT,
    THE_MENTOR,
    THE_STUDENT,
    TOMORROW,
    calendar,
    given_everybody,
    slot_id,
)
from tests.support.use_cases import Asked, Fact, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

NEW = id_to_come("booking")


def open_slot(number: int) -> SlotAnswer:
    at = slot(days=2, hours=number)
    return SlotAnswer(
        id=slot_id(number),
        mentor_id=MENTOR,
        start=at.start,
        end=at.end,
        duration_minutes=60,
        status="available",
    )


@dataclass
class Lists:
    """The list of open slots; ``asked`` is what was wanted of it, in order."""

    slots: list[SlotAnswer] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)

    async def hold_it(self) -> bool:
        self.asked.append("to hold it")
        return True

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        self.asked.append((mentor_id, after, limit))
        return self.slots[:limit]


class Desk:
    """Where sessions are booked."""

    def __init__(self, story: UseCases) -> None:
        self.story, self.lists = story, Lists()
        self._handle = CreateBookingHandler(
            story.aggregates, self.lists, self.lists.hold_it, story.clock, story.ids
        )

    def book(self, **wishes: Any) -> Asked[CreateBooking, BookingAnswer]:
        known = {"caller": THE_STUDENT, "mentor_id": MENTOR, "slot_id": SLOT}
        return self.story.when(self._handle, CreateBooking(**{**known, **wishes}))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with use_cases(tmp_path) as story:
        yield Desk(story)


def a_session(title: str = "", description: str = "") -> tuple[Fact, ...]:
    created = BookingCreated(
        at=NOW,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id=SLOT,
        slot=TOMORROW,
        title=title,
        description=description,
    )
    return (
        (calendar(), SlotReserved(at=NOW, slot_id=SLOT, booking_id=NEW)),
        (StudentCalendar(id=STUDENT), SessionAdded(at=NOW, booking_id=NEW, slot=TOMORROW)),
        (Booking(id=NEW), created),
    )


async def test_an_open_slot_is_the_students_from_now_on(desk: Desk) -> None:
    await given_everybody(desk.story)

    answer = await desk.book(title="Career talk", description="Where to go?").then(
        *a_session("Career talk", "Where to go?")
    )

    assert answer == BookingAnswer(
        id=NEW,
        mentor_id=MENTOR,
        student_id=STUDENT,
        slot_id=SLOT,
        start=TOMORROW.start,
        end=TOMORROW.end,
        duration_minutes=60,
        title="Career talk",
        description="Where to go?",
        status="confirmed",
        created_at=NOW,
        updated_at=NOW,
        version=1,
    )


async def test_a_student_may_name_themselves(desk: Desk) -> None:
    await given_everybody(desk.story)

    await desk.book(student_id=STUDENT).then(*a_session())


async def test_an_admin_books_for_a_student(desk: Desk) -> None:
    await given_everybody(desk.story)

    await desk.book(caller=AN_ADMIN, student_id=STUDENT).then(*a_session())


async def test_a_slot_is_found_where_it_was_moved_to(desk: Desk) -> None:
    await given_everybody(desk.story)
    later = slot(days=20)
    await desk.story.given(calendar(), SlotLeft(at=NOW, slot_id=SLOT, to_page=page_of(later.start)))
    await desk.story.given(
        calendar(later),
        SlotArrived(at=NOW, mentor_id=MENTOR, slot_id=SLOT, slot=later, slot_version=2),
    )

    assert (await desk.book().then(*moved_session(later))).start == later.start


def moved_session(later: Any) -> tuple[Fact, ...]:
    created = BookingCreated(at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id=SLOT, slot=later)
    return (
        (calendar(later), SlotReserved(at=NOW, slot_id=SLOT, booking_id=NEW)),
        (StudentCalendar(id=STUDENT), SessionAdded(at=NOW, booking_id=NEW, slot=later)),
        (Booking(id=NEW), created),
    )


async def test_an_admin_has_to_say_for_whom(desk: Desk) -> None:
    await given_everybody(desk.story)

    refused = await desk.book(caller=AN_ADMIN).then_refused("invalid-content")

    assert isinstance(refused, InvalidContent)
    assert refused.errors == (
        FieldError("#/student_id", "missing-value", "An admin says for whom to book."),
    )


@pytest.mark.parametrize(
    "wishes", [{"caller": ANOTHER_STUDENT, "student_id": STUDENT}, {"caller": THE_MENTOR}]
)
async def test_nobody_books_for_somebody_else(desk: Desk, wishes: dict[str, Any]) -> None:
    await given_everybody(desk.story)

    await desk.book(**wishes).then_refused("not-yours")


@pytest.mark.parametrize(
    ("wishes", "missing"),
    [
        ({"mentor_id": "mentor_unknown"}, "There is no such mentor."),
        ({"slot_id": slot_id(2)}, "The mentor has no such time slot."),
        ({"slot_id": "slot_unknown"}, "The mentor has no such time slot."),
        ({"caller": ANOTHER_STUDENT}, "There is no such student."),
    ],
)
async def test_what_there_is_not_can_not_be_booked(
    desk: Desk, wishes: dict[str, Any], missing: str
) -> None:
    await given_everybody(desk.story)

    refused = await desk.book(**wishes).then_refused("not-found")

    assert refused.detail == missing


async def test_a_paused_mentor_takes_no_bookings(desk: Desk) -> None:
    await given_everybody(desk.story)
    await desk.story.given(Mentor(id=MENTOR), MentorPaused(at=NOW))

    refused = await desk.book().then_refused("mentor-not-active")

    assert refused.detail == "The mentor takes no bookings at present."
    assert refused.extra == {}
    assert desk.lists.asked == []


async def test_a_slot_that_has_begun_is_over(desk: Desk) -> None:
    await given_everybody(desk.story)
    desk.story.clock.advance(timedelta(days=1))

    await desk.book().then_refused("slot-in-past")


async def test_nobody_is_in_two_sessions_at_once(desk: Desk) -> None:
    await given_everybody(desk.story)
    overlapping = slot(days=1, hours=0.5)
    await desk.story.given(
        StudentCalendar(id=STUDENT), SessionAdded(at=NOW, booking_id=BOOKING, slot=overlapping)
    )

    await desk.book().then_refused("student-overlap")


@pytest.mark.parametrize("listed", [[1, 2, 3, 4, 5], [2, 3, 4, 5]])
async def test_who_comes_too_late_is_told_of_three_other_slots(
    desk: Desk, listed: list[int]
) -> None:
    await given_everybody(desk.story)
    await desk.story.given(calendar(), SlotReserved(at=NOW, slot_id=SLOT, booking_id=BOOKING))
    desk.lists.slots = [*map(open_slot, listed)]

    refused = await desk.book().then_refused("slot-taken")

    assert refused.detail == "Somebody else has booked this time slot."
    assert refused.extra == {"alternatives": [open_slot(2), open_slot(3), open_slot(4)]}
    assert desk.lists.asked == ["to hold it", (MENTOR, NOW, 4)], "theirs may be among them"


async def test_a_mentor_who_is_paused_at_that_moment_is_not_booked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A booking holds the mentor's version: of two that happen at once one is decided again."""
    await given_everybody(desk.story)
    aggregates = desk.story.aggregates

    async def save_too_late(*decisions: Any, **wishes: Any) -> Any:
        monkeypatch.undo()
        await desk.story.given(Mentor(id=MENTOR), MentorPaused(at=NOW))
        return await aggregates.save(*decisions, **wishes)

    monkeypatch.setattr(aggregates, "save", save_too_late)

    with pytest.raises(ConcurrentChange):
        await desk.book().then()
