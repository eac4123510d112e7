"""POST, PUT, DELETE and GET of time slots."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mentorbooking.domain.mentor_calendar.paging import PAGE, page_of
from tests.support.person import Person
from tests.support.running_service import House, errors_of, ids_of, pages_of, refusal, told

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


def span(start: datetime, minutes: float = 60) -> dict[str, str]:
    return {"start": told(start), "end": told(start + timedelta(minutes=minutes))}


async def offer(mentor: Person, *slots: dict[str, str]) -> httpx.Response:
    return await mentor.post(f"/mentors/{mentor.id}/timeslots", {"slots": list(slots)})


async def open_slots(house: House, mentor: Person, **query: Any) -> list[str]:
    rows = await pages_of(house.anyone, f"/mentors/{mentor.id}/timeslots", **query)
    return [row["id"] for page in rows for row in page]


async def test_a_slot_tells_what_it_is(house: House) -> None:
    mentor = await house.mentor()
    start = house.at(days=1)

    answer = await offer(mentor, span(start, 45))

    assert answer.status_code == 201
    (slot,) = answer.json()["data"]
    assert slot.pop("id").startswith("slot_")
    assert slot == {
        "mentor_id": mentor.id,
        **span(start, 45),
        "duration_minutes": 45,
        "status": "available",
    }
    assert set(answer.json()) == {"data"}


async def test_slots_are_answered_in_the_order_in_which_they_were_sent(house: House) -> None:
    mentor = await house.mentor()
    starts = [house.at(days=days) for days in (40, 2, 20, 1)]

    answer = await offer(mentor, *map(span, starts))

    assert [slot["start"] for slot in answer.json()["data"]] == list(map(told, starts))


async def test_one_to_a_hundred_at_a_time(house: House) -> None:
    mentor = await house.mentor()
    many = [span(house.at(hours=2 * n + 1)) for n in range(101)]

    assert errors_of(await offer(mentor))[0][0] == "#/slots"
    assert errors_of(await offer(mentor, *many))[0][0] == "#/slots"
    assert (await offer(mentor, *many[:100])).status_code == 201
    assert len(await open_slots(house, mentor)) == 100


async def test_each_slot_that_breaks_a_rule_is_told_with_its_place(house: House) -> None:
    mentor = await house.mentor()
    now, day = house.now, timedelta(days=1)

    answer = await offer(
        mentor,
        span(now + day),
        span(now - HOUR),
        span(now),
        span(now + day, 0),
        span(now + day, -30),
        span(now + day, 4),
        span(now + day, 24 * 60 + 1),
        span(now + 2 * day, 5),
        span(now + 3 * day, 24 * 60),
    )

    assert refusal(answer) == (422, "invalid-content")
    assert errors_of(answer) == [
        ("#/slots/1/start", "slot-in-past"),
        ("#/slots/2/start", "slot-in-past"),
        ("#/slots/3/end", "end-not-after-start"),
        ("#/slots/4/end", "end-not-after-start"),
        ("#/slots/5/end", "slot-too-short"),
        ("#/slots/6/end", "slot-too-long"),
    ]
    assert await open_slots(house, mentor) == []


async def test_rules_are_told_beside_slots_that_cannot_be_read(house: House) -> None:
    mentor = await house.mentor()
    path = f"/mentors/{mentor.id}/timeslots"
    early, naive = span(house.at(days=-1)), {"start": "2026-12-01T10:00:00", "end": None}
    odd = {**span(house.at(days=1), 3), "note": "x"}

    many = await mentor.post(path, {"slots": [naive, early, odd, 7]})
    (slot,) = await house.offer(mentor, house.at(days=2))
    moved = await mentor.put(f"{path}/{slot}", odd)
    too_many = await mentor.post(path, {"slots": [early] * 101})

    assert errors_of(many) == [
        ("#/slots/0/start", "offset-required"),
        ("#/slots/0/end", "invalid-type"),
        ("#/slots/2/note", "unknown-field"),
        ("#/slots/3", "invalid-type"),
        ("#/slots/1/start", "slot-in-past"),
        ("#/slots/2/end", "slot-too-short"),
    ]
    assert errors_of(moved) == [("#/note", "unknown-field"), ("#/end", "slot-too-short")]
    assert errors_of(too_many) == [("#/slots", "too-many-items")]


async def test_all_or_none(house: House) -> None:
    mentor = await house.mentor()
    await house.offer(mentor, house.at(days=5))

    refused = await offer(mentor, span(house.at(days=1)), span(house.at(days=5, minutes=30)))

    assert refused.status_code == 409
    assert len(await open_slots(house, mentor)) == 1


async def test_an_overlap_names_both(house: House) -> None:
    mentor = await house.mentor()
    (standing,) = await house.offer(mentor, house.at(days=1))

    for start, minutes in [
        (house.at(days=1), 60),
        (house.at(days=1, minutes=-30), 31),
        (house.at(days=1, minutes=59), 60),
        (house.at(days=1, minutes=10), 10),
        (house.at(days=1, hours=-2), 300),
    ]:
        answer = await offer(mentor, span(start, minutes))
        assert refusal(answer) == (409, "slot-overlap")
        assert standing in answer.text
        assert told(start) in answer.text


async def test_slots_of_one_request_overlap_as_well(house: House) -> None:
    mentor = await house.mentor()
    first, second = span(house.at(days=3)), span(house.at(days=3, minutes=30))

    answer = await offer(mentor, span(house.at(days=1)), second, first)

    assert refusal(answer) == (409, "slot-overlap")
    for text in (*first.values(), *second.values()):
        assert text in answer.text
    assert await open_slots(house, mentor) == []


async def test_slots_that_only_touch_do_not_overlap(house: House) -> None:
    mentor = await house.mentor()

    assert (await offer(mentor, *(span(house.at(days=1, hours=n)) for n in range(5)))).is_success
    assert (await offer(mentor, span(house.at(days=1, hours=5)))).is_success
    assert (await offer(mentor, span(house.at(days=1, hours=-1)))).is_success


async def test_pages_of_the_calendar_do_not_show(house: House) -> None:
    """The calendar is cut every fourteen days; around the cuts everything is as elsewhere."""
    mentor = await house.mentor()
    cut = datetime(1970, 1, 5, tzinfo=UTC) + PAGE * (page_of(house.now) + 1)
    across = span(cut - 12 * HOUR, 24 * 60)
    assert (await offer(mentor, across)).status_code == 201

    for start, minutes in [
        (cut, 60),
        (cut - HOUR, 60),
        (cut + 11 * HOUR, 120),
        (cut - 13 * HOUR, 61),
        (cut - HOUR, 120),
    ]:
        assert refusal(await offer(mentor, span(start, minutes))) == (409, "slot-overlap")
    assert (await offer(mentor, span(cut + 12 * HOUR), span(cut - 13 * HOUR))).status_code == 201
    assert refusal(await offer(mentor, span(cut + PAGE - HOUR, 120), span(cut + PAGE))) == (
        409,
        "slot-overlap",
    )
    assert len(await open_slots(house, mentor)) == 3


async def test_of_many_overlapping_offers_at_once_one_is_taken(house: House) -> None:
    mentor = await house.mentor()
    cut = datetime(1970, 1, 5, tzinfo=UTC) + PAGE * (page_of(house.now) + 1)

    answers = await asyncio.gather(
        *(offer(mentor, span(cut + timedelta(minutes=n - 10), 60)) for n in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19


async def test_an_open_slot_moves_and_keeps_its_id(house: House) -> None:
    mentor = await house.mentor()
    (slot_id,) = await house.offer(mentor, house.at(days=1))

    for days in (1.5, 20, 50, 3, 90, 1):  # within its page of the calendar, and to others
        to = span(house.at(days=days), 30)
        answer = await mentor.put(f"/mentors/{mentor.id}/timeslots/{slot_id}", to)
        assert answer.status_code == 200, answer.text
        slot = answer.json()
        assert (slot["id"], slot["start"], slot["end"]) == (slot_id, to["start"], to["end"])
        assert slot["duration_minutes"] == 30
        around = {"from": told(house.at(days=days - 1)), "to": told(house.at(days=days + 1))}
        assert await open_slots(house, mentor, **around) == [slot_id]
    assert await open_slots(house, mentor) == [slot_id]


async def test_a_slot_that_was_moved_far_can_be_booked_and_removed(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    path = f"/mentors/{mentor.id}/timeslots"
    for slot_id, days in ((first, 30), (second, 60), (first, 45)):
        await mentor.put(f"{path}/{slot_id}", span(house.at(days=days)))

    booking = await house.book(student, mentor, first)

    assert booking["start"] == told(house.at(days=45))
    assert (await mentor.delete(f"{path}/{second}")).status_code == 204
    assert refusal(await mentor.delete(f"{path}/{second}"))[0] == 404
    assert refusal(await mentor.put(f"{path}/{second}", span(house.at(days=1))))[0] == 404


async def test_moving_follows_the_same_rules(house: House) -> None:
    mentor = await house.mentor()
    slot_id, standing = await house.offer(mentor, house.at(days=1), house.at(days=20))
    path = f"/mentors/{mentor.id}/timeslots/{slot_id}"

    for to, place, code in [
        (span(house.now), "#/start", "slot-in-past"),
        (span(house.at(days=1), 0), "#/end", "end-not-after-start"),
        (span(house.at(days=1), 3), "#/end", "slot-too-short"),
        (span(house.at(days=1), 1441), "#/end", "slot-too-long"),
    ]:
        answer = await mentor.put(path, to)
        assert refusal(answer) == (422, "invalid-content")
        assert errors_of(answer) == [(place, code)]
    overlapping = await mentor.put(path, span(house.at(days=20, minutes=59)))
    assert refusal(overlapping) == (409, "slot-overlap")
    assert standing in overlapping.text
    assert slot_id in overlapping.text
    assert (await mentor.put(path, span(house.at(days=1, minutes=30)))).status_code == 200
    assert (await mentor.put(path, span(house.at(days=20, hours=1)))).status_code == 200


async def test_a_booked_slot_neither_moves_nor_goes(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    await house.book(student, mentor, slot_id)
    path = f"/mentors/{mentor.id}/timeslots/{slot_id}"

    for answer in [
        await mentor.delete(path),
        await mentor.put(path, span(house.at(days=2))),
        await mentor.put(path, span(house.at(days=30))),
        await mentor.put(path, span(house.at(days=1))),
        await mentor.put(path, span(house.at(days=-1))),
        await (await house.admin()).delete(path),
    ]:
        assert refusal(answer) == (409, "slot-booked")


async def test_a_slot_belongs_to_its_mentor(house: House) -> None:
    mentor, other, admin = await house.mentor(), await house.mentor(), await house.admin()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    to = span(house.at(days=2))

    for answer in [
        await other.delete(f"/mentors/{mentor.id}/timeslots/{slot_id}"),
        await other.put(f"/mentors/{mentor.id}/timeslots/{slot_id}", to),
        await other.post(f"/mentors/{mentor.id}/timeslots", {"slots": [to]}),
    ]:
        assert refusal(answer) == (403, "not-yours")
    for answer in [
        await other.delete(f"/mentors/{other.id}/timeslots/{slot_id}"),
        await other.put(f"/mentors/{other.id}/timeslots/{slot_id}", to),
    ]:
        assert refusal(answer) == (404, "not-found")
    assert (await admin.put(f"/mentors/{mentor.id}/timeslots/{slot_id}", to)).status_code == 200
    offered = await admin.post(
        f"/mentors/{mentor.id}/timeslots", {"slots": [span(house.at(days=3))]}
    )
    assert offered.status_code == 201
    assert (await admin.delete(f"/mentors/{mentor.id}/timeslots/{slot_id}")).status_code == 204


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
