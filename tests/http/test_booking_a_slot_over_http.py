"""POST /bookings, reading and cancelling a booking, and its history."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.support.person import Person
from tests.support.running_service import House, errors_of, ids_of, refusal, told

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


async def wish(person: Person, mentor_id: str, slot_id: str, **given: Any) -> httpx.Response:
    return await person.post("/bookings", {"mentor_id": mentor_id, "slot_id": slot_id, **given})


async def test_a_student_books(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1), minutes=45)

    answer = await wish(student, mentor.id, slot_id, title="Compilers", description="All of\nit.")

    assert answer.status_code == 201
    booking = answer.json()
    assert answer.headers["Location"] == f"/bookings/{booking['id']}"
    assert answer.headers["ETag"] == f'"{booking["version"]}"'
    assert booking.pop("id").startswith("booking_")
    assert booking.pop("version") >= 1
    assert booking == {
        "mentor_id": mentor.id,
        "student_id": student.id,
        "slot_id": slot_id,
        "start": told(house.at(days=1)),
        "end": told(house.at(days=1, minutes=45)),
        "duration_minutes": 45,
        "title": "Compilers",
        "description": "All of\nit.",
        "status": "confirmed",
        "created_at": told(house.now),
        "updated_at": told(house.now),
    }


async def test_students_book_for_themselves_and_admins_for_anybody(house: House) -> None:
    mentor, student, other = await house.mentor(), await house.student(), await house.student()
    admin = await house.admin()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))

    foreign = await wish(student, mentor.id, first, student_id=other.id)
    nobody = await wish(student, mentor.id, first, student_id="nobody")
    own = await wish(student, mentor.id, first, student_id=student.id)
    for_nobody = await wish(admin, mentor.id, second)
    unknown = await wish(admin, mentor.id, second, student_id=mentor.id)
    by_admin = await wish(admin, mentor.id, second, student_id=other.id)

    assert refusal(foreign) == refusal(nobody) == (403, "not-yours")
    assert own.status_code == 201
    assert refusal(for_nobody)[0] == 422
    assert errors_of(for_nobody)[0][0] == "#/student_id"
    assert refusal(unknown) == (404, "not-found")
    assert by_admin.json()["student_id"] == other.id
    assert ids_of((await other.get("/bookings")).json()["data"]) == [by_admin.json()["id"]]


async def test_mentors_and_operators_do_not_book(house: House) -> None:
    mentor = await house.mentor()
    (slot_id,) = await house.offer(mentor, house.at(days=1))

    for person in (mentor, await house.operator()):
        assert refusal(await wish(person, mentor.id, slot_id))[0] == 403
    anonymous = await house.anyone.post("/bookings", json={})
    assert refusal(anonymous)[0] == 401


async def test_refusals_come_in_the_order_of_the_contract(house: House) -> None:
    """From everything that is wrong at once, one thing after the other is put right."""
    mentor, other = await house.mentor(), await house.mentor()
    student, rival = await house.student(), await house.student()
    (taken,) = await house.offer(mentor, house.at(hours=2))
    (elsewhere,) = await house.offer(other, house.at(hours=2))
    await house.book(rival, mentor, taken)
    await house.book(student, other, elsewhere)
    await mentor.post(f"/mentors/{mentor.id}/pause")
    house.clock.advance(timedelta(hours=2))  # paused, in the past, taken, and busy

    seen = [
        refusal(await wish(student, "nobody", "nothing", student_id=rival.id)),
        refusal(await wish(student, "nobody", taken)),
        refusal(await wish(student, mentor.id, "nothing")),
        refusal(await wish(student, mentor.id, elsewhere)),
        refusal(await wish(student, mentor.id, taken)),
    ]
    await mentor.post(f"/mentors/{mentor.id}/activate")
    seen.append(refusal(await wish(student, mentor.id, taken)))
    house.clock.advance(timedelta(hours=-2))
    seen.append(refusal(await wish(student, mentor.id, taken)))
    (free,) = await house.offer(mentor, house.at(hours=1, minutes=30), minutes=30)
    (busy,) = await house.offer(mentor, house.at(hours=3), minutes=30)
    (across,) = await house.offer(other, house.at(hours=3), minutes=60)
    await house.book(student, other, across)
    seen.append(refusal(await wish(student, mentor.id, busy)))

    assert seen == [
        (403, "not-yours"),
        (404, "not-found"),
        (404, "not-found"),
        (404, "not-found"),
        (409, "mentor-not-active"),
        (409, "slot-in-past"),
        (409, "slot-taken"),
        (409, "student-overlap"),
    ]
    assert (await wish(student, mentor.id, free)).status_code == 201


async def test_a_slot_that_starts_now_is_in_the_past(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(hours=1))

    house.clock.advance(timedelta(hours=1))

    assert refusal(await wish(student, mentor.id, slot_id)) == (409, "slot-in-past")


async def test_who_comes_too_late_is_told_the_next_three_open_slots(house: House) -> None:
    mentor, student, rival = await house.mentor(), await house.student(), await house.student()
    slots = await house.offer(mentor, *(house.at(days=day) for day in range(1, 8)))
    for number in (0, 2):
        await house.book(rival, mentor, slots[number])

    answer = await wish(student, mentor.id, slots[0])

    assert refusal(answer) == (409, "slot-taken")
    alternatives = answer.json()["alternatives"]
    assert ids_of(alternatives) == [slots[1], slots[3], slots[4]]
    assert alternatives[0]["status"] == "available"
    assert {"id", "start", "end", "duration_minutes", "mentor_id"} <= set(alternatives[0])
    assert (await wish(student, mentor.id, alternatives[0]["id"])).status_code == 201


async def test_there_may_be_no_alternative(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    await house.book(student, mentor, slot_id)

    assert (await wish(await house.student(), mentor.id, slot_id)).json()["alternatives"] == []


async def test_of_many_at_once_one_gets_the_slot(house: House) -> None:
    mentor = await house.mentor()
    students = [await house.student() for _ in range(20)]
    (slot_id,) = await house.offer(mentor, house.at(days=1))

    answers = await asyncio.gather(*(wish(each, mentor.id, slot_id) for each in students))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"slot-taken"}
    assert len((await mentor.get(f"/mentors/{mentor.id}/bookings")).json()["data"]) == 1


async def test_nobody_is_in_two_sessions_at_once(house: House) -> None:
    student = await house.student()
    mentors = [await house.mentor() for _ in range(10)]
    slots = [(await house.offer(mentor, house.at(days=1)))[0] for mentor in mentors]

    answers = await asyncio.gather(
        *(wish(student, mentor.id, slot) for mentor, slot in zip(mentors, slots, strict=True))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"student-overlap"}


async def test_sessions_may_touch(house: House) -> None:
    student, mentor, other = await house.student(), await house.mentor(), await house.mentor()
    (first,) = await house.offer(mentor, house.at(days=1))
    before, after = await house.offer(other, house.at(days=1, hours=-1), house.at(days=1, hours=1))

    for who, slot_id in [(mentor, first), (other, before), (other, after)]:
        await house.book(student, who, slot_id)

    listed = (await student.get("/bookings")).json()["data"]
    assert {row["slot_id"] for row in listed} == {first, before, after}


async def _booked(house: House) -> tuple[Person, Person, str, dict[str, Any]]:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    return mentor, student, slot_id, await house.book(student, mentor, slot_id, title="T")


async def test_a_booking_is_for_its_two_sides_and_admins(house: House) -> None:
    mentor, student, _, booking = await _booked(house)
    path = f"/bookings/{booking['id']}"
    strangers = [await house.student(), await house.mentor()]

    for person in (mentor, student, await house.admin()):
        answer = await person.get(path)
        assert answer.json() == booking
    for person in strangers:
        for answer in (
            await person.get(path),
            await person.get(f"{path}/history"),
            await person.delete(path),
        ):
            assert refusal(answer) == (404, "not-found")
    foreign = {**(await strangers[0].get(path)).json(), "request_id": "", "instance": ""}
    unknown = (await strangers[0].get("/bookings/booking_unknown")).json()
    assert foreign == {**unknown, "request_id": "", "instance": ""}
    assert refusal(await house.anyone.get(path))[0] == 401


@pytest.mark.parametrize("side", ["student", "mentor", "admin"])
async def test_each_side_cancels(house: House, side: str) -> None:
    mentor, student, slot_id, booking = await _booked(house)
    who = {"student": student, "mentor": mentor, "admin": await house.admin()}[side]
    house.clock.advance(timedelta(hours=1))

    answer = await who.delete(f"/bookings/{booking['id']}", params={"reason": " Down with a cold "})

    assert answer.status_code == 200
    cancelled = answer.json()
    assert cancelled == {
        **booking,
        "status": "cancelled",
        "cancelled_by": side,
        "cancellation_reason": "Down with a cold",
        "updated_at": told(house.now),
        "version": booking["version"] + 1,
    }
    assert (await student.get(f"/bookings/{booking['id']}")).json() == cancelled
    open_again = (await house.anyone.get(f"/mentors/{mentor.id}/timeslots")).json()["data"]
    assert ids_of(open_again) == [slot_id]


async def test_cancelling_again_changes_nothing(house: House) -> None:
    mentor, student, _, booking = await _booked(house)
    path = f"/bookings/{booking['id']}"
    first = await student.delete(path, params={"reason": "One"})
    head = await house.service.base.log.head()
    house.clock.advance(timedelta(days=2))

    again = await mentor.delete(path, params={"reason": "Two"})

    assert again.status_code == 200
    assert again.json() == first.json()
    assert await house.service.base.log.head() == head


async def test_what_has_started_is_not_cancelled(house: House) -> None:
    mentor, student, _, booking = await _booked(house)
    path = f"/bookings/{booking['id']}"
    house.clock.advance(timedelta(days=1))

    for person in (student, mentor, await house.admin()):
        assert refusal(await person.delete(path)) == (409, "already-started")


async def test_a_cancelled_slot_is_booked_again_under_its_id(house: House) -> None:
    mentor, student, slot_id, booking = await _booked(house)
    await student.delete(f"/bookings/{booking['id']}")

    again = await house.book(student, mentor, slot_id)

    assert again["id"] != booking["id"]
    assert again["slot_id"] == slot_id
    await student.delete(f"/bookings/{booking['id']}")  # the old one has no say any more
    assert (await student.get(f"/bookings/{again['id']}")).json()["status"] == "confirmed"
    assert (await house.anyone.get(f"/mentors/{mentor.id}/timeslots")).json()["data"] == []


async def test_the_history_tells_who_did_what(house: House) -> None:
    mentor, student, _, booking = await _booked(house)
    await mentor.delete(f"/bookings/{booking['id']}", params={"reason": "Ill."})

    for person in (student, mentor, await house.admin(), await house.operator()):
        answer = await person.get(f"/bookings/{booking['id']}/history")
        assert answer.status_code == 200
    created, cancelled = answer.json()["data"]

    assert [created["type"], cancelled["type"]] == ["booking.created", "booking.cancelled"]
    assert created["actor"] == {
        "type": "user",
        "id": student.account["id"],
        "name": student.account["name"],
    }
    assert cancelled["actor"]["id"] == mentor.account["id"]
    assert cancelled["reason"] == "Ill."
    assert "reason" not in created
    assert cancelled["channel"] == "http"
    assert cancelled["changes"]["status"] == {"old": "confirmed", "new": "cancelled"}
    assert created["changes"]["status"] == {"old": None, "new": "confirmed"}
    assert created["occurred_at"] == told(house.now)
    assert created["event_id"] != cancelled["event_id"]
    positions = [int(entry["position"].split(":")[1]) for entry in answer.json()["data"]]
    assert positions == sorted(positions)


async def test_nobody_lists_what_is_not_theirs(house: House) -> None:
    mentor, student, _, _ = await _booked(house)
    other_student, other_mentor = await house.student(), await house.mentor()

    assert (await other_student.get("/bookings")).json()["data"] == []
    foreign = await other_student.get("/bookings", params={"student_id": student.id})
    assert refusal(foreign) == (403, "not-yours")
    path = f"/mentors/{mentor.id}/bookings"
    assert refusal(await other_mentor.get(path)) == (403, "not-yours")
    assert refusal(await student.get(path))[0] == 403
    for query in ({"when": "soon"}, {"status": "done"}, {"from": "x"}):
        assert refusal(await student.get("/bookings", params=query))[0] == 422
