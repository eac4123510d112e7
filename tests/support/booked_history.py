"""Histories of bookings: who registered, who booked, who cancelled, who goes by another name."""

from __future__ import annotations

import random
from datetime import timedelta

from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.mentor.events import MentorCreated, MentorProfileChanged, Origin
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.events import SessionAdded
from mentorbooking.domain.user_account.events import AccountChanged, AccountRegistered
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import HOUR, NOW
from tests.support.memory_log import MemoryLog

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")


def register_student(log: MemoryLog, number: int, name: str) -> None:
    log.append(
        f"user_{number}",
        AccountRegistered(
            at=NOW,
            email=f"s{number}@example.org",
            name=name,
            role=Role.STUDENT,
            time_zone="UTC",
            student_id=f"student_{number}",
        ),
    )


def rename_student(log: MemoryLog, number: int, name: str) -> None:
    log.append(f"user_{number}", AccountChanged(at=NOW, name=name))


def add_mentor(log: MemoryLog, number: int, name: str, *, time_zone: str = "UTC") -> None:
    profile = MentorProfile(name=name, email=f"m{number}@example.org", time_zone=time_zone)
    log.append(f"mentor_{number}", MentorCreated(at=NOW, profile=profile, origin=Origin.IMPORT))


def change_mentor(log: MemoryLog, number: int, changes: ProfileChanges) -> None:
    log.append(f"mentor_{number}", MentorProfileChanged(at=NOW, changes=changes))


def book(
    log: MemoryLog,
    number: int,
    *,
    student: int = 1,
    mentor: int = 1,
    hours: float = 24,
    title: str = "Career talk",
) -> None:
    start = NOW + hours * HOUR
    log.append(
        f"booking_{number:06}",
        BookingCreated(
            at=NOW,
            mentor_id=f"mentor_{mentor}",
            student_id=f"student_{student}",
            slot_id=f"slot_{number}",
            slot=TimeSlot(start, start + HOUR),
            title=title,
        ),
    )


def cancel(log: MemoryLog, number: int, reason: str | None = None) -> None:
    log.append(
        f"booking_{number:06}",
        BookingCancelled(at=NOW + HOUR, cancelled_by=Party.STUDENT, reason=reason),
    )


def random_history(log: MemoryLog, rng: random.Random, bookings: int) -> None:
    """Write a history in which all of it happens, in no particular order."""
    for number in range(10):
        register_student(log, number, f"Student {number}")
        add_mentor(log, number, f"Mentor {number}", time_zone=rng.choice(ZONES))
    for number in range(bookings):
        who = rng.randrange(10)
        book(log, number, student=who, mentor=rng.randrange(10), hours=rng.randrange(1, 5_000))
        log.append(
            f"student_calendar_{who}",
            SessionAdded(
                at=NOW, booking_id="x", slot=TimeSlot(NOW, NOW + timedelta(minutes=number + 1))
            ),
        )
        match rng.randrange(8):
            case 0:
                cancel(log, number, rng.choice([None, "=1+1", "ill, sorry"]))
            case 1:
                rename_student(log, who, f"Student {who}.{number}")
            case 2:
                change_mentor(log, who, ProfileChanges(name=f"Mentor {who}.{number}"))
            case 3:
                change_mentor(log, who, ProfileChanges(time_zone=rng.choice(ZONES)))
            case _:
                pass
