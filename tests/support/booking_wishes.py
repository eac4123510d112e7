"""What people may wish of mentors' and students' time, drawn by Hypothesis.

A wish names things by small numbers; only when it is said does it become a command on what there
is by then. So a failing run can be made shorter and still makes sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias, TypeVar

from hypothesis import strategies as st

from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslot
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.application.use_cases.preconditions import Versions
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.booking_people import MENTORS, PAGE, PEOPLE, STUDENTS, next_cut
from tests.support.model_of_booking import Command, Model, Slot

_NUMBERS: Final = 12
_NEVER_MADE: Final = "slot_00000000000000000000000000"

T = TypeVar("T")


class Time(NamedTuple):
    """A slot by its place around the next cut of the calendar."""

    pages: int
    half_hours: int
    minutes: int

    def slot(self, model: Model) -> TimeSlot:
        start = next_cut(model.now) + PAGE * self.pages + timedelta(minutes=30 * self.half_hours)
        return TimeSlot(start, start + timedelta(minutes=self.minutes))


class Add(NamedTuple):
    mentor: str
    by: str | None
    times: tuple[Time, ...]

    def command(self, model: Model) -> Command:
        return AddTimeslots(
            caller=PEOPLE[self.by or self.mentor],
            mentor_id=self.mentor,
            slots=tuple(time.slot(model) for time in self.times),
        )


class Move(NamedTuple):
    slot: int
    by: str | None
    to: Time
    seen: int | None

    def command(self, model: Model) -> Command:
        slot_id, slot = _one_of(model.slots, self.slot)
        mentor = _mentor(slot)
        return UpdateTimeslot(
            caller=PEOPLE[self.by or mentor],
            mentor_id=mentor,
            slot_id=slot_id,
            to=self.to.slot(model),
            if_match=_versions(slot, self.seen),
        )


class Remove(NamedTuple):
    slot: int
    by: str | None
    seen: int | None

    def command(self, model: Model) -> Command:
        slot_id, slot = _one_of(model.slots, self.slot)
        mentor = _mentor(slot)
        return RemoveTimeslot(
            caller=PEOPLE[self.by or mentor],
            mentor_id=mentor,
            slot_id=slot_id,
            if_match=_versions(slot, self.seen),
        )


class Book(NamedTuple):
    slot: int
    student: str
    by: str | None
    at: str | None

    def command(self, model: Model) -> Command:
        slot_id, slot = _one_of(model.slots, self.slot)
        return CreateBooking(
            caller=PEOPLE[self.by or self.student],
            mentor_id=self.at or _mentor(slot),
            slot_id=slot_id,
            student_id=None if self.by is None else self.student,
        )


class Cancel(NamedTuple):
    booking: int
    by: str | None
    seen: int | None

    def command(self, model: Model) -> Command:
        booking_id, booking = _one_of(model.bookings, self.booking)
        student = booking.student if booking else STUDENTS[0]
        return CancelBooking(
            caller=PEOPLE[self.by or student],
            booking_id=booking_id,
            if_match=_versions(booking, self.seen),
        )


class Stand(NamedTuple):
    mentor: str
    by: str | None
    to: Standing

    def command(self, model: Model) -> Command:
        caller = PEOPLE[self.by or self.mentor]
        return ChangeStanding(caller=caller, mentor_id=self.mentor, to=self.to)


Wish: TypeAlias = Add | Move | Remove | Book | Cancel | Stand


def _one_of(known: Mapping[str, T], number: int) -> tuple[str, T | None]:
    """Return the one with this number, the newest first; one that never was if there is none."""
    ids = sorted(known, reverse=True)
    if not ids or number == _NUMBERS:
        return _NEVER_MADE, None
    chosen = ids[number % len(ids)]
    return chosen, known[chosen]


def _mentor(slot: Slot | None) -> str:
    return slot.mentor if slot else MENTORS[0]


def _versions(thing: object, seen: int | None) -> Versions | None:
    version: int = getattr(thing, "version", 1)
    return None if seen is None else frozenset({version + seen})


def _mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """Draw the usual value three times out of four."""
    return st.sampled_from((usual,) * 3 * len(others) + others)


_numbers = st.integers(0, _NUMBERS)
_mentors = st.sampled_from(MENTORS)
_seen = _mostly(None, 0, -1)
_by_anybody = _mostly(None, "admin", "admin", *MENTORS, STUDENTS[0])
_half_hours = st.integers(-4, 4) | st.integers(-4, 4) | st.integers(-2, 1) | st.integers(-60, 60)
_minutes = st.sampled_from((60,) * 6 + (120, 120, 90, 30, 5, 24 * 60, 24 * 60, 4, -60, 24 * 60 + 1))
_times = st.builds(Time, _mostly(0, 1, 1, 1, 2, -1), _half_hours, _minutes)
_lists_of_times: st.SearchStrategy[Sequence[Time]] = st.lists(_times, min_size=1, max_size=3)

ADDS = st.builds(Add, _mentors, _by_anybody, _lists_of_times.map(tuple))
MOVES = st.builds(Move, _numbers, _by_anybody, _times, _seen)
REMOVALS = st.builds(Remove, _numbers, _by_anybody, _seen)
BOOKS = st.builds(
    Book,
    _numbers,
    st.sampled_from(STUDENTS),
    _mostly(None, "admin", "admin", "admin", STUDENTS[0]),
    _mostly(None, None, None, *MENTORS, "mentor_nobody"),
)
CANCELS = st.builds(Cancel, _numbers, _by_anybody, _seen)
STANDS = st.builds(
    Stand, _mentors, _by_anybody, st.sampled_from((Standing.ACTIVATED, Standing.PAUSED))
)

ANY = st.one_of(BOOKS, CANCELS, MOVES, ADDS, REMOVALS, STANDS)
AROUND_THE_CUT = MOVES | st.builds(
    Add,
    st.just(MENTORS[0]),
    st.none(),
    st.tuples(st.builds(Time, st.just(0), st.integers(-3, 2), st.sampled_from((60, 120)))),
)
CHANCES_TO_BOOK = BOOKS | STANDS | REMOVALS
