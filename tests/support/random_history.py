"""Histories that can have happened: commands given to the real aggregates, refusals and all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.mentor.events import MentorStatus, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_calendar.events import NewSlot
from mentorbooking.domain.mentor_calendar.overlaps import refuse_overlaps
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.mentor_import.events import RowOutcome
from mentorbooking.domain.mentor_import.row import MentorImportRow
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.fixed import HOUR, NOW, USER, slot
from tests.support.memory_log import MemoryLog

Command: TypeAlias = tuple[str, int, int]

MENTORS = 3
SLOTS = 12
_WORDS = ("tea", "Kotlin", "C++", "Événement", "whiteboards", "")


def commands(*, at_most: int = 60) -> st.SearchStrategy[list[Command]]:
    """Draw commands; what they are about is chosen by two small numbers."""
    kinds = ("describe", "pause", "activate", "offer", "move", "take back", "book", "cancel")
    numbers = st.integers(0, 23)
    return st.lists(
        st.tuples(st.sampled_from((*kinds, "import row", "invite")), numbers, numbers),
        max_size=at_most,
    )


class History:
    """Gives commands to aggregates and appends what they decide to a log."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.known: dict[str, AggregateRoot] = {}
        self._bookings = 0
        for number in range(MENTORS):
            profile = MentorProfile(name=f"Mentor {number}", email="a@example.org")
            self._save(Mentor.register(f"mentor_{number}", profile=profile, user_id=USER, now=NOW))
        for number in range(2):
            self._save(StudentCalendar.open(f"student_{number}", user_id=USER, now=NOW))

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.known.values() if isinstance(each, kind)]

    def give(self, given: Iterable[Command]) -> None:
        for name, one, other in given:
            try:
                getattr(self, f"_{name.replace(' ', '_')}")(one, other)
            except Refused:
                continue

    def _save(self, *decisions: Decision[Any]) -> None:
        for decision in decisions:
            self.log.append(decision.stream, *decision.events)
            self.known[decision.stream] = decision.outcome()

    def _get(self, kind: type[Any], aggregate_id: str) -> Any:
        return self.known.get(kind.stream_of(aggregate_id)) or kind(id=aggregate_id)

    def _describe(self, one: int, other: int) -> None:
        mentor = self._get(Mentor, f"mentor_{one % MENTORS}")
        wanted = ProfileChanges(
            bio=_WORDS[other % len(_WORDS)],
            skills=tuple(sorted({_WORDS[other % 4], _WORDS[one % 4]})),
            hourly_rate=None if other == 0 else other / 2,
        )
        self._save(mentor.take_in(wanted, MentorStatus.ACTIVE, now=NOW))

    def _pause(self, one: int, _: int) -> None:
        self._save(self._get(Mentor, f"mentor_{one % MENTORS}").pause(now=NOW))

    def _activate(self, one: int, _: int) -> None:
        self._save(self._get(Mentor, f"mentor_{one % MENTORS}").activate(now=NOW))

    def _invite(self, one: int, _: int) -> None:
        mentor_id = f"mentor_invited_{one}"
        if mentor_id not in self.known:
            self._save(
                Mentor.create_invited(
                    mentor_id,
                    profile=MentorProfile(name=f"Łukasz {one}", email="b@example.org"),
                    origin=Origin.ADMIN,
                    status=MentorStatus.ACTIVE,
                    invitation_id="invitation_1",
                    invited_by=USER,
                    now=NOW,
                )
            )

    def _page(self, slot_number: int, days: int) -> MentorCalendar:
        page = page_of((NOW + timedelta(days=days)).replace(hour=0))
        mentor_id = f"mentor_{slot_number % MENTORS}"
        found: MentorCalendar = self._get(MentorCalendar, MentorCalendar.id_of(mentor_id, page))
        return found

    def _holding(self, slot_number: int) -> MentorCalendar | None:
        slot_id = f"slot_{slot_number % SLOTS}"
        return next((page for page in self.of(MentorCalendar) if slot_id in page.slots), None)

    def _offer(self, one: int, other: int) -> None:
        if self._holding(one) is None:
            page = self._page(one % SLOTS, other)
            new = NewSlot(f"slot_{one % SLOTS}", slot(days=other))
            refuse_overlaps([new], [page])
            self._save(page.add((new,), now=NOW))

    def _move(self, one: int, other: int) -> None:
        page = self._holding(one)
        if page is None:
            return
        slot_id, to = f"slot_{one % SLOTS}", slot(days=other, hours=one % 5)
        target = self._page(one % SLOTS, other)
        moved = page.move(slot_id, to, now=NOW)
        refuse_overlaps([NewSlot(slot_id, to)], [page, target], new_to_the_calendar=False)
        decisions = [moved]
        if target.id != page.id:
            decisions.append(target.welcome(slot_id, to, version=2, now=NOW))
        self._save(*decisions)

    def _take_back(self, one: int, _: int) -> None:
        page = self._holding(one)
        if page is not None:
            self._save(page.remove(f"slot_{one % SLOTS}", now=NOW))

    def _book(self, one: int, other: int) -> None:
        page = self._holding(one)
        if page is None:
            return
        self._bookings += 1
        slot_id, booking_id = f"slot_{one % SLOTS}", f"booking_{self._bookings}"
        student = self._get(StudentCalendar, f"student_{other % 2}")
        reserved = page.reserve(slot_id, booking_id, now=NOW)
        when = page.slots[slot_id].slot
        self._save(
            reserved,
            student.add(booking_id, when, now=NOW),
            Booking.create(
                booking_id,
                mentor_id=page.mentor_id,
                student_id=student.id,
                slot_id=slot_id,
                slot=when,
                title=_WORDS[other % len(_WORDS)],
                description="",
                now=NOW,
            ),
        )

    def _cancel(self, one: int, other: int) -> None:
        bookings = self.of(Booking)
        if not bookings:
            return
        booking = bookings[one % len(bookings)]
        cancelled = booking.cancel(by=Party.STUDENT, reason=_WORDS[other % 6], now=NOW + HOUR)
        if cancelled.events:
            number = int(booking.slot_id.removeprefix("slot_"))
            page = self._holding(number)
            assert page is not None
            self._save(cancelled, page.release(booking.slot_id, booking.id, now=NOW))

    def _import_row(self, one: int, other: int) -> None:
        row = self._get(MentorImportRow, MentorImportRow.id_of(f"import_{other % 2}", one))
        if row.outcome is None:
            outcome = list(RowOutcome)[other % 4]
            self._save(row.record(outcome, mentor_id=f"mentor_{one % MENTORS}", now=NOW))
