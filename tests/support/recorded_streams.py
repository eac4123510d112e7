"""What a log holds of mentors, students and bookings, folded from the events alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Any, Final, TypeVar

from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.model_of_booking import Command, Model, Told

_KINDS: Final[dict[str, type[AggregateRoot]]] = {
    "mentor": Mentor,
    "mentor_calendar": MentorCalendar,
    "student_calendar": StudentCalendar,
    "booking": Booking,
}

A = TypeVar("A", bound=AggregateRoot)


class RecordedStreams:
    """``changed`` gathers the streams that had new events, until somebody clears it."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._histories: dict[str, list[Event]] = {}
        self._states: dict[str, AggregateRoot] = {}
        self._position = 0
        self.changed: set[str] = set()

    def read_on(self) -> list[int]:
        """Learn what is new; return the requests that caused it, in the order of the log."""
        requests: dict[int, None] = {}
        for recorded in self._log.read(self._position, 10_000):
            assert recorded.position == self._position + 1
            self._position = recorded.position
            history = self._histories.setdefault(recorded.stream, [])
            assert recorded.version == len(history) + 1
            history.append(recorded.event)
            self.changed.add(recorded.stream)
            requests[int(recorded.metadata.correlation_id)] = None
        return list(requests)

    def streams(self) -> list[str]:
        """Return the streams there are, the newest last."""
        return list(self._histories)

    def folded(self, stream: str) -> Any:
        """Return a state as it follows from its events."""
        history = self._histories[stream]
        if stream not in self._states or self._states[stream].version < len(history):
            name, _, rest = stream.partition(":")
            kind = _KINDS[name if rest else stream.partition("_")[0]]
            self._states[stream] = kind(id=rest or stream).after(*history)
        return self._states[stream]

    def all(self, kind: type[A]) -> Iterator[A]:
        states = (self.folded(stream) for stream in self._histories)
        return (state for state in states if isinstance(state, kind))

    def explained(
        self,
        before: Model,
        ended: Sequence[tuple[Command, Told]],
        recorded: Sequence[int],
        *,
        any_reason: bool,
    ) -> Model | None:
        """Return what a model is after commands that were given at once; None: it can't be.

        There has to be an order, one by one, in which each ends as it did and all is stored as
        it is. Commands that were ``recorded`` come in the order of the log.
        """
        for order in permutations(range(len(ended))):
            if [number for number in order if number in recorded] != list(recorded):
                continue
            after = before.copy()
            if all(after.agrees(*ended[n], any_reason=any_reason) for n in order) and (
                self.say(after)
            ):
                return after
        return None

    def say(self, model: Model) -> bool:
        """Tell whether what is stored is what the model says."""
        slots = {
            slot_id: (page.mentor_id, slot.slot.start, slot.slot.end, slot.booking_id)
            for page in self.all(MentorCalendar)
            for slot_id, slot in page.slots.items()
        }
        bookings = {
            booking.id: (booking.student_id, booking.version, booking.cancelled_by)
            for booking in self.all(Booking)
        }
        sessions = {
            (student.id, session.slot.start, session.slot.end)
            for student in self.all(StudentCalendar)
            for session in student.sessions
            if session.slot.end > model.now
        }
        return (
            slots
            == {
                slot_id: (slot.mentor, slot.start, slot.end, slot.booking)
                for slot_id, slot in model.slots.items()
            }
            and bookings
            == {
                booking_id: (booking.student, booking.version, booking.cancelled_by)
                for booking_id, booking in model.bookings.items()
            }
            and sessions
            == {
                (student, session.start, session.end)
                for student in model.students
                for session in model.sessions(student)
                if session.end > model.now
            }
            and {mentor.id: mentor.is_active for mentor in self.all(Mentor)} == model.active
        )

    def nobody_is_in_two_places(self) -> bool:
        """Tell whether no slots of a mentor, and no sessions of a student, overlap."""
        live = [booking for booking in self.all(Booking) if booking.cancelled_by is None]
        of_mentors = [
            (page.mentor_id, slot.slot)
            for page in self.all(MentorCalendar)
            for slot in page.slots.values()
        ]
        of_students = [(booking.student_id, booking.slot) for booking in live]
        return len({booking.slot_id for booking in live}) == len(live) and not any(
            person == other and time.overlaps(other_time)
            for times in (of_mentors, of_students)
            for (person, time), (other, other_time) in combinations(times, 2)
        )
