"""GET /bookings and GET /mentors/{mentor_id}/bookings: every filter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_service import House, pages_of

pytestmark = pytest.mark.anyio


async def test_lists_of_bookings(house: House) -> None:
    mentor, other = await house.mentor(), await house.mentor()
    ada, ben, admin = await house.student(), await house.student(), await house.admin()
    early, late = await house.offer(mentor, house.at(days=1), house.at(days=5))
    (elsewhere,) = await house.offer(other, house.at(days=3))
    first = await house.book(ada, mentor, early)
    second = await house.book(ben, other, elsewhere)
    third = await house.book(ada, mentor, late)
    await ada.delete(f"/bookings/{third['id']}")
    house.clock.advance(timedelta(days=1, minutes=30))  # the first one is under way

    async def listed(person: Person, path: str = "/bookings", **query: Any) -> list[str]:
        return [
            row["id"] for page in await pages_of(person, path, limit=1, **query) for row in page
        ]

    one, two, three = first["id"], second["id"], third["id"]
    of_mentor = f"/mentors/{mentor.id}/bookings"
    for person, path, query, found in [
        (ada, "/bookings", {}, [one, three]),
        (ada, "/bookings", {"student_id": ada.id}, [one, three]),
        (ben, "/bookings", {}, [two]),
        (admin, "/bookings", {}, [one, two, three]),
        (admin, "/bookings", {"student_id": ada.id}, [one, three]),
        (admin, "/bookings", {"mentor_id": other.id}, [two]),
        (admin, "/bookings", {"student_id": ben.id, "mentor_id": mentor.id}, []),
        (admin, "/bookings", {"status": "cancelled"}, [three]),
        (admin, "/bookings", {"status": "confirmed"}, [one, two]),
        (admin, "/bookings", {"when": "upcoming"}, [one, two, three]),
        (admin, "/bookings", {"when": "past"}, []),
        (admin, "/bookings", {"from": second["start"]}, [two, three]),
        (admin, "/bookings", {"to": second["start"]}, [one]),
        (admin, "/bookings", {"from": second["start"], "to": third["start"]}, [two]),
        (mentor, of_mentor, {}, [one, three]),
        (admin, of_mentor, {"status": "confirmed"}, [one]),
        (mentor, of_mentor, {"when": "upcoming", "status": "cancelled"}, [three]),
        (mentor, of_mentor, {"from": second["start"]}, [three]),
    ]:
        assert await listed(person, path, **query) == found, (path, query)

    house.clock.advance(timedelta(minutes=30))  # it has just ended
    assert await listed(admin, when="past") == [one]
    assert await listed(mentor, of_mentor, when="past") == [one]
    assert await listed(admin, when="upcoming") == [two, three]
