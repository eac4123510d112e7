"""Every command tells Event-Position; a list can wait for it, and waits without being asked."""

from __future__ import annotations

import time

import httpx
import pytest

from mentorbooking.application.positions import position_of as place_of
from tests.support.patience import SOON
from tests.support.running_service import (
    PROMISED_SECONDS,
    House,
    ids_of,
    lists_wait,
    refusal,
    told,
)

pytestmark = pytest.mark.anyio


async def position_of(house: House, answer: httpx.Response) -> int:
    """Return where in the one order it is, whatever lane the command's events are in."""
    base = house.service.base
    return await base.log.position_at(place_of(answer.headers["Event-Position"], base.lanes))


async def test_every_command_tells_where_its_events_end(house: House) -> None:
    admin, student = await house.admin(), await house.student()
    registered = await house.anyone.post(
        "/auth/register",
        json={
            "email": "grace@example.org",
            "password": "correct horse",
            "name": "Grace",
            "role": "mentor",
        },
    )
    mentor = house.person(registered.json())
    path = f"/mentors/{mentor.id}"
    first = {"start": told(house.at(days=1)), "end": told(house.at(days=1, hours=1))}
    other = {"start": told(house.at(days=2)), "end": told(house.at(days=2, hours=1))}
    offered = await mentor.post(f"{path}/timeslots", {"slots": [first]})
    (slot_id,) = ids_of(offered.json()["data"])
    moved = await mentor.put(f"{path}/timeslots/{slot_id}", other)
    booked = await student.post("/bookings", {"mentor_id": mentor.id, "slot_id": slot_id})
    cancelled = await student.delete(booked.headers["Location"])
    removed = await mentor.delete(f"{path}/timeslots/{slot_id}")
    invited = await admin.post(
        "/mentors", {"email": "new@example.org", "name": "New", "skills": ["Go"]}
    )
    answers = [
        registered,
        offered,
        moved,
        booked,
        cancelled,
        removed,
        invited,
        await admin.post(f"/mentors/{invited.json()['id']}/invite"),
        await mentor.patch("/me", {"name": "Other"}),
        await mentor.patch(path, {"bio": "New"}),
        await mentor.post(f"{path}/pause"),
        await mentor.post(f"{path}/activate"),
        await admin.post(f"{path}/confirm"),
        await admin.post(
            "/import/mentors", files={"file": ("m.csv", b"email,name,skills\na@b.ch,A,Go\n")}
        ),
        await admin.post("/exports/bookings"),
    ]

    positions = [await position_of(house, answer) for answer in answers]

    if house.service.base.lanes == 1:  # what happens at one instant has no order among lanes
        assert positions == sorted(positions)
    assert max(positions) <= await house.service.base.log.head()
    assert positions[3] < positions[4]


async def test_so_do_commands_that_change_nothing(house: House) -> None:
    admin, mentor, student = await house.admin(), await house.mentor(), await house.student()
    (slot_id, other) = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, slot_id)
    await student.delete(f"/bookings/{booking['id']}")
    await admin.post(f"/mentors/{mentor.id}/confirm")
    head = await house.service.base.log.head()
    same = {"start": told(house.at(days=2)), "end": told(house.at(days=2, hours=1))}

    answers = [
        await student.patch("/me", {}),
        await mentor.patch("/me", {"name": mentor.account["name"]}),
        await mentor.patch(f"/mentors/{mentor.id}", {}),
        await mentor.post(f"/mentors/{mentor.id}/activate"),
        await admin.post(f"/mentors/{mentor.id}/confirm"),
        await mentor.put(f"/mentors/{mentor.id}/timeslots/{other}", same),
        await student.delete(f"/bookings/{booking['id']}"),
    ]

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert {await position_of(house, answer) for answer in answers} == {head}
    assert await house.service.base.log.head() == head


async def test_a_list_shows_what_was_just_done_without_being_asked(house: House) -> None:
    student = await house.student()
    for number in range(30):
        mentor = await house.mentor(f"Mentor {number:02}")
        listed = (await house.anyone.get("/mentors", params={"q": f"{number:02}"})).json()["data"]
        assert ids_of(listed) == [mentor.id]
        (slot_id,) = await house.offer(mentor, house.at(days=1 + number))
        slots = (await house.anyone.get(f"/mentors/{mentor.id}/timeslots")).json()["data"]
        assert ids_of(slots) == [slot_id]
        booking = await house.book(student, mentor, slot_id)
        slots = (await house.anyone.get(f"/mentors/{mentor.id}/timeslots")).json()["data"]
        assert slots == []
        bookings = (await mentor.get(f"/mentors/{mentor.id}/bookings")).json()["data"]
        assert bookings == [booking]


async def test_a_list_can_be_asked_for_a_position(house: House) -> None:
    mentor = await house.mentor()
    changed = await mentor.patch(f"/mentors/{mentor.id}", {"bio": "New"})
    headers = {"Min-Event-Position": changed.headers["Event-Position"]}

    listed = await house.anyone.get("/mentors", headers=headers)

    assert [row["bio"] for row in listed.json()["data"]] == ["New"]
    for earlier in ("0:0", "0:1"):
        again = await house.anyone.get("/mentors", headers={"Min-Event-Position": earlier})
        assert again.status_code == 200


async def test_a_position_that_cannot_be_is_400(house: House) -> None:
    mentor, admin = await house.mentor(), await house.admin()
    one = f"/mentors/{mentor.id}"

    for path in ("/mentors", f"{one}/timeslots", f"{one}/bookings", "/bookings"):
        for token in (
            "",
            "x",
            "5",
            "0:",
            ":5",
            "0:-1",
            "0:x",
            "7:1",
            "0:1:2",
            "0:1.0",
            "0:" + "9" * 40,
        ):
            answer = await admin.get(path, headers={"Min-Event-Position": token})
            assert refusal(answer) == (400, "invalid-event-position"), (path, token)


async def test_a_position_of_the_future_is_503_within_two_seconds(house: House) -> None:
    position = await house.service.base.log.head() + 1_000

    started = time.monotonic()
    with lists_wait(PROMISED_SECONDS):
        answer = await house.anyone.get("/mentors", headers={"Min-Event-Position": f"0:{position}"})
    waited = time.monotonic() - started

    assert refusal(answer) == (503, "projection-behind")
    assert int(answer.headers["Retry-After"]) >= 1
    assert PROMISED_SECONDS == 2
    assert 1.5 < waited < SOON


async def test_a_single_resource_never_waits(house: House) -> None:
    mentor = await house.mentor()
    started = time.monotonic()

    answer = await mentor.get(f"/mentors/{mentor.id}", headers={"Min-Event-Position": "0:999999"})

    assert answer.status_code == 200
    assert time.monotonic() - started < SOON
