"""Book a time slot of a mentor for a student."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.authorisation import NotYours
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.calendar.finding_slots import find_slot
from mentorbooking.application.use_cases.mentors.managed_mentor import known_mentor
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.errors import SlotNotBookable
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent, NotFound
from mentorbooking.domain.scheduling.bookability import Reason, reasons_against
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.role import Role

_WHY = {
    Reason.MENTOR_NOT_ACTIVE: "The mentor takes no bookings at present.",
    Reason.SLOT_IN_PAST: "The time slot has started or is over.",
    Reason.SLOT_TAKEN: "Somebody else has booked this time slot.",
    Reason.STUDENT_OVERLAP: "The student has another session at that time.",
}


class OpenSlots(Protocol):
    """Where open slots of a mentor are looked up for somebody who came too late."""

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        """Return open slots that start after an instant, the earliest first."""


class CreateBooking(msgspec.Struct, frozen=True, kw_only=True):
    """``student_id`` is needed from admins only."""

    caller: Principal
    mentor_id: str
    slot_id: str
    student_id: str | None = None
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class CreateBookingHandler:
    """``lists_hold_it`` waits for the read models, for a moment at most."""

    aggregates: AggregateStore
    open_slots: OpenSlots
    lists_hold_it: Callable[[], Awaitable[bool]]
    clock: Clock
    ids: Ids

    async def __call__(self, command: CreateBooking) -> BookingAnswer:
        now = self.clock.now()
        student_id = _student(command)
        mentor = await known_mentor(self.aggregates, command.mentor_id)
        calendar, slot = await find_slot(self.aggregates, mentor.id, command.slot_id)
        student = await self.aggregates.find(StudentCalendar, student_id)
        if not student.exists:
            raise NotFound("There is no such student.")
        reasons = reasons_against(
            slot.slot,
            now=now,
            mentor_is_active=mentor.is_active,
            is_taken=slot.booking_id is not None,
            student_sessions=student.near(slot.slot),
        )
        if reasons:
            raise await self._refusal(reasons[0], command, now)
        booking = Booking.create(
            self.ids.new("booking"),
            mentor_id=mentor.id,
            student_id=student_id,
            slot_id=command.slot_id,
            slot=slot.slot,
            title=command.title,
            description=command.description,
            now=now,
        )
        booking_id = booking.aggregate.id
        answer = booking_answer(booking.outcome())
        await self.aggregates.save(
            calendar.reserve(command.slot_id, booking_id, now=now),
            student.add(booking_id, slot.slot, now=now),
            booking,
            mentor.decide(),
            answer=answer,
        )
        return answer

    async def _refusal(
        self, reason: Reason, command: CreateBooking, now: datetime
    ) -> SlotNotBookable:
        if reason is not Reason.SLOT_TAKEN:
            return SlotNotBookable(reason, _WHY[reason])
        await self.lists_hold_it()
        found = await self.open_slots.next_open(command.mentor_id, after=now, limit=4)
        alternatives = [slot for slot in found if slot.id != command.slot_id][:3]
        return SlotNotBookable(reason, _WHY[reason], alternatives=alternatives)


def student_missing() -> FieldError:
    """Say that an admin has to name a student."""
    return FieldError("#/student_id", "missing-value", "An admin says for whom to book.")


def _student(command: CreateBooking) -> str:
    own = command.caller.student_id
    if command.caller.role is Role.ADMIN:
        if command.student_id is None:
            raise InvalidContent(student_missing())
        return command.student_id
    if own is None or command.student_id not in (None, own):
        raise NotYours("You can book for yourself only.")
    return own
