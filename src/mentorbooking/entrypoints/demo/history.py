"""What happens in the demo: people come, mentors offer time, students book and call off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.application.use_cases.mentors.invite_mentor import InviteMentor
from mentorbooking.entrypoints.demo import people
from mentorbooking.entrypoints.demo.arrivals import (
    MENTORS_WITH_ACCOUNT,
    Cast,
    come_in,
    offer_time,
)
from mentorbooking.entrypoints.demo.sessions import Canceller, Session, sessions
from mentorbooking.entrypoints.demo.stage import Stage

INVITED: Final = 3
PAUSED: Final = 2
"""The last mentors of the list: nobody can book them any more."""

OPENING_TAKES: Final = timedelta(hours=1)
"""After that all people and slots are there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is."""

    mentors: int
    timeslots: int
    bookings: int


async def make_history(stage: Stage, now: datetime) -> Counts:
    """Make everything; the stage's clock ends at ``now``."""
    opened = stage.clock.now() + OPENING_TAKES
    profiles = people.mentors()
    cast = await come_in(stage, profiles)
    calendars = await offer_time(stage, cast, profiles, now)
    stage.clock.forward_to(opened)
    planned = sessions(
        calendars[:-PAUSED],
        [profile.skills[0] for profile in profiles],
        students=len(cast.students),
        with_account=MENTORS_WITH_ACCOUNT,
        opened=opened,
        now=now,
    )
    await _book_and_cancel(stage, cast, planned)
    stage.clock.forward_to(now)
    await _settle(stage, cast)
    return Counts(len(profiles), sum(map(len, calendars)), len(planned))


async def _book_and_cancel(stage: Stage, cast: Cast, planned: Sequence[Session]) -> None:
    """Let things happen in the order of time, whichever session they belong to."""
    booking_ids: dict[str, str] = {}
    steps = [(session.booked_at, 0, number) for number, session in enumerate(planned)]
    steps += [
        (session.cancellation.at, 1, number)
        for number, session in enumerate(planned)
        if session.cancellation
    ]
    for at, is_cancellation, number in sorted(steps):
        stage.clock.forward_to(at)
        session = planned[number]
        if is_cancellation:
            await _cancel(stage, cast, session, booking_ids[session.slot.id])
        else:
            booking_ids[session.slot.id] = await _book(stage, cast, session)


async def _book(stage: Stage, cast: Cast, session: Session) -> str:
    student = cast.students[session.student]
    command = CreateBooking(
        caller=student,
        mentor_id=cast.mentor_ids[session.mentor],
        slot_id=session.slot.id,
        title=session.title,
        description=session.description,
    )
    return (await stage.act(student, stage.core.commands.create_booking, command)).id


async def _cancel(stage: Stage, cast: Cast, session: Session, booking_id: str) -> None:
    if session.cancellation is None:
        return
    match session.cancellation.by:
        case Canceller.STUDENT:
            who = cast.students[session.student]
        case Canceller.MENTOR:
            who = cast.mentors_with_account[session.mentor]
        case Canceller.ADMIN:
            who = cast.admin
    command = CancelBooking(caller=who, booking_id=booking_id, reason=session.cancellation.reason)
    await stage.act(who, stage.core.commands.cancel_booking, command)


async def _settle(stage: Stage, cast: Cast) -> None:
    """Pause some mentors, and send some invitations that still work."""
    commands, admin = stage.core.commands, cast.admin
    for mentor_id in cast.mentor_ids[-PAUSED:]:
        paused = ChangeStanding(caller=admin, mentor_id=mentor_id, to=Standing.PAUSED)
        await stage.act(admin, commands.change_standing, paused)
    for mentor_id in cast.mentor_ids[MENTORS_WITH_ACCOUNT:][:INVITED]:
        await stage.act(
            admin, commands.invite_mentor, InviteMentor(caller=admin, mentor_id=mentor_id)
        )
