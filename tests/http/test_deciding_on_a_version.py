"""Single resources have an ETag; writes take If-Match and answer 412 when it is not the present."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.running_service import House, refusal, told

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


async def test_single_resources_tell_their_version(house: House) -> None:
    admin, mentor, student = await house.admin(), await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    booking = await house.book(student, mentor, slot_id)
    imported = await house.imported(admin, b"email,name,skills\na@b.example.org,A,Go\n")
    exported = (await admin.post("/exports/bookings")).json()

    for person, path in [
        (student, "/me"),
        (mentor, f"/mentors/{mentor.id}"),
        (student, f"/bookings/{booking['id']}"),
        (admin, f"/import/mentors/{imported['id']}"),
        (admin, f"/exports/bookings/{exported['id']}"),
    ]:
        answer = await person.get(path)
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"', path


async def test_a_write_tells_the_new_version(house: House) -> None:
    mentor = await house.mentor()
    path = f"/mentors/{mentor.id}"
    before = await mentor.get(path)

    changed = await mentor.patch(path, {"bio": "New"})
    after = await mentor.get(path)

    assert changed.headers["ETag"] != before.headers["ETag"]
    assert after.headers["ETag"] == changed.headers["ETag"]
    assert after.json() == changed.json()


async def test_a_write_that_changes_nothing_leaves_the_version(house: House) -> None:
    mentor = await house.mentor()
    path = f"/mentors/{mentor.id}"
    first = await mentor.patch(path, {"bio": "New", "skills": ["Go"]})

    again = await mentor.patch(path, {"bio": "New", "skills": ["Go"]})
    active = await mentor.post(f"{path}/activate")

    assert again.headers["ETag"] == active.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("tag", ['"7"', '"0"', 'W/"1"', "1", '"x"', '""', '"7", W/"1"', "garbage"])
async def test_another_version_is_a_failed_precondition(house: House, tag: str) -> None:
    admin, mentor, student = await house.admin(), await house.mentor(), await house.student()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, first)
    times = {"start": told(house.at(days=3)), "end": told(house.at(days=3, hours=1))}
    headers = {"If-Match": tag}
    path = f"/mentors/{mentor.id}"

    answers = [
        await mentor.patch("/me", {"name": "New"}, headers=headers),
        await mentor.patch(path, {"name": "New"}, headers=headers),
        await mentor.post(f"{path}/pause", headers=headers),
        await mentor.post(f"{path}/activate", headers=headers),
        await admin.post(f"{path}/invite", headers=headers),
        await mentor.put(f"{path}/timeslots/{second}", times, headers=headers),
        await mentor.delete(f"{path}/timeslots/{second}", headers=headers),
        await student.delete(f"/bookings/{booking['id']}", headers=headers),
    ]

    assert [refusal(answer) for answer in answers] == [(412, "version-mismatch")] * len(answers)
    assert (await mentor.get("/me")).json()["name"] == "Grace Hopper"
    assert (await student.get(f"/bookings/{booking['id']}")).json()["status"] == "confirmed"


async def test_the_present_version_and_any_version_pass(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, first)
    path = f"/mentors/{mentor.id}"
    times = {"start": told(house.at(days=3)), "end": told(house.at(days=3, hours=1))}

    async def tag_of(place: str) -> dict[str, str]:
        return {"If-Match": (await mentor.get(place)).headers["ETag"]}

    answers: list[Any] = [
        await mentor.patch("/me", {"name": "New"}, headers=await tag_of("/me")),
        await mentor.patch(path, {"bio": "New"}, headers=await tag_of(path)),
        await mentor.post(f"{path}/pause", headers=await tag_of(path)),
        await mentor.post(f"{path}/activate", headers={"If-Match": "*"}),
        moved := await mentor.put(f"{path}/timeslots/{second}", times, headers={"If-Match": "*"}),
        await mentor.delete(
            f"{path}/timeslots/{second}", headers={"If-Match": moved.headers["ETag"]}
        ),
        await student.delete(
            f"/bookings/{booking['id']}", headers=await tag_of(f"/bookings/{booking['id']}")
        ),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 204, 200]


@pytest.mark.parametrize("lines", [['"7", "1"'], ['"7"', '"1"'], ['"1"', '"7"']])
async def test_the_present_version_may_be_one_of_several(house: House, lines: list[str]) -> None:
    admin, mentor = await house.admin(), await house.mentor()
    path = f"/mentors/{mentor.id}"

    answer = await admin.post(f"{path}/confirm", headers=[("If-Match", line) for line in lines])

    assert answer.status_code == 200


async def test_of_two_who_saw_the_same_version_one_is_refused(house: House) -> None:
    admin, mentor = await house.admin(), await house.mentor()
    path = f"/mentors/{mentor.id}"
    seen = {"If-Match": (await mentor.get(path)).headers["ETag"]}

    first = await mentor.patch(path, {"bio": "Mine"}, headers=seen)
    second = await admin.patch(path, {"bio": "Theirs"}, headers=seen)

    assert first.status_code == 200
    assert refusal(second) == (412, "version-mismatch")
    assert (await mentor.get(path)).json()["bio"] == "Mine"
