"""Cancel a booking; its slot is open again in the same append."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.get_booking import visible_booking
from mentorbooking.application.use_cases.calendar.finding_slots import page_of_slot
from mentorbooking.application.use_cases.preconditions import Versions, require_version
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.student_calendar.calendar import StudentCalendar


class CancelBooking(msgspec.Struct, frozen=True, kw_only=True):
    """``if_match``: versions that the caller may have seen."""

    caller: Principal
    booking_id: str
    reason: str | None = None
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class CancelBookingHandler:
    aggregates: AggregateStore
    clock: Clock

    async def __call__(self, command: CancelBooking) -> BookingAnswer:
        now = self.clock.now()
        booking = await visible_booking(
            self.aggregates, command.caller, command.booking_id, "cancel_booking"
        )
        require_version(booking, command.if_match)
        party = _party(command.caller, booking.student_id, booking.mentor_id)
        cancelled = booking.cancel(by=party, reason=command.reason, now=now)
        answer = booking_answer(cancelled.outcome())
        if not cancelled.events:
            return answer
        calendar = await page_of_slot(self.aggregates, booking.mentor_id, booking.slot_id)
        student = await self.aggregates.get(StudentCalendar, booking.student_id)
        await self.aggregates.save(
            cancelled,
            calendar.release(booking.slot_id, booking.id, now=now),
            student.remove(booking.id, now=now),
            answer=answer,
        )
        return answer


def _party(caller: Principal, student_id: str, mentor_id: str) -> Party:
    if caller.student_id == student_id:
        return Party.STUDENT
    return Party.MENTOR if caller.mentor_id == mentor_id else Party.ADMIN
