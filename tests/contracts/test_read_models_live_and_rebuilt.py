"""However events come in, the rows are the same, and say what the aggregates say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.answers.mentor import MentorAnswer, mentor_answer
from mentorbooking.application.answers.slot import SlotAnswer, slot_answer
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.application.read_models.mentor_directory import MentorsQuery
from mentorbooking.application.read_models.timeslots import TimeslotsQuery
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from tests.support.effort import rounds
from tests.support.fixed import NOW
from tests.support.random_history import MENTORS, Command, History, commands
from tests.support.read_models import Backend, ReadModels, rows_of

pytestmark = pytest.mark.anyio

LONG_AGO, FAR_OFF = NOW - timedelta(days=400), NOW + timedelta(days=400)


@settings(max_examples=rounds(25), suppress_health_check=list(HealthCheck))
@given(
    given_in_turn=st.lists(commands(at_most=20), min_size=1, max_size=5),
    batch=st.integers(1, 9),
    restarts=st.integers(0, 31),
    rebuilds=st.integers(0, 31),
)
async def test_live_in_any_batches_with_restarts_equals_rebuilt(
    backend: Backend,
    given_in_turn: list[list[Command]],
    batch: int,
    restarts: int,
    rebuilds: int,
) -> None:
    with (
        TemporaryDirectory() as live_folder,
        TemporaryDirectory() as fresh_folder,
    ):
        async with (
            backend(Path(live_folder), batch=batch) as live,
            backend(Path(fresh_folder), live.log) as fresh,
        ):
            history = History(live.log)
            for turn, given_now in enumerate(given_in_turn):
                history.give(given_now)
                await live.catch_up(batches=turn)
                if rebuilds >> turn & 1:
                    await live.rebuild()
                if restarts >> turn & 1:
                    await live.restart()
            await live.catch_up()
            lived = await live.digests()
            await says_what_the_aggregates_say(live, history)
            await live.rebuild()
            assert await live.digests() == lived
            await fresh.catch_up()
            assert await fresh.digests() == lived


def by_id(row: SlotAnswer) -> str:
    return row.id


async def says_what_the_aggregates_say(read_models: ReadModels, history: History) -> None:
    bookings = await read_models.bookings.page(BookingsQuery(limit=200), now=NOW)
    assert rows_of(bookings, BookingAnswer) == [
        booking_answer(booking)
        for booking in sorted(history.of(Booking), key=lambda each: (each.slot.start, each.id))
    ]
    slots: list[SlotAnswer] = []
    for number in range(MENTORS):
        of_mentor = f"mentor_{number}"
        query = TimeslotsQuery(
            mentor_id=of_mentor, start_from=LONG_AGO, start_before=FAR_OFF, status="all", limit=200
        )
        slots += rows_of(await read_models.timeslots.page(query, now=NOW), SlotAnswer)
    assert sorted(slots, key=by_id) == sorted(
        (
            slot_answer(slot_id, page.mentor_id, known)
            for page in history.of(MentorCalendar)
            for slot_id, known in page.slots.items()
        ),
        key=by_id,
    )
    mentors = await read_models.mentors.page(MentorsQuery(limit=200), now=NOW)
    found = {
        row.id: msgspec.structs.replace(row, next_free=msgspec.UNSET)
        for row in rows_of(mentors, MentorAnswer)
    }
    assert found == {
        mentor.id: mentor_answer(mentor) for mentor in history.of(Mentor) if mentor.is_active
    }
