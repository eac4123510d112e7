"""Rows of lists: what a list tells of a thing is what is told of the thing by itself.

Each history is folded event by event, and in one batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.answers.mentor import MentorAnswer, mentor_answer
from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.mentor_directory import MentorDirectoryProjection
from mentorbooking.application.read_models.mentor_import_rows import MentorImportRowsProjection
from mentorbooking.application.read_models.projection import (
    Key,
    Projection,
    ProjectionFailed,
    Rows,
    project,
)
from mentorbooking.application.read_models.timeslots import TimeslotsProjection
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.events import (
    MentorActivated,
    MentorConfirmed,
    MentorCreated,
    MentorEvent,
    MentorInvited,
    MentorPaused,
    MentorProfileChanged,
    MentorTakenOver,
    Origin,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.mentor_calendar.events import (
    NewSlot,
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotReleased,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome, RowProblem
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, STUDENT, slot
from tests.support.memory_log import MemoryLog
from tests.support.people import PROFILE, SLOT, TOMORROW
from tests.support.public_events import recorded

LATER = NOW + HOUR
BATCHES = pytest.mark.parametrize("batch", [1, 100])


def rows_of(
    projection: Projection[Any, Any], history: Sequence[tuple[str, Event]], batch: int
) -> dict[Key, Any]:
    """Return the rows that a history leaves, when so many events are folded at a time."""
    log, rows = MemoryLog(), dict[Key, Any]()
    for stream, event in history:
        log.append(stream, event)
    events = log.reader.events

    def load(keys: AbstractSet[Key]) -> Mapping[Key, Any]:
        assert keys, "nobody asks a store for nothing"
        return {key: rows[key] for key in keys if key in rows}

    for start in range(0, len(events), batch):
        changed = project(projection, events[start : start + batch], load).changed
        rows.update(changed)
    return {key: row for key, row in rows.items() if row is not None}


CREATED = BookingCreated(
    at=NOW,
    mentor_id=MENTOR,
    student_id=STUDENT,
    slot_id=SLOT,
    slot=TOMORROW,
    title="Career talk",
    description="Where to go?",
)


@BATCHES
@pytest.mark.parametrize(
    "history",
    [
        [CREATED],
        [CREATED, BookingCancelled(at=LATER, cancelled_by=Party.MENTOR)],
        [CREATED, BookingCancelled(at=LATER, cancelled_by=Party.STUDENT, reason="Ill")],
    ],
)
def test_of_a_booking(history: list[BookingCreated | BookingCancelled], batch: int) -> None:
    rows = rows_of(BookingsProjection(), [(BOOKING, event) for event in history], batch)

    assert rows == {BOOKING: booking_answer(Booking(id=BOOKING).after(*history))}
    assert isinstance(rows[BOOKING], BookingAnswer)


MENTOR_HISTORY: list[MentorEvent] = [
    MentorCreated(at=NOW, profile=PROFILE, origin=Origin.REGISTRATION, user_id="user_1"),
    MentorProfileChanged(
        at=LATER,
        changes=ProfileChanges(
            name="Ada King",
            email="king@people.example",
            skills=("Engines",),
            bio="Engines.",
            hourly_rate=20.5,
            mobile_number="+441234567890",
            external_id="A-1",
        ),
    ),
    MentorPaused(at=LATER),
    MentorActivated(at=LATER),
    MentorConfirmed(at=LATER + HOUR),
    MentorInvited(at=LATER, invitation_id="i", expires_at=LATER, invited_by="user_2"),
    MentorTakenOver(at=LATER, user_id="user_3"),
]


@BATCHES
@pytest.mark.parametrize("length", range(1, len(MENTOR_HISTORY) + 1))
def test_of_a_mentor_what_everybody_may_know(length: int, batch: int) -> None:
    history = MENTOR_HISTORY[:length]

    rows = rows_of(MentorDirectoryProjection(), [(MENTOR, event) for event in history], batch)

    assert rows == {MENTOR: mentor_answer(Mentor(id=MENTOR).after(*history))}
    assert isinstance(rows[MENTOR], MentorAnswer)


OTHER = "slot_2"
PAGE, NEXT_PAGE = f"mentor_calendar:{MENTOR}:1", f"mentor_calendar:{MENTOR}:2"
ADDED = SlotsAdded(
    at=NOW, mentor_id=MENTOR, slots=(NewSlot(SLOT, TOMORROW), NewSlot(OTHER, slot(days=2)))
)
RESERVED = SlotReserved(at=NOW, slot_id=SLOT, booking_id=BOOKING)


def told(slot_id: str, at: Any, **booked: Any) -> SlotAnswer:
    return SlotAnswer(
        id=slot_id,
        mentor_id=MENTOR,
        start=at.start,
        end=at.end,
        duration_minutes=60,
        **{"status": "available", **booked},
    )


@BATCHES
@pytest.mark.parametrize(
    ("more", "first"),
    [
        ([], told(SLOT, TOMORROW)),
        ([(PAGE, RESERVED)], told(SLOT, TOMORROW, status="booked", booking_id=BOOKING)),
        (
            [(PAGE, RESERVED), (PAGE, SlotReleased(at=NOW, slot_id=SLOT, booking_id=BOOKING))],
            told(SLOT, TOMORROW),
        ),
        ([(PAGE, SlotMoved(at=NOW, slot_id=SLOT, slot=slot(days=3)))], told(SLOT, slot(days=3))),
        (
            [
                (PAGE, SlotLeft(at=NOW, slot_id=SLOT, to_page=2)),
                (
                    NEXT_PAGE,
                    SlotArrived(
                        at=NOW,
                        mentor_id=MENTOR,
                        slot_id=SLOT,
                        slot=slot(days=20),
                        slot_version=2,
                    ),
                ),
            ],
            told(SLOT, slot(days=20)),
        ),
        ([(PAGE, SlotRemoved(at=NOW, slot_id=SLOT))], None),
    ],
)
def test_of_a_slot(more: list[tuple[str, Event]], first: SlotAnswer | None, batch: int) -> None:
    rows = rows_of(TimeslotsProjection(), [(PAGE, ADDED), *more], batch)

    expected = {SLOT: first, OTHER: told(OTHER, slot(days=2))}
    assert rows == {key: row for key, row in expected.items() if row}


def test_of_a_row_of_an_import() -> None:
    problem = RowProblem("email", "invalid-email", "No address.")
    created = ImportRowRecorded(
        at=NOW, import_id="i", line=2, outcome=RowOutcome.CREATED, mentor_id=MENTOR
    )
    failed = ImportRowRecorded(
        at=NOW, import_id="i", line=3, outcome=RowOutcome.FAILED, problems=(problem,)
    )

    rows = rows_of(MentorImportRowsProjection(), [("i:2", created), ("i:3", failed)], 1)

    assert rows == {
        ("i", 2): ImportRowAnswer(line=2, status="created", errors=(), mentor_id=MENTOR),
        ("i", 3): ImportRowAnswer(line=3, status="failed", errors=(problem,)),
    }


def test_what_a_projection_fails_on_is_named_without_what_people_wrote() -> None:
    cancelled = BookingCancelled(at=NOW, cancelled_by=Party.STUDENT, reason="I am Ada")

    with pytest.raises(ProjectionFailed) as failed:
        project(BookingsProjection(), [recorded(BOOKING, cancelled, position=7)], lambda _: {})

    place, _, where = str(failed.value).partition(" on ")
    assert place.startswith("KeyError in projection.py:")
    assert where == "booking.cancelled at position 7"
    assert failed.value.position == 7


def test_a_row_that_was_removed_is_not_there() -> None:
    rows = Rows[str]({"a": "before", "b": "before"})
    rows.remove("a")
    rows.put("b", "after")

    assert rows["b"] == "after"
    for missing in ("a", "c"):
        with pytest.raises(KeyError, match=missing):
            rows[missing]
    assert rows.changed == {"a": None, "b": "after"}


def test_a_projection_reads_no_row_unless_it_says_so() -> None:
    class Counting(Projection[BookingCreated, int]):
        name = "counting"
        handles = frozenset({BookingCreated})

        def apply(self, event: BookingCreated, recorded: RecordedEvent, rows: Rows[int]) -> None:
            rows.put(recorded.stream, recorded.version)

    assert rows_of(Counting(), [(BOOKING, CREATED)], 1) == {BOOKING: 1}
