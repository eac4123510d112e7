"""GET, POST and PATCH of a mentor; pausing, activating, confirming; who sees how to reach them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.running_service import House, errors_of, refusal

pytestmark = pytest.mark.anyio

CONTACT = {"email", "mobile_number"}
MOBILE = "+43 660 1234567"


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


async def test_an_admin_makes_a_profile(house: House) -> None:
    admin = await house.admin()

    answer = await admin.post(
        "/mentors",
        {
            "email": "Grace@Example.org",
            "name": "Grace Hopper",
            "skills": ["COBOL", "cobol", "Compilers"],
            "experience_years": 40,
            "hourly_rate": 99.5,
            "languages": ["EN", "pt-br"],
            "time_zone": "America/New_York",
            "max_sessions_per_day": 3,
            "mobile_number": MOBILE,
            "premium": True,
            "external_id": "hr-7",
            "status": "paused",
        },
    )

    assert answer.status_code == 201
    mentor = answer.json()
    assert answer.headers["Location"] == f"/mentors/{mentor['id']}"
    assert mentor["id"].startswith("mentor_")
    assert mentor["skills"] == ["COBOL", "Compilers"]
    assert mentor["status"] == "paused"
    assert (await admin.get(answer.headers["Location"])).json() == mentor


async def test_an_address_that_is_taken_makes_no_profile(house: House) -> None:
    admin, student = await house.admin(), await house.student()
    await admin.post("/mentors", {"email": "grace@example.org", "name": "G", "skills": ["x"]})

    for email in ("GRACE@example.org", student.email.upper()):
        answer = await admin.post("/mentors", {"email": email, "name": "G", "skills": ["x"]})
        assert refusal(answer) == (409, "email-taken")


async def test_paused_mentors_are_read_with_their_status(house: House) -> None:
    mentor = await house.mentor()

    paused = await mentor.post(f"/mentors/{mentor.id}/pause")

    assert paused.status_code == 200
    assert paused.json()["status"] == "paused"
    assert (await house.anyone.get(f"/mentors/{mentor.id}")).json()["status"] == "paused"


async def test_a_paused_mentor_cannot_be_booked_and_booked_sessions_stay(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    booking = await house.book(student, mentor, first)

    await mentor.post(f"/mentors/{mentor.id}/pause")

    refused = await student.post("/bookings", {"mentor_id": mentor.id, "slot_id": second})
    assert refusal(refused) == (409, "mentor-not-active")
    assert (await student.get(f"/bookings/{booking['id']}")).json()["status"] == "confirmed"
    offered = f"/mentors/{mentor.id}/timeslots"
    assert (await student.get(offered)).json()["data"] == []
    assert [slot["id"] for slot in (await mentor.get(offered)).json()["data"]] == [second]
    await mentor.post(f"/mentors/{mentor.id}/activate")
    assert [slot["id"] for slot in (await student.get(offered)).json()["data"]] == [second]
    await house.book(student, mentor, second)


async def test_contact_is_told_from_the_first_confirmed_booking_on(house: House) -> None:
    mentor, student, other = await house.mentor(), await house.student(), await house.student()
    await mentor.patch(f"/mentors/{mentor.id}", {"mobile_number": MOBILE})
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    path = f"/mentors/{mentor.id}"

    async def seen_by(person: Any) -> set[str]:
        return CONTACT & set((await person.get(path)).json())

    assert await seen_by(student) == set()
    booking = await house.book(student, mentor, slot_id)
    told = (await student.get(path)).json()
    assert (told["email"], told["mobile_number"]) == (mentor.email, MOBILE)
    for stranger in (house.anyone, other, await house.mentor(), await house.operator()):
        assert await seen_by(stranger) == set()
    assert await seen_by(mentor) == await seen_by(await house.admin()) == CONTACT
    await student.delete(f"/bookings/{booking['id']}")
    assert await seen_by(student) == set()


async def test_contact_stays_known_when_the_session_is_over(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    await house.book(student, mentor, slot_id)

    house.clock.advance(timedelta(days=30))

    assert "email" in (await student.get(f"/mentors/{mentor.id}")).json()


async def test_no_list_and_no_booking_tells_contact(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    await mentor.patch(f"/mentors/{mentor.id}", {"mobile_number": MOBILE})
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    booking = await house.book(student, mentor, slot_id)

    for path in ("/mentors", f"/mentors/{mentor.id}/timeslots", f"/bookings/{booking['id']}"):
        text = (await student.get(path)).text
        assert mentor.email not in text
        assert MOBILE not in text


async def test_the_mentor_and_admins_change_the_profile(house: House) -> None:
    mentor, admin = await house.mentor(), await house.admin()
    path = f"/mentors/{mentor.id}"
    wanted = {
        "name": "New Name",
        "skills": ["A", "B"],
        "experience_years": 0,
        "bio": "",
        "hourly_rate": 0,
        "languages": ["de"],
        "time_zone": "Asia/Kolkata",
        "max_sessions_per_day": 1,
        "mobile_number": MOBILE,
    }

    by_mentor = await mentor.patch(path, wanted)
    by_admin = await admin.patch(path, {"premium": True, "external_id": "x", "bio": "Hi"})

    assert by_mentor.status_code == 200
    assert {k: by_mentor.json()[k] for k in wanted} == wanted
    assert by_admin.json()["premium"] is True
    assert by_admin.json()["bio"] == "Hi"
    assert (await house.anyone.get(path)).json()["bio"] == "Hi"


@pytest.mark.parametrize(
    "field", [{"email": "x@example.org"}, {"premium": True}, {"external_id": "x"}]
)
async def test_some_fields_are_for_admins(house: House, field: dict[str, Any]) -> None:
    mentor = await house.mentor()

    answer = await mentor.patch(f"/mentors/{mentor.id}", {"bio": "New", **field})

    assert refusal(answer) == (403, "not-yours")
    assert (await mentor.get(f"/mentors/{mentor.id}")).json()["bio"] == ""


async def test_another_mentor_changes_nothing(house: House) -> None:
    mentor, other = await house.mentor(), await house.mentor()
    path = f"/mentors/{mentor.id}"

    for answer in [
        await other.patch(path, {"bio": "x"}),
        await other.post(f"{path}/pause"),
        await other.post(f"{path}/activate"),
    ]:
        assert refusal(answer) == (403, "not-yours")


async def test_fields_of_the_profile_have_their_limits(house: House) -> None:
    mentor = await house.mentor()

    for field, values in {
        "experience_years": [-1, 81, 1.5],
        "hourly_rate": [-0.01, 1_000_001, 9.999],
        "max_sessions_per_day": [0, -1, 1_000],
        "skills": [[""], ["x" * 101], ["x"] * 0 + [f"s{n}" for n in range(51)]],
        "languages": [["german!"], [""], ["x" * 50]],
        "mobile_number": ["call me", "1", "+" * 30],
        "time_zone": ["Mars/Base"],
        "email": ["x"],
    }.items():
        for value in values:
            answer = await mentor.patch(f"/mentors/{mentor.id}", {field: value})
            assert refusal(answer)[0] == 422, (field, value)
            assert errors_of(answer)[0][0].startswith(f"#/{field}")


async def test_an_admin_changes_a_mentors_address(house: House) -> None:
    mentor, student, admin = await house.mentor(), await house.student(), await house.admin()
    path = f"/mentors/{mentor.id}"

    taken = await admin.patch(path, {"email": student.email.upper()})
    changed = await admin.patch(path, {"email": "new@example.org"})

    assert refusal(taken) == (409, "email-taken")
    assert changed.json()["email"] == "new@example.org"
    assert (await mentor.get("/me")).json()["email"] == "new@example.org"

    async def sign_in(email: str) -> int:
        body = {"email": email, "password": "correct horse battery"}
        return (await house.anyone.post("/auth/token", json=body)).status_code

    assert await sign_in("new@example.org") == 200
    assert await sign_in(mentor.email) == 401
    again = {"email": mentor.email, "password": "x" * 10, "name": "N", "role": "student"}
    assert (await house.anyone.post("/auth/register", json=again)).status_code == 201


async def test_only_admins_confirm(house: House) -> None:
    mentor, admin = await house.mentor(), await house.admin()
    path = f"/mentors/{mentor.id}/confirm"

    assert refusal(await mentor.post(path))[0] == 403
    answer = await admin.post(path)
    assert answer.status_code == 200
    assert answer.json()["id"] == mentor.id
    assert (await admin.post(path)).status_code == 200
