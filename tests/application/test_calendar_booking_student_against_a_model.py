"""Calendar, booking and student are what a model says, whoever asks for what in which order.

Two processes share a log on disk. Callers come one by one or at the same time, and some hang up.
After each step every state is the same in memory, from snapshots and from the events alone, and
says what the model says; in the end read models made anew equal those that lived through it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.application.read_models.timeslots import TimeslotsQuery
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from tests.support.booking_people import MENTORS, START, next_cut, register_all
from tests.support.booking_wishes import (
    ANY,
    AROUND_THE_CUT,
    BOOKS,
    CANCELS,
    CHANCES_TO_BOOK,
    REMOVALS,
    Add,
    Time,
    Wish,
)
from tests.support.effort import rounds
from tests.support.model_of_booking import Command, Told
from tests.support.moving_clock import MovingClock
from tests.support.read_models import SQLiteReadModels, rows_of
from tests.support.recorded_streams import RecordedStreams
from tests.support.two_processes import Process

SOON = timedelta(hours=2)

processes = st.integers(0, 1)


def crowds(wishes: st.SearchStrategy[Wish]) -> st.SearchStrategy[list[tuple[int, Wish]]]:
    """Draw who asks for what at the same time."""
    return st.lists(st.tuples(processes, wishes), min_size=2, max_size=4)


class MentorsAndStudents(RuleBasedStateMachine):
    """The log, what two processes know of it, and what ought to be."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self._loop = self._stack.enter_context(asyncio.Runner())
        self.clock = MovingClock(START)
        self._started = 0
        self.processes = [self._start(), self._start()]
        self.fresh = self._start(hot=0)
        self._log = cast("Any", self.fresh.log)  # read models do nothing but read it
        self.lists = SQLiteReadModels(self._folder, self._log, batch=7)
        self.recorded = RecordedStreams(self.fresh.log.reader)
        self.model = self._loop.run(register_all(self.processes[0]))

    def _start(self, *, hot: int = 100) -> Process:
        self._started += 1
        return Process(
            self._folder,
            self.clock,
            seed=self._started,
            hot=hot,
            open_slots=self,
            lists_hold_it=self._lists_hold_it,
        )

    # What booking asks of lists: the real ones, brought up to date when they are needed.

    async def _lists_hold_it(self) -> bool:
        await self.lists.catch_up()
        return True

    async def next_open(self, mentor_id: str, **wanted: Any) -> list[SlotAnswer]:
        return await self.lists.timeslots.next_open(mentor_id, **wanted)

    # -- steps -------------------------------------------------------------

    @initialize(booked=st.lists(BOOKS, min_size=1, max_size=4))
    def mentors_offer_the_same_hours_and_students_book(self, booked: Sequence[Wish]) -> None:
        times = tuple(Time(0, half_hours, 60) for half_hours in (-6, -4, 2, 4, 6))
        for by, mentor in enumerate(MENTORS):
            self._one_asks(by, Add(mentor, None, times))
        for wish in booked:
            self._one_asks(0, wish)

    @rule(by=processes, wish=ANY)
    def somebody_asks(self, by: int, wish: Wish) -> None:
        self._one_asks(by, wish)

    @rule(by=processes, wish=BOOKS | CANCELS)
    def a_student_books_or_somebody_cancels(self, by: int, wish: Wish) -> None:
        self._one_asks(by, wish)

    @rule(crowd=crowds(AROUND_THE_CUT) | crowds(CHANCES_TO_BOOK) | crowds(ANY))
    def several_ask_at_the_same_time(self, crowd: Sequence[tuple[int, Wish]]) -> None:
        """The order in the log, with those that changed nothing at some place, explains it all.

        Which of several reasons is told may change with what another process does meanwhile.
        """
        commands = [(by, wish.command(self.model)) for by, wish in crowd]
        told = self._loop.run(self._ask_at_once(commands))
        ended = [(command, end) for (_, command), end in zip(commands, told, strict=True)]
        after = self.recorded.explained(
            self.model, ended, self.recorded.read_on(), any_reason=len({by for by, _ in crowd}) > 1
        )
        assert after is not None, f"in no order can these end like that: {ended}"
        self.model = after

    @rule(by=processes, wish=BOOKS | CANCELS | REMOVALS, turns=st.integers(0, 3))
    def somebody_hangs_up(self, by: int, wish: Wish, turns: int) -> None:
        """It has happened or it has not, and nobody is wrong about which."""
        command = wish.command(self.model)
        self._loop.run(self._ask_and_hang_up(by, command, turns))
        if self.recorded.read_on():
            assert self.model.agrees(command, self._answer_to(command))

    @rule(minutes=st.sampled_from((30, 60, 60, 150, 24 * 60)) | st.none())
    def time_passes(self, minutes: int | None) -> None:
        """So many minutes, or until it is nearly the end of a page."""
        now = self.clock.now()
        by = timedelta(minutes=minutes) if minutes else next_cut(now + SOON) - SOON - now
        self.clock.advance(by)
        self.model.now = now + by

    @rule(which=processes)
    def a_process_starts_again(self, which: int) -> None:
        self.processes[which].close()
        self.processes[which] = self._start()

    # -- asking ------------------------------------------------------------

    def _one_asks(self, by: int, wish: Wish) -> None:
        command = wish.command(self.model)
        (told,) = self._loop.run(self._ask_at_once([(by, command)]))
        if isinstance(command, CreateBooking) and told.refusal == "slot-taken":
            wanted = self.model.open_slots(command.mentor_id)[:3]
            assert [slot.id for slot in told.answer["alternatives"]] == wanted
        assert self.model.agrees(command, told), f"{command} should not end as {told}"
        self.recorded.read_on()

    async def _ask_at_once(self, commands: Sequence[tuple[int, Command]]) -> list[Told]:
        return await asyncio.gather(*(self.processes[by].ask(command) for by, command in commands))

    async def _ask_and_hang_up(self, by: int, command: Command, turns: int) -> None:
        process = self.processes[by]
        asking = asyncio.create_task(process.ask(command))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        await process.sqlite_log.write()  # whatever was on its way has arrived now

    def _answer_to(self, command: Command) -> Told:
        """Return what somebody who hung up would have been told."""
        match command:
            case CreateBooking():
                return Told(None, booking_answer(self.recorded.folded(self.recorded.streams()[-1])))
            case CancelBooking(booking_id=booking_id):
                return Told(None, booking_answer(self.recorded.folded(booking_id)))
            case _:
                return Told(None)

    # -- what has to hold --------------------------------------------------

    @invariant()
    def what_is_stored_is_what_the_model_says(self) -> None:
        self.recorded.read_on()
        assert self.recorded.say(self.model)

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        assert self.recorded.nobody_is_in_two_places()

    @invariant()
    def replay_equals_live(self) -> None:
        self._loop.run(self._replay_equals_live())

    async def _replay_equals_live(self) -> None:
        for stream in self.recorded.streams():
            state = self.recorded.folded(stream)
            for process in self.processes:
                assert await process.aggregates.find(type(state), state.id) == state
            if stream in self.recorded.changed:
                assert await self.fresh.aggregates.find(type(state), state.id) == state
        self.recorded.changed.clear()

    def teardown(self) -> None:
        with self._stack:
            try:
                self._loop.run(self._lists_say_the_same())
            finally:
                self._loop.run(self.lists.close())
                for process in (*self.processes, self.fresh):
                    process.close()

    async def _lists_say_the_same(self) -> None:
        await self.lists.catch_up()
        lived = await self.lists.digests()
        with TemporaryDirectory() as folder:
            async with SQLiteReadModels(Path(folder), self._log) as made_anew:
                await made_anew.catch_up()
                assert await made_anew.digests() == lived
        bookings = await self.lists.bookings.page(BookingsQuery(limit=200), now=self.clock.now())
        listed = {row.id: row.status for row in rows_of(bookings, BookingAnswer)}
        assert listed == {
            booking_id: "cancelled" if booking.cancelled_by else "confirmed"
            for booking_id, booking in self.model.bookings.items()
        }
        for mentor in MENTORS:
            query = TimeslotsQuery(
                mentor_id=mentor,
                start_from=self.clock.now(),
                start_before=self.clock.now() + timedelta(days=400),
                limit=200,
            )
            slots = await self.lists.timeslots.page(query, now=self.clock.now())
            listed_slots = [row.id for row in rows_of(slots, SlotAnswer)]
            assert listed_slots == self.model.open_slots(mentor)


TestMentorsAndStudents = MentorsAndStudents.TestCase
TestMentorsAndStudents.settings = settings(
    max_examples=rounds(50),
    stateful_step_count=50,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
