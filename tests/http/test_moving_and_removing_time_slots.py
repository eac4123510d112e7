"""PUT and DELETE of time slots."""

from __future__ import annotations

import pytest

from tests.support.running_service import House, errors_of, refusal, told
from tests.support.slots_over_http import open_slots, span

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


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
