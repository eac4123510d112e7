"""GET of time slots: which ones, to whom."""

from __future__ import annotations

from datetime import UTC, timedelta

import httpx
import pytest

from tests.support.running_service import House, ids_of, refusal, told
from tests.support.slots_over_http import offer, open_slots, span

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


async def test_the_list_holds_open_slots_of_the_coming_31_days(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    starts = [house.at(days=days) for days in (1, 2, 30.9, 31.1, 61, 80)]
    slots = await house.offer(mentor, *starts)
    await house.book(student, mentor, slots[1])

    assert await open_slots(house, mentor) == [slots[0], slots[2]]
    later = {"from": told(house.at(days=31)), "to": told(house.at(days=93))}
    assert await open_slots(house, mentor, **later) == slots[3:]
    assert await open_slots(house, mentor, **{"from": told(house.at(days=60))}) == slots[4:]
    assert await open_slots(house, mentor, to=told(house.at(days=2))) == slots[:1]
    house.clock.advance(timedelta(days=1))
    assert slots[0] not in await open_slots(house, mentor)
    past = {"from": told(house.at(days=-10)), "to": told(house.now)}
    assert await open_slots(house, mentor, **past) == []


async def test_bounds_are_half_open(house: House) -> None:
    mentor = await house.mentor()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=1, hours=1))

    at = told(house.at(days=1, hours=1))
    assert await open_slots(house, mentor, to=at) == [first]
    assert await open_slots(house, mentor, **{"from": at}) == [second]


async def test_a_range_has_62_days_at_most(house: House) -> None:
    mentor = await house.mentor()
    path = f"/mentors/{mentor.id}/timeslots"

    async def ask(**query: str) -> httpx.Response:
        return await house.anyone.get(path, params=query)

    fits = await ask(**{"from": told(house.now), "to": told(house.at(days=62))})
    large = await ask(**{"from": told(house.now), "to": told(house.at(days=62, minutes=1))})
    open_start = await ask(to=told(house.at(days=63)))
    backwards = await ask(**{"from": told(house.at(days=2)), "to": told(house.at(days=1))})

    assert fits.status_code == 200
    for answer in (large, open_start):
        assert answer.status_code == 422
        assert "range-too-large" in answer.text
    assert refusal(backwards)[0] == 422
    extreme = await ask(**{"from": "9998-12-31T23:59:59Z"})
    assert extreme.status_code in (200, 422)
    extreme = await ask(**{"from": "0001-01-01T00:00:00+14:00"})
    assert extreme.status_code in (200, 422)


async def test_a_plus_sign_that_was_not_escaped_is_understood(house: House) -> None:
    mentor = await house.mentor()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    day = house.at(days=1).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    answer = await house.anyone.get(f"/mentors/{mentor.id}/timeslots?from={day}+00:00")

    assert ids_of(answer.json()["data"]) == [slot_id]


async def test_slots_are_found_by_their_length(house: House) -> None:
    mentor = await house.mentor()
    await offer(mentor, span(house.at(days=1), 30), span(house.at(days=2), 45))

    assert len(await open_slots(house, mentor, duration_minutes=45)) == 1
    assert await open_slots(house, mentor, duration_minutes=60) == []


async def test_the_mentor_and_admins_see_what_is_booked(house: House) -> None:
    mentor, student, admin = await house.mentor(), await house.student(), await house.admin()
    taken, free = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, taken)
    path = f"/mentors/{mentor.id}/timeslots"

    for person in (mentor, admin):
        booked = (await person.get(path, params={"status": "booked"})).json()["data"]
        everything = (await person.get(path, params={"status": "all"})).json()["data"]
        assert [(s["id"], s["status"], s["booking_id"]) for s in booked] == [
            (taken, "booked", booking["id"])
        ]
        assert ids_of(everything) == [taken, free]
        assert everything[1]["status"] == "available"
        assert "booking_id" not in everything[1]
    for person in (house.anyone, student, await house.mentor(), await house.operator()):
        for status in ("booked", "all"):
            assert (await person.get(path, params={"status": status})).status_code in (401, 403)
        assert "booking" not in (await person.get(path)).text
    assert refusal(await mentor.get(path, params={"status": "free"}))[0] == 422
