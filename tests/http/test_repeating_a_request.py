"""Idempotency-Key: the same request again has one effect and one answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.support.person import Person
from tests.support.running_service import House, ids_of, refusal, told

pytestmark = pytest.mark.anyio


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def assert_replayed(again: httpx.Response, first: httpx.Response) -> None:
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert again.headers.get("Location") == first.headers.get("Location")
    assert again.headers.get("Content-Type") == first.headers.get("Content-Type")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Event-Position"] == first.headers["Event-Position"]
    assert "Idempotency-Replayed" not in first.headers


async def _people(house: House) -> tuple[Person, Person, Person]:
    return await house.admin(), await house.mentor(), await house.student()


async def _every_post(house: House) -> list[tuple[Person, str, dict[str, Any]]]:
    """Return a request to every route outside /auth/ that takes POST, all of which succeed."""
    admin, mentor, student = await _people(house)
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    slots = [{"start": told(house.at(days=2)), "end": told(house.at(days=2, hours=1))}]
    profile = {"email": "new@example.org", "name": "New", "skills": ["Go"]}
    made = await admin.post("/mentors", {**profile, "email": "made@example.org"})
    export = (await admin.post("/exports/bookings")).json()
    await _let_fail(house, export["id"])
    file = {"file": ("mentors.csv", b"email,name,skills\nrow@example.org,Row,Go\n", "text/csv")}
    path = f"/mentors/{mentor.id}"
    return [
        (admin, "/mentors", {"json": profile}),
        (mentor, f"{path}/pause", {}),
        (mentor, f"{path}/activate", {}),
        (admin, f"{path}/confirm", {}),
        (admin, f"/mentors/{made.json()['id']}/invite", {}),
        (mentor, f"{path}/timeslots", {"json": {"slots": slots}}),
        (student, "/bookings", {"json": {"mentor_id": mentor.id, "slot_id": slot_id}}),
        (admin, "/import/mentors?dry_run=true", {"files": file}),
        (admin, "/exports/bookings", {"json": {"raw": True}}),
        (admin, "/exports/bookings", {}),
        (admin, f"/exports/bookings/{export['id']}/retry", {}),
    ]


async def _let_fail(house: House, export_id: str) -> None:
    from mentorbooking.domain.bookings_export.bookings_export import BookingsExport

    aggregates = house.service.base.aggregates
    export = await aggregates.get(BookingsExport, export_id)
    await aggregates.save(export.fail("export-failed", "For this test.", now=house.now))


async def test_every_post_outside_auth_can_be_repeated(house: House) -> None:
    for number, (person, path, request) in enumerate(await _every_post(house)):
        headers = key(f"key-{number}")
        first = await person.http.post(path, headers=headers, **request)
        assert first.status_code in (200, 201, 202), first.text
        recorded = len(await house.facts("booking.created", "mentor.created", "mentor.invited"))

        again = await person.http.post(path, headers=headers, **request)

        assert_replayed(again, first)
        assert recorded == len(
            await house.facts("booking.created", "mentor.created", "mentor.invited")
        )


async def test_twins_of_every_post_have_one_effect_and_one_answer(house: House) -> None:
    for number, (person, path, request) in enumerate(await _every_post(house)):
        headers = key(f"key-{number}")
        answers = await asyncio.gather(
            *(person.http.post(path, headers=headers, **request) for _ in range(4))
        )
        (first,) = (a for a in answers if "Idempotency-Replayed" not in a.headers)
        assert first.is_success
        for again in answers:
            if again is not first:
                assert_replayed(again, first)

    assert len(await house.objects("mentors-import")) == 1
    assert len(await house.facts("booking.created", "mentor_import.requested")) == 2


async def test_a_command_that_changes_nothing_can_be_repeated_too(house: House) -> None:
    _, mentor, _ = await _people(house)
    path = f"/mentors/{mentor.id}/activate"
    first = await mentor.post(path, headers=key("k"))

    again = await mentor.post(path, headers=key("k"))

    assert_replayed(again, first)


async def test_the_stored_answer_is_told_even_when_things_have_changed(house: House) -> None:
    _, mentor, student = await _people(house)
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    wanted = {"mentor_id": mentor.id, "slot_id": slot_id}
    first = await student.post("/bookings", wanted, headers=key("k"))
    await student.delete(first.headers["Location"])

    again = await student.post("/bookings", wanted, headers=key("k"))

    assert_replayed(again, first)
    assert again.json()["status"] == "confirmed"
    assert len(await house.facts("booking.created")) == 1


async def test_twenty_twins_at_once_have_one_effect_and_one_answer(house: House) -> None:
    _, mentor, student = await _people(house)
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    wanted = {"mentor_id": mentor.id, "slot_id": slot_id}

    answers = await asyncio.gather(
        *(student.post("/bookings", wanted, headers=key("twin")) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(await house.facts("booking.created")) == 1
    replayed = [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == 19


async def test_another_body_or_route_with_the_key_is_refused(house: House) -> None:
    _, mentor, student = await _people(house)
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    wanted = {"mentor_id": mentor.id, "slot_id": slot_id}
    await student.post("/bookings", wanted, headers=key("k"))
    await mentor.post(f"/mentors/{mentor.id}/pause", headers=key("k"))

    other_body = await student.post("/bookings", {**wanted, "title": "x"}, headers=key("k"))
    other_route = await mentor.post(f"/mentors/{mentor.id}/activate", headers=key("k"))

    assert refusal(other_body) == (422, "idempotency-key-reused")
    assert refusal(other_route) == (422, "idempotency-key-reused")


async def test_another_file_with_the_key_is_refused(house: House) -> None:
    admin = await house.admin()

    async def upload(content: bytes, dry_run: str = "false") -> httpx.Response:
        return await admin.post(
            f"/import/mentors?dry_run={dry_run}",
            files={"file": ("m.csv", content)},
            headers=key("k"),
        )

    first = await upload(b"email,name,skills\na@example.org,A,Go\n")

    assert_replayed(await upload(b"email,name,skills\na@example.org,A,Go\n"), first)
    for other in (
        await upload(b"email,name,skills\nb@example.org,B,Go\n"),
        await upload(b"email,name,skills\na@example.org,A,Go\n", dry_run="true"),
    ):
        assert refusal(other) == (422, "idempotency-key-reused")


async def test_keys_are_each_persons_own(house: House) -> None:
    _, mentor, ada = await _people(house)
    ben = await house.student("Ben")
    slots = await house.offer(mentor, house.at(days=1), house.at(days=2))

    bookings = [
        await person.post(
            "/bookings", {"mentor_id": mentor.id, "slot_id": slot_id}, headers=key("same")
        )
        for person, slot_id in zip((ada, ben), slots, strict=True)
    ]

    assert [answer.status_code for answer in bookings] == [201, 201]
    assert [answer.json()["student_id"] for answer in bookings] == [ada.id, ben.id]


async def test_refusals_are_not_stored(house: House) -> None:
    _, mentor, student = await _people(house)
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    wanted = {"mentor_id": mentor.id, "slot_id": slot_id}
    await mentor.post(f"/mentors/{mentor.id}/pause")
    refused = await student.post("/bookings", wanted, headers=key("k"))
    await mentor.post(f"/mentors/{mentor.id}/activate")

    allowed = await student.post("/bookings", wanted, headers=key("k"))

    assert refusal(refused) == (409, "mentor-not-active")
    assert allowed.status_code == 201
    assert "Idempotency-Replayed" not in allowed.headers


async def test_a_key_expires_after_a_day_by_the_clock(house: House) -> None:
    _, mentor, _ = await _people(house)

    def slots(days: int) -> dict[str, Any]:
        start = house.clock.now() + timedelta(days=days)
        return {"slots": [{"start": told(start), "end": told(start + timedelta(hours=1))}]}

    path, wanted = f"/mentors/{mentor.id}/timeslots", slots(10)
    first = await mentor.post(path, wanted, headers=key("k"))
    house.clock.advance(timedelta(hours=23, minutes=59))
    still = await mentor.post(path, wanted, headers=key("k"))
    house.clock.advance(timedelta(minutes=1))
    reused = slots(20)
    later = await mentor.post(path, reused, headers=key("k"))

    assert_replayed(still, first)
    assert later.status_code == 201
    assert "Idempotency-Replayed" not in later.headers
    assert ids_of(later.json()["data"]) != ids_of(first.json()["data"])
    assert_replayed(await mentor.post(path, reused, headers=key("k")), later)


async def test_a_key_is_visible_ascii_of_at_most_255(house: House) -> None:
    _, mentor, _ = await _people(house)

    for text in ("", "a b", "x" * 256, "tab\tin", "ü"):
        answer = await mentor.http.post(
            f"/mentors/{mentor.id}/pause", headers=[(b"Idempotency-Key", text.encode())]
        )
        assert refusal(answer)[0] == 400
    assert (await mentor.get(f"/mentors/{mentor.id}")).json()["status"] == "active"


async def test_the_longest_key_is_taken(house: House) -> None:
    _, mentor, _ = await _people(house)
    longest = key("!~" * 127 + "x")
    first = await mentor.post(f"/mentors/{mentor.id}/pause", headers=longest)

    assert_replayed(await mentor.post(f"/mentors/{mentor.id}/pause", headers=longest), first)


async def test_the_key_means_nothing_to_other_methods(house: House) -> None:
    """They can be repeated as they are; clients that send a key with everything do no harm."""
    _, mentor, student = await _people(house)
    path = f"/mentors/{mentor.id}"
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, first)
    times = {"start": told(house.at(days=3)), "end": told(house.at(days=3, hours=1))}

    answers = [
        await student.patch("/me", {"name": "New"}, headers=key("k1")),
        await mentor.patch("/me", {"name": "New"}, headers=key("k1")),
        await mentor.patch(path, {"bio": "New"}, headers=key("k1")),
        await mentor.put(f"{path}/timeslots/{second}", times, headers=key("k1")),
        await mentor.delete(f"{path}/timeslots/{second}", headers=key("k1")),
        await student.delete(f"/bookings/{booking['id']}", headers=key("k1")),
        await student.delete(f"/bookings/{booking['id']}", headers=key("k1")),
    ]

    assert [a.status_code for a in answers] == [200, 200, 200, 200, 204, 200, 200]
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)
