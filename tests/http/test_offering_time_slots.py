"""POST, PUT, DELETE and GET of time slots."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from mentorbooking.domain.mentor_calendar.paging import PAGE, page_of
from tests.support.running_service import House, errors_of, refusal, told
from tests.support.slots_over_http import HOUR, offer, open_slots, span

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


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
