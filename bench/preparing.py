"""Fill the service through its own HTTP API, as any client would.

Two hundred mentors have the same half hours of each day, two hundred students have one booking per
half hour at most, so that no booking is refused. The first days are for reading: there forty
mentors are half booked, as all the mentors of the reference servers are.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.client import ADMIN, PASSWORD
from bench.requests import instant

if TYPE_CHECKING:
    from bench.client import Service

PEOPLE = 200
READ_MENTORS = 40
READ_DAYS = 5
A_DAY = 8
BATCH = 100
HALF_HOUR = timedelta(minutes=30)


@dataclass
class Calendar:
    """The people and their slots. `slots[n][m]` is the id of mentor m's n-th half hour."""

    mentors: list[str]
    first_day: datetime
    slots: list[list[str]] = field(default_factory=list)

    def half_hour(self, number: int) -> tuple[str, str]:
        """Return start and end of the n-th half hour of everybody's calendar."""
        day, place = divmod(number, A_DAY)
        start = self.first_day + timedelta(days=day, hours=9) + place * HALF_HOUR
        return instant(start), instant(start + HALF_HOUR)

    @property
    def read_range(self) -> tuple[str, str]:
        """Return the days that are read and not written under load."""
        return instant(self.first_day), instant(self.first_day + timedelta(days=READ_DAYS))


def make_people(service: Service) -> Calendar:
    """Make the mentors and the students; return a calendar that is still empty."""
    service.admin = service.sign_in(ADMIN)
    with ThreadPoolExecutor(8) as pool:
        mentors = list(pool.map(lambda number: _make_mentor(service, number), range(PEOPLE)))
        list(pool.map(lambda number: _register(service, number), range(PEOPLE)))
    today = datetime.fromtimestamp(time.time(), UTC).replace(hour=0, minute=0, second=0)
    return Calendar(mentors, today.replace(microsecond=0) + timedelta(days=2))


def add_slots(service: Service, calendar: Calendar, wanted: int) -> None:
    """Open slots until everybody has so many."""
    service.admin = service.sign_in(ADMIN)
    while len(calendar.slots) < wanted:
        first = len(calendar.slots)
        hours = [calendar.half_hour(n) for n in range(first, min(first + BATCH, wanted))]
        body = {"slots": [{"start": start, "end": end} for start, end in hours]}

        def open_slots(mentor: str, body: dict[str, Any] = body) -> list[str]:
            opened = service.call("POST", f"/mentors/{mentor}/timeslots", service.admin, json=body)
            return [slot["id"] for slot in sorted(opened["data"], key=lambda slot: slot["start"])]

        with ThreadPoolExecutor(4) as pool:
            by_mentor = list(pool.map(open_slots, calendar.mentors))
        calendar.slots += [list(of_all) for of_all in zip(*by_mentor, strict=True)]


def sign_in_students(service: Service) -> list[str]:
    """Return a fresh access token of each student."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda number: service.sign_in(_student(number)), range(PEOPLE)))


def book_half_of_the_read_days(service: Service, calendar: Calendar, tokens: list[str]) -> int:
    """Book every other half hour of the mentors who are read; return how many that makes."""
    numbers = range(0, READ_DAYS * A_DAY, 2)

    def book(number: int, mentor: int) -> None:
        body = {"mentor_id": calendar.mentors[mentor], "slot_id": calendar.slots[number][mentor]}
        service.call("POST", "/bookings", tokens[mentor], json=body)

    with ThreadPoolExecutor(8) as pool:
        for number in numbers:
            list(pool.map(book, [number] * READ_MENTORS, range(READ_MENTORS)))
    return len(numbers) * READ_MENTORS


def _make_mentor(service: Service, number: int) -> str:
    profile = {
        "email": f"mentor{number}@bench.example.org",
        "name": f"Mentor {number}",
        "skills": ["Python", "SQL"],
        "experience_years": 10,
        "bio": "Ten years of building and running services. " * 2,
        "hourly_rate": 100,
    }
    mentor: str = service.call("POST", "/mentors", service.admin, json=profile)["id"]
    return mentor


def _register(service: Service, number: int) -> None:
    person = {"email": _student(number), "password": PASSWORD, "name": f"Student {number}"}
    service.call("POST", "/auth/register", json={**person, "role": "student"})


def _student(number: int) -> str:
    return f"student{number}@bench.example.org"
