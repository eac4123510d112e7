"""Invitations: an imported mentor takes the profile over; nobody else does by typing an address."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.support.running_service import PASSWORD, House, refusal

pytestmark = pytest.mark.anyio

ROW = "Grace@Example.org,Grace Hopper,COBOL,Europe/Vienna\n"
FILE = f"email,name,skills,time_zone\n{ROW}".encode()


async def imported(house: House) -> str:
    """Import a mentor; return the id."""
    await house.imported(await house.admin(), FILE)
    (mentor,) = (await house.anyone.get("/mentors")).json()["data"]
    return str(mentor["id"])


async def invited(house: House) -> str:
    """Return the invitation that was mailed last."""
    mails = await house.mails(to="race@")
    return invitation_in(max(mails, key=lambda mail: mail["Date"].datetime))


def invitation_in(mail: Any) -> str:
    (token,) = re.findall(r"invitation=(\S+)", mail.get_body(("plain",)).get_content())
    return unquote(token)


async def invitation_of_an_import(house: House) -> str:
    """Import a mentor; return the invitation that they are mailed."""
    await imported(house)
    return await invited(house)


async def register(house: House, **given: Any) -> httpx.Response:
    body = {
        "email": "grace@example.org",
        "password": PASSWORD,
        "name": "Grace B. Hopper",
        "role": "mentor",
    }
    return await house.anyone.post("/auth/register", json={**body, **given})


async def test_registering_with_it_takes_over_the_imported_profile(house: House) -> None:
    mentor_id = await imported(house)

    answer = await register(house, invitation=await invited(house))

    assert answer.status_code == 201
    assert answer.json()["mentor_id"] == mentor_id
    mentor = house.person(answer.json())
    profile = await mentor.patch(f"/mentors/{mentor_id}", {"bio": "It is me."})
    assert profile.status_code == 200
    assert profile.json()["skills"] == ["COBOL"]
    listed = (await house.anyone.get("/mentors")).json()["data"]
    assert len(listed) == 1
    credentials = {"email": "GRACE@example.org", "password": PASSWORD}
    assert (await house.anyone.post("/auth/token", json=credentials)).status_code == 200


async def test_without_it_the_address_of_an_imported_mentor_is_taken(house: House) -> None:
    await imported(house)

    for role in ("mentor", "student"):
        assert refusal(await register(house, role=role)) == (409, "email-taken")


async def test_it_is_for_the_invited_address_only(house: House) -> None:
    invitation = await invitation_of_an_import(house)

    answer = await register(house, email="mallory@example.org", invitation=invitation)

    assert refusal(answer) == (422, "invitation-invalid")
    assert (await register(house, invitation=invitation)).status_code == 201


async def test_it_is_for_a_mentors_account_only(house: House) -> None:
    invitation = await invitation_of_an_import(house)

    assert refusal(await register(house, role="student", invitation=invitation)) == (
        422,
        "invitation-invalid",
    )


async def test_it_works_once(house: House) -> None:
    invitation = await invitation_of_an_import(house)

    answers = await asyncio.gather(*(register(house, invitation=invitation) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]
    again = await register(house, invitation=invitation)
    assert refusal(again) == (422, "invitation-invalid")


async def test_it_works_for_seven_days(house: House) -> None:
    invitation = await invitation_of_an_import(house)

    house.clock.advance(timedelta(days=7))

    assert refusal(await register(house, invitation=invitation)) == (422, "invitation-invalid")


async def test_what_is_no_invitation_is_refused(house: House) -> None:
    await imported(house)

    for invitation in ("", "x", "ü", "a.b.c", "x" * 5_000):
        answer = await register(house, invitation=invitation)
        assert refusal(answer) == (422, "invitation-invalid")


async def test_an_admin_sends_a_new_one_and_the_old_one_stops_working(house: House) -> None:
    mentor_id, admin = await imported(house), await house.admin()
    old = await invited(house)
    house.clock.advance(timedelta(days=8))

    answer = await admin.post(f"/mentors/{mentor_id}/invite")

    assert answer.status_code == 202
    assert refusal(await register(house, invitation=old)) == (422, "invitation-invalid")
    new = await invited(house)
    assert (await register(house, invitation=new)).status_code == 201


async def test_it_stops_working_when_the_mentors_address_is_put_right(house: House) -> None:
    """The first invitation may have gone to a stranger, who must not get the profile with it."""
    mentor_id, admin = await imported(house), await house.admin()
    strangers = await invited(house)
    await admin.patch(f"/mentors/{mentor_id}", {"email": "grace@navy.example.org"})

    for email in ("grace@example.org", "grace@navy.example.org"):
        answer = await register(house, email=email, invitation=strangers)
        assert refusal(answer) == (422, "invitation-invalid")

    (mail,) = await house.mails(to="grace@navy")
    token = invitation_in(mail)
    answer = await register(house, email="grace@navy.example.org", invitation=token)
    assert answer.json()["mentor_id"] == mentor_id


async def test_who_has_an_account_is_not_invited(house: House) -> None:
    mentor, admin = await house.mentor(), await house.admin()

    answer = await admin.post(f"/mentors/{mentor.id}/invite")

    assert refusal(answer)[0] == 409


async def test_an_admins_profile_is_taken_over_in_the_same_way(house: House) -> None:
    admin = await house.admin()
    made = await admin.post(
        "/mentors", {"email": "grace@example.org", "name": "Grace", "skills": ["COBOL"]}
    )
    mentor_id = made.json()["id"]

    assert refusal(await register(house)) == (409, "email-taken")
    answer = await register(house, invitation=await invited(house))
    assert answer.json()["mentor_id"] == mentor_id
