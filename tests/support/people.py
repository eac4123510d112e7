"""Who takes part in the tests of use cases, as callers and as what happened to them."""

from __future__ import annotations

from typing import Final

from mentorbooking.application.principal import Principal
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCreated
from mentorbooking.domain.mentor.events import MentorCreated, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.events import NewSlot, SlotReserved, SlotsAdded
from mentorbooking.domain.mentor_calendar.paging import page_of, slot_id_on
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import SessionAdded, StudentCalendarOpened
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT, USER, slot
from tests.support.use_cases import UseCases

STUDENT_USER: Final = USER
MENTOR_USER: Final = "user_01k40000000000000000000005"
ADMIN_USER: Final = "user_01k40000000000000000000006"

THE_STUDENT: Final = Principal(STUDENT_USER, Role.STUDENT, student_id=STUDENT)
THE_MENTOR: Final = Principal(MENTOR_USER, Role.MENTOR, mentor_id=MENTOR)
AN_ADMIN: Final = Principal(ADMIN_USER, Role.ADMIN)
AN_OPERATOR: Final = Principal("user_8", Role.OPERATOR)
ANOTHER_STUDENT: Final = Principal("user_9", Role.STUDENT, student_id="student_9")
ANOTHER_MENTOR: Final = Principal("user_7", Role.MENTOR, mentor_id="mentor_7")

TOMORROW: Final = slot(days=1)
PROFILE: Final = MentorProfile(
    name="Ada Lovelace", email="ada@people.example", time_zone="Asia/Kolkata"
)


def slot_id(number: int = 1, at: TimeSlot = TOMORROW) -> str:
    """Return the id of a slot that began its life on the page where ``at`` is."""
    return slot_id_on(page_of(at.start), f"slot_01k400000000000000000{number}0000")


SLOT: Final = slot_id()


def calendar(at: TimeSlot = TOMORROW) -> MentorCalendar:
    """Return the page of the mentor's calendar that holds a time, empty."""
    return MentorCalendar(id=MentorCalendar.id_of(MENTOR, page_of(at.start)))


async def given_a_mentor(story: UseCases) -> None:
    created = MentorCreated(
        at=NOW, profile=PROFILE, origin=Origin.REGISTRATION, user_id=MENTOR_USER
    )
    await story.given(Mentor(id=MENTOR), created)


async def given_slots(story: UseCases, *slots: tuple[str, TimeSlot]) -> None:
    for slot_id, at in slots or ((SLOT, TOMORROW),):
        added = SlotsAdded(at=NOW, mentor_id=MENTOR, slots=(NewSlot(slot_id, at),))
        await story.given(calendar(at), added)


async def given_a_student(story: UseCases) -> None:
    await story.given(StudentCalendar(id=STUDENT), StudentCalendarOpened(at=NOW, user_id=USER))


async def given_everybody(story: UseCases) -> None:
    """Let a mentor offer an hour tomorrow, and a student be able to book it."""
    await given_a_mentor(story)
    await given_slots(story)
    await given_a_student(story)


async def given_a_booking(story: UseCases, *, title: str = "Career talk") -> None:
    """Let that student have booked that hour."""
    await given_everybody(story)
    created = BookingCreated(
        at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id=SLOT, slot=TOMORROW, title=title
    )
    await story.given(Booking(id=BOOKING), created)
    await story.given(calendar(), SlotReserved(at=NOW, slot_id=SLOT, booking_id=BOOKING))
    await story.given(
        StudentCalendar(id=STUDENT), SessionAdded(at=NOW, booking_id=BOOKING, slot=TOMORROW)
    )
