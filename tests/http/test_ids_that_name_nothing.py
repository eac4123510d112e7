"""An id that cannot exist is simply unknown: 404, never 422, whatever it looks like."""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import quote

import httpx
import pytest

from tests.support.person import Person
from tests.support.running_service import House, refusal, told

pytestmark = pytest.mark.anyio

STRANGE = (
    "mentor_00000000000000000000000000",
    "mentor_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    "mentor_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "slot_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    "booking_",
    "42",
    "-1",
    "null",
    "*",
    "%",
    "\x00",
    "\n",
    "'; DROP TABLE events; --",
    "ö" * 3,
    "\N{PILE OF POO}",
    "a:b:c",
    "x" * 3000,
)


async def test_no_route_takes_a_strange_id_for_an_error_of_the_caller(house: House) -> None:
    people = await house.admin(), await house.mentor(), await house.student()
    (slot_id,) = await house.offer(people[1], house.at(days=1))

    for strange in STRANGE:
        for answer in [await call for call in _calls(house, *people, slot_id, strange)]:
            assert refusal(answer) == (404, "not-found"), answer.request.url


def _calls(
    house: House, admin: Person, mentor: Person, student: Person, slot_id: str, strange: str
) -> list[Awaitable[httpx.Response]]:
    name = quote(strange, safe="")
    times = {"start": told(house.at(days=2)), "end": told(house.at(days=2, hours=1))}
    slots = {"slots": [times]}
    return [
        admin.get(f"/mentors/{name}"),
        admin.patch(f"/mentors/{name}", {"name": "New"}),
        admin.post(f"/mentors/{name}/activate"),
        admin.post(f"/mentors/{name}/pause"),
        admin.post(f"/mentors/{name}/confirm"),
        admin.post(f"/mentors/{name}/invite"),
        admin.get(f"/mentors/{name}/timeslots"),
        admin.post(f"/mentors/{name}/timeslots", slots),
        admin.put(f"/mentors/{name}/timeslots/{slot_id}", times),
        admin.delete(f"/mentors/{name}/timeslots/{slot_id}"),
        mentor.put(f"/mentors/{mentor.id}/timeslots/{name}", times),
        mentor.delete(f"/mentors/{mentor.id}/timeslots/{name}"),
        admin.get(f"/mentors/{name}/bookings"),
        student.get(f"/bookings/{name}"),
        student.delete(f"/bookings/{name}"),
        student.get(f"/bookings/{name}/history"),
        admin.get(f"/import/mentors/{name}"),
        admin.get(f"/import/mentors/{name}/rows"),
        admin.get(f"/import/mentors/{name}/report.csv"),
        admin.get(f"/exports/bookings/{name}"),
        admin.post(f"/exports/bookings/{name}/retry"),
        admin.get(f"/exports/bookings/{name}/file"),
        student.post("/bookings", {"mentor_id": strange, "slot_id": slot_id}),
        student.post("/bookings", {"mentor_id": mentor.id, "slot_id": strange}),
        admin.post(
            "/bookings", {"mentor_id": mentor.id, "slot_id": slot_id, "student_id": strange}
        ),
    ]


async def test_a_filter_by_an_unknown_id_finds_nothing(house: House) -> None:
    admin = await house.admin()

    answer = await admin.get("/bookings", params={"student_id": "nobody", "mentor_id": "42"})

    assert answer.json()["data"] == []
