"""What lists of fifty cost, read strongly and eventually consistent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bench.aws.counting import Spent, counted
from bench.aws.report import Cost, Goal, cost_of
from bench.aws.stage import gather

if TYPE_CHECKING:
    from bench.aws.following import Follower
    from bench.aws.stage import Party, Person, Stage

FIFTY = 50
MENTORS = 60
TURNS = 3
STRONGLY, EVENTUALLY = Goal(reads=6), Goal(reads=3)


async def lists(stage: Stage, follower: Follower) -> list[Cost]:
    """Return what each list costs; between two turns something is booked, and projected."""
    for number in range(MENTORS):
        await _make_mentor(stage, number)
    half_open = await gather(stage, slots=FIFTY * 2)
    for number in range(FIFTY // 5):
        await half_open.book(number * 4)  # every fifth
    party = await gather(stage, slots=FIFTY + 2 * 5 * TURNS, students=1)
    for _ in range(FIFTY):
        await party.book()
    await follower.catch_up()
    costs: list[Cost] = []
    for how, goal, reader in (
        ("strongly", STRONGLY, stage),
        ("eventually", EVENTUALLY, stage.reading_eventually()),
    ):
        asked = await _asked(reader, party, half_open)
        for title, list_ in asked.items():
            first, *later = [await _turn(list_, party, follower) for _ in range(TURNS)]
            costs.append(cost_of(f"50 {title}, {how}", later, goal))
            if list_.is_held:
                costs.append(cost_of("  the first of a process", [first]))
    return costs


class List(NamedTuple):
    """Who asks for it, where, and how. ``is_held``: by a process, in its memory."""

    person: Person
    path: str
    query: dict[str, str]
    is_held: bool = False


async def _asked(reader: Stage, party: Party, half_open: Party) -> dict[str, List]:
    admin = await reader.person("admin", "Alice Admin")
    mentor = await reader.as_seen_here(party.mentor)
    student = await reader.as_seen_here(party.students[0])
    first = reader.tomorrow()
    span = {"from": first.isoformat(), "to": (first + timedelta(days=30)).isoformat()}
    return {
        "mentors": List(student, "/mentors", {"sort": "next_free"}, is_held=True),
        "open time slots": List(student, f"/mentors/{half_open.mentor.id}/timeslots", span),
        "bookings of a student": List(student, "/bookings", {}),
        "bookings of a mentor": List(mentor, f"/mentors/{mentor.id}/bookings", {}),
        "bookings of all": List(admin, "/bookings", {}),
    }


async def _turn(list_: List, party: Party, follower: Follower) -> Spent:
    await party.book()
    await follower.catch_up()
    query = {**list_.query, "limit": str(FIFTY)}
    with counted() as spent:
        page = await list_.person.call("GET", list_.path, params=query)
    assert len(page["data"]) == FIFTY, list_.path
    return spent


async def _make_mentor(stage: Stage, number: int) -> None:
    mentor = await stage.person("mentor", f"Mentor {number}")
    profile = {
        "skills": ["Python", "SQL"],
        "experience_years": 10,
        "bio": "Ten years of building and running services. " * 2,
        "hourly_rate": 100,
    }
    await mentor.call("PATCH", f"/mentors/{mentor.id}", json=profile)
    await mentor.offer(stage.tomorrow(), timedelta(hours=1), 8)
