"""What mentors' and students' time must be like, in the plainest way: two dictionaries.

It knows the contract and none of the code: no pages, no events, no versions of streams. A test
gives the same commands to it and to the real use cases and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self, TypeAlias

from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslot
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.application.use_cases.preconditions import Versions
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.user_account.role import Role

Command: TypeAlias = (
    AddTimeslots | UpdateTimeslot | RemoveTimeslot | CreateBooking | CancelBooking | ChangeStanding
)


class Told(NamedTuple):
    """How a command ended: the code of a refusal with the errors it named, or an answer."""

    refusal: str | None
    answer: Any = None


@dataclass
class Slot:
    mentor: str
    start: datetime
    end: datetime
    version: int = 1
    booking: str | None = None


@dataclass
class Booking:
    mentor: str
    student: str
    slot: str
    start: datetime
    end: datetime
    version: int = 1
    cancelled_by: str | None = None


@dataclass
class Model:
    """``active`` has every mentor there is; cancelled bookings stay in ``bookings``."""

    now: datetime
    active: dict[str, bool]
    students: frozenset[str]
    slots: dict[str, Slot] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)

    def copy(self) -> Self:
        return deepcopy(self)

    def agrees(self, command: Command, told: Told, *, any_reason: bool = False) -> bool:
        """Tell whether a command may end like that, and if it succeeds let it happen.

        ``any_reason`` lets a refusal name another reason than the first.
        """
        reasons = list(self._reasons_against(command))
        if told.refusal is None:
            return not reasons and self._let_happen(command, told.answer)
        return told.refusal in (reasons if any_reason else reasons[:1])

    def open_slots(self, mentor: str) -> list[str]:
        """Return a mentor's slots that can be booked, by start."""
        return sorted(
            (
                slot_id
                for slot_id, slot in self.slots.items()
                if slot.mentor == mentor and slot.booking is None and slot.start > self.now
            ),
            key=lambda slot_id: (self.slots[slot_id].start, slot_id),
        )

    def sessions(self, student: str) -> list[Booking]:
        return [
            booking
            for booking in self.bookings.values()
            if booking.student == student and booking.cancelled_by is None
        ]

    # -- what is refused ---------------------------------------------------

    def _reasons_against(self, command: Command) -> Iterator[str]:
        """Yield the codes of all refusals that apply, as ``refusal_code`` writes them."""
        reasons: Any = {
            AddTimeslots: self._against_adding,
            UpdateTimeslot: self._against_moving,
            RemoveTimeslot: self._against_removing,
            CreateBooking: self._against_booking,
            CancelBooking: self._against_cancelling,
            ChangeStanding: lambda asked: self._not_allowed(asked.caller, asked.mentor_id),
        }[type(command)]
        yield from reasons(command)

    def _against_adding(self, command: AddTimeslots) -> Iterator[str]:
        yield from self._not_allowed(command.caller, command.mentor_id)
        yield from _content_errors(
            {f"#/slots/{number}": slot for number, slot in enumerate(command.slots)}, self.now
        )
        if self._would_overlap(command.mentor_id, command.slots):
            yield "slot-overlap"

    def _against_moving(self, command: UpdateTimeslot) -> Iterator[str]:
        yield from self._not_allowed(command.caller, command.mentor_id)
        slot = self.slots.get(command.slot_id)
        if slot is None or slot.mentor != command.mentor_id:
            yield "not-found"
            return
        yield from _not_as_seen(slot.version, command.if_match)
        if slot.booking is not None:
            yield "slot-booked"
        yield from _content_errors({"#": command.to}, self.now)
        if self._would_overlap(command.mentor_id, [command.to], without=command.slot_id):
            yield "slot-overlap"

    def _against_removing(self, command: RemoveTimeslot) -> Iterator[str]:
        yield from self._not_allowed(command.caller, command.mentor_id)
        slot = self.slots.get(command.slot_id)
        if slot is None or slot.mentor != command.mentor_id:
            yield "not-found"
            return
        yield from _not_as_seen(slot.version, command.if_match)
        if slot.booking is not None:
            yield "slot-booked"

    def _against_cancelling(self, command: CancelBooking) -> Iterator[str]:
        booking = self.bookings.get(command.booking_id)
        if booking is None or _part(command.caller, booking) is None:
            yield "not-found"
            return
        yield from _not_as_seen(booking.version, command.if_match)
        if booking.cancelled_by is None and booking.start <= self.now:
            yield "already-started"

    def _not_allowed(self, caller: Principal, mentor: str) -> Iterator[str]:
        if mentor not in self.active:
            yield "not-found"
        if caller.role is not Role.ADMIN and caller.mentor_id != mentor:
            yield "not-yours"

    def _against_booking(self, command: CreateBooking) -> Iterator[str]:
        caller, mentor, student = command.caller, command.mentor_id, _student_of(command)
        if caller.role is not Role.ADMIN and student != caller.student_id:
            yield "not-yours"
        slot = self.slots.get(command.slot_id)
        if mentor not in self.active or slot is None or slot.mentor != mentor:
            yield "not-found"
            return
        if student not in self.students:
            yield "not-found"
            return
        if not self.active[mentor]:
            yield "mentor-not-active"
        if slot.start <= self.now:
            yield "slot-in-past"
        if slot.booking is not None:
            yield "slot-taken"
        if any(_overlap(slot, session) for session in self.sessions(student)):
            yield "student-overlap"

    def _would_overlap(
        self, mentor: str, wanted: Iterable[TimeSlot], *, without: str | None = None
    ) -> bool:
        spans = [*wanted] + [
            TimeSlot(slot.start, slot.end)
            for slot_id, slot in self.slots.items()
            if slot.mentor == mentor and slot_id != without
        ]
        return any(
            _overlap(one, other) for number, one in enumerate(spans) for other in spans[:number]
        )

    # -- what happens ------------------------------------------------------

    def _let_happen(self, command: Command, answer: Any) -> bool:
        """Do it; False if the answer does not say what happened."""
        match command:
            case AddTimeslots():
                return self._add(command, answer)
            case UpdateTimeslot():
                return self._move(command, answer)
            case RemoveTimeslot(slot_id=slot_id):
                del self.slots[slot_id]
                return answer is None
            case CreateBooking():
                return self._book(command, answer)
            case CancelBooking():
                return self._cancel(command, answer)
            case ChangeStanding(mentor_id=mentor, to=standing):
                self.active[mentor] = standing is Standing.ACTIVATED
                return bool(answer.status == ("active" if self.active[mentor] else "paused"))

    def _add(self, command: AddTimeslots, answer: Any) -> bool:
        added = {told.id: told for told in answer.data}
        if len(added) != len(command.slots) or added.keys() & self.slots.keys():
            return False
        for slot_id, slot in zip(added, command.slots, strict=True):
            self.slots[slot_id] = Slot(command.mentor_id, slot.start, slot.end)
        return all(self._tells_slot(told, slot_id) for slot_id, told in added.items())

    def _move(self, command: UpdateTimeslot, answer: Any) -> bool:
        slot, to = self.slots[command.slot_id], command.to
        if (slot.start, slot.end) != (to.start, to.end):
            slot.start, slot.end, slot.version = to.start, to.end, slot.version + 1
        return bool(answer.version == slot.version) and self._tells_slot(
            answer.slot, command.slot_id
        )

    def _book(self, command: CreateBooking, answer: Any) -> bool:
        if answer.id in self.bookings:
            return False
        slot = self.slots[command.slot_id]
        slot.booking, slot.version = answer.id, slot.version + 1
        self.bookings[answer.id] = Booking(
            slot.mentor, _student_of(command), command.slot_id, slot.start, slot.end
        )
        return self._tells_booking(answer, answer.id)

    def _cancel(self, command: CancelBooking, answer: Any) -> bool:
        booking = self.bookings[command.booking_id]
        if booking.cancelled_by is None:
            slot = self.slots[booking.slot]
            booking.cancelled_by = _part(command.caller, booking)
            booking.version += 1
            slot.booking, slot.version = None, slot.version + 1
        return self._tells_booking(answer, command.booking_id)

    def _tells_slot(self, told: Any, slot_id: str) -> bool:
        slot = self.slots[slot_id]
        return (told.id, told.mentor_id, told.start, told.end, told.status) == (
            slot_id,
            slot.mentor,
            slot.start,
            slot.end,
            "available",
        )

    def _tells_booking(self, told: Any, booking_id: str) -> bool:
        booking = self.bookings[booking_id]
        return (told.mentor_id, told.student_id, told.slot_id, told.version, told.status) == (
            booking.mentor,
            booking.student,
            booking.slot,
            booking.version,
            "cancelled" if booking.cancelled_by else "confirmed",
        ) and (told.start, told.end) == (booking.start, booking.end)


def _content_errors(wanted: Mapping[str, TimeSlot], now: datetime) -> Iterator[str]:
    """Yield one refusal that names all errors of the slots, if there are any."""
    errors = []
    for place, slot in wanted.items():
        length = slot.end - slot.start
        if length <= timedelta(0):
            errors.append((f"{place}/end", "end-not-after-start"))
        elif length < timedelta(minutes=5):
            errors.append((f"{place}/end", "slot-too-short"))
        elif length > timedelta(hours=24):
            errors.append((f"{place}/end", "slot-too-long"))
        if slot.start <= now:
            errors.append((f"{place}/start", "slot-in-past"))
    if errors:
        yield refusal_code("invalid-content", errors)


def refusal_code(code: str, errors: Iterable[tuple[str, str]] = ()) -> str:
    """Write a refusal with the errors that it names as one text."""
    return " ".join([code, *(f"{place}={error}" for place, error in sorted(errors))])


def _not_as_seen(version: int, if_match: Versions | None) -> Iterator[str]:
    if if_match is not None and version not in if_match:
        yield "version-mismatch"


def _student_of(command: CreateBooking) -> str:
    return command.student_id or str(command.caller.student_id)


def _part(caller: Principal, booking: Booking) -> str | None:
    if caller.student_id == booking.student:
        return "student"
    if caller.mentor_id == booking.mentor:
        return "mentor"
    return "admin" if caller.role is Role.ADMIN else None


def _overlap(one: Slot | Booking | TimeSlot, other: Slot | Booking | TimeSlot) -> bool:
    return one.start < other.end and other.start < one.end
