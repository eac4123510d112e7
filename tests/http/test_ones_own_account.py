"""GET and PATCH /me."""

from __future__ import annotations

import pytest

from tests.support.running_service import PASSWORD, House, errors_of, refusal

pytestmark = pytest.mark.anyio

NEW = "another long password"


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


async def test_everybody_reads_their_own_account(house: House) -> None:
    people = {
        "student": await house.student(),
        "mentor": await house.mentor(),
        "admin": await house.admin(),
        "operator": await house.operator(),
    }

    for role, person in people.items():
        me = (await person.get("/me")).json()
        assert {"id", "email", "name", "role", "time_zone", "created_at"} <= set(me)
        assert me["role"] == role
        assert ("student_id" in me) is (role == "student")
        assert ("mentor_id" in me) is (role == "mentor")


async def test_name_and_time_zone_change(house: House) -> None:
    student = await house.student()

    answer = await student.patch("/me", {"name": "Ada King", "time_zone": "Asia/Kolkata"})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["time_zone"]) == ("Ada King", "Asia/Kolkata")
    assert (await student.get("/me")).json() == answer.json()


async def test_a_mentors_profile_follows_the_account(house: House) -> None:
    mentor = await house.mentor()

    await mentor.patch("/me", {"name": "Rear Admiral", "time_zone": "America/New_York"})

    profile = (await mentor.get(f"/mentors/{mentor.id}")).json()
    assert (profile["name"], profile["time_zone"]) == ("Rear Admiral", "America/New_York")
    changed = await mentor.patch(f"/mentors/{mentor.id}", {"name": "Amazing Grace"})
    assert changed.status_code == 200
    assert (await mentor.get("/me")).json()["name"] == "Amazing Grace"


@pytest.mark.parametrize("zone", ["CET+1", "UTC+2", "+02:00", "Berlin", "", "Europe/Atlantis"])
async def test_a_time_zone_is_an_iana_name(house: House, zone: str) -> None:
    student = await house.student()

    answer = await student.patch("/me", {"time_zone": zone})

    assert refusal(answer) == (422, "invalid-content")
    assert errors_of(answer) == [("#/time_zone", "unknown-time-zone")]


async def test_other_fields_are_not_the_owners_to_change(house: House) -> None:
    student = await house.student()

    for field in ("email", "role", "id", "student_id", "created_at"):
        answer = await student.patch("/me", {field: "admin"})
        assert errors_of(answer) == [(f"#/{field}", "unknown-field")]


async def test_a_new_password_needs_the_current_one(house: House) -> None:
    student = await house.student()

    without = await student.patch("/me", {"password": NEW})
    wrong = await student.patch("/me", {"password": NEW, "current_password": "not my password"})
    short = await student.patch("/me", {"password": "short", "current_password": PASSWORD})

    assert refusal(without)[0] == refusal(wrong)[0] == refusal(short)[0] == 422
    assert errors_of(without)[0][0] == errors_of(wrong)[0][0] == "#/current_password"
    assert errors_of(short)[0][0] == "#/password"
    assert await _status(house, student.email, PASSWORD) == 200


async def test_a_missing_password_is_told_beside_what_else_is_wrong(house: House) -> None:
    person = await house.student()

    answer = await person.patch("/me", {"password": "a new password", "name": " ", "age": 7})

    assert refusal(answer) == (422, "invalid-content")
    assert sorted(errors_of(answer)) == [
        ("#/age", "unknown-field"),
        ("#/current_password", "missing-value"),
        ("#/name", "missing-value"),
    ]


async def test_a_new_password_ends_every_session_that_is_signed_in(house: House) -> None:
    student = await house.student()
    credentials = {"email": student.email, "password": PASSWORD}
    before = (await house.anyone.post("/auth/token", json=credentials)).json()

    answer = await student.patch("/me", {"password": NEW, "current_password": PASSWORD})

    assert answer.status_code == 200
    assert "password" not in answer.text
    assert await _status(house, student.email, PASSWORD) == 401
    assert await _status(house, student.email, NEW) == 200
    stale = {"refresh_token": before["refresh_token"]}
    assert refusal(await house.anyone.post("/auth/refresh", json=stale))[0] == 401


async def _status(house: House, email: str, password: str) -> int:
    credentials = {"email": email, "password": password}
    return (await house.anyone.post("/auth/token", json=credentials)).status_code
