"""Which sessions there are in the demo: past, under way and to come, and some called off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.domain.scheduling.time_slot import TimeSlot

BOOKED_AHEAD: Final = tuple(timedelta(days=days) for days in (2, 4, 6, 9))
_ONE_IN = 7


class Canceller(StrEnum):
    """Who calls a session off."""

    STUDENT = "student"
    MENTOR = "mentor"
    ADMIN = "admin"


class Cancellation(NamedTuple):
    at: datetime
    by: Canceller
    reason: str


class Session(NamedTuple):
    """``mentor`` and ``student`` are numbers in the lists of people."""

    booked_at: datetime
    mentor: int
    student: int
    slot: SlotAnswer
    title: str
    description: str
    cancellation: Cancellation | None = None


_TITLES: Final = (
    ("Getting started with {skill}", "I am new to it and would like a plan for the first weeks."),
    ("Code review: {skill}", "I have a small project; the link comes by mail."),
    ("Career talk", "How did you come to {skill}, and what would you do differently?"),
    ("{skill}: questions from work", ""),
    ("Mock interview", "With questions about {skill}, please. Be honest."),
    ("Where to go from here", "I know the basics of {skill}. What is worth learning next?"),
    ("{skill} in practice", ""),
)
"""Seven, so that none follows one of the five students around."""

_REASONS: Final = {
    Canceller.STUDENT: "I have an exam on that day, sorry.",
    Canceller.MENTOR: "I have to travel at short notice; please pick another slot.",
    Canceller.ADMIN: "Booked by mistake.",
}


def sessions(
    calendars: Sequence[Sequence[SlotAnswer]],
    skills: Sequence[str],
    *,
    students: int,
    with_account: int,
    opened: datetime,
    now: datetime,
) -> list[Session]:
    """Plan sessions that break no rule, in the order in which they are booked.

    The first slot of the first calendar that is under way now is booked by the first student. The
    first ``with_account`` mentors can call sessions off by themselves. Everything happens after
    ``opened`` and before ``now``.
    """
    planned: list[Session] = []
    latest = now - timedelta(minutes=10)
    taken: list[list[TimeSlot]] = [[] for _ in range(students)]
    for number, (mentor, slot) in enumerate(_chosen(calendars, now)):
        student = 0 if number == 0 else (mentor + number) % students
        time = TimeSlot(slot.start, slot.end)
        if any(time.overlaps(other) for other in taken[student]):
            continue
        taken[student].append(time)
        ahead = BOOKED_AHEAD[number % len(BOOKED_AHEAD)]
        one_by_one = timedelta(seconds=number)
        booked_at = min(max(opened + one_by_one, slot.start - ahead), latest + one_by_one)
        title, description = _TITLES[number % len(_TITLES)]
        planned.append(
            Session(
                booked_at,
                mentor,
                student,
                slot,
                title.format(skill=skills[mentor]),
                description.format(skill=skills[mentor]),
                _cancellation(number, mentor < with_account, booked_at, slot, now),
            )
        )
    return sorted(planned, key=lambda session: session.booked_at)


def _chosen(
    calendars: Sequence[Sequence[SlotAnswer]], now: datetime
) -> Iterator[tuple[int, SlotAnswer]]:
    """Choose two slots of every mentor, and the one that is under way."""
    first = [slot for slot in calendars[0] if slot.start <= now < slot.end]
    yield from ((0, slot) for slot in first[:1])
    for mentor, slots in enumerate(calendars):
        free = [slot for slot in slots if slot not in first]
        for place in sorted({(mentor * 5) % len(free), (mentor * 11 + 7) % len(free)}):
            yield mentor, free[place]


def _cancellation(
    number: int, can_cancel: bool, booked_at: datetime, slot: SlotAnswer, now: datetime
) -> Cancellation | None:
    """Have one session in some called off, halfway between its booking and its start or now."""
    if number % _ONE_IN != _ONE_IN - 1 and not (can_cancel and number % 2 == 0 and number > 0):
        return None
    at = booked_at + (min(slot.start, now) - booked_at) / 2
    others = Canceller.STUDENT if number % 2 else Canceller.ADMIN
    by = Canceller.MENTOR if can_cancel else others
    return Cancellation(at, by, _REASONS[by])
