"""Access tokens of a Cognito user pool beside the service's own, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentorbooking.adapters.identity.cognito.rotating_keys import PAUSE_SECONDS
from tests.support.backstage import Backend
from tests.support.running_service import House, refusal, running_house
from tests.support.user_pool import (
    CLAIMS,
    CLIENT,
    HEADER,
    ISSUER,
    PoolServer,
    pool_server,
    rsa_key,
    signed,
    token,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[PoolServer]:
    with pool_server() as server:
        server.has_user(name="Ada Lovelace", email="Ada@example.org", email_verified="true")
        yield server


@pytest.fixture
async def house(
    anyio_backend: str, tmp_path: Path, server: PoolServer, backend: Backend
) -> AsyncIterator[House]:
    async with running_house(tmp_path / "data", backend, **of_pool(server)) as house:
        yield house


def of_pool(server: PoolServer) -> dict[str, Any]:
    return {
        "cognito_issuer": ISSUER,
        "cognito_jwks_url": server.keys_url,
        "cognito_client_ids": (CLIENT,),
    }


async def call(house: House, bearer: str, path: str = "/me", **more: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}", **more}
    return await house.anyone.get(path, headers=headers)


async def me(house: House, bearer: str) -> Any:
    answer = await call(house, bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- the account ---------------------------------------------------------------


async def test_the_first_token_makes_the_account(house: House) -> None:
    account = await me(house, token())
    assert account["id"].startswith("user_")
    assert account["student_id"].startswith("student_")
    assert "mentor_id" not in account
    assert (account["role"], account["name"], account["email"]) == (
        "student",
        "Ada Lovelace",
        "Ada@example.org",
    )


async def test_the_next_token_finds_it(house: House, server: PoolServer) -> None:
    first = await me(house, token())
    facts = len(await house.facts())
    house.clock.advance(timedelta(minutes=30))
    assert await me(house, token(at=house.now)) == first
    assert len(await house.facts()) == facts
    assert server.asked.count("/") == 1


async def test_another_process_finds_it_too(
    house: House, server: PoolServer, tmp_path: Path, backend: Backend
) -> None:
    first = await me(house, token())
    async with running_house(tmp_path / "data", backend, **of_pool(server)) as other:
        assert await me(other, token()) == first


async def test_two_processes_make_one_account_at_the_same_time(
    house: House, server: PoolServer, tmp_path: Path, backend: Backend
) -> None:
    async with running_house(tmp_path / "data", backend, **of_pool(server)) as other:
        for number in range(5):
            bearer = token(sub=f"person-{number}")
            first, second = await asyncio.gather(me(house, bearer), me(other, bearer))
            assert first["id"] == second["id"]
    assert len(await house.facts("external_subject.bound")) == 5
    assert len(await house.facts("user_account.registered")) == 5


async def test_somebody_else_gets_another_one(house: House, server: PoolServer) -> None:
    first = await me(house, token())
    server.has_user(name="Grace Hopper")
    second = await me(house, token(sub="ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee"))
    assert first["id"] != second["id"]
    assert (second["name"], second["email"]) == ("Grace Hopper", None)


async def test_of_many_first_requests_at_once_one_makes_the_account(
    house: House, server: PoolServer
) -> None:
    answers = await asyncio.gather(*(me(house, token()) for _ in range(30)))
    assert len({account["id"] for account in answers}) == 1
    assert len(await house.facts("user_account.registered")) == 1
    assert len(await house.facts("student_calendar.opened")) == 1
    assert server.asked.count("/") == 1


async def test_an_address_that_is_not_verified_stays_out(house: House, server: PoolServer) -> None:
    server.has_user(name="Ada", email="ada@example.org", email_verified="false")
    assert (await me(house, token()))["email"] is None
    assert await house.facts("email_address.claimed") == []


async def test_who_shares_an_address_with_an_account_does_not_share_the_account(
    house: House, server: PoolServer
) -> None:
    earlier = await house.student()
    server.has_user(email=earlier.email.upper(), email_verified="true")
    account = await me(house, token())
    assert account["id"] != earlier.account["id"]
    assert account["email"] is None


async def test_an_address_of_the_pool_can_not_be_registered_again(house: House) -> None:
    await me(house, token())
    body = {"email": "ada@EXAMPLE.org", "password": "x" * 12, "name": "A", "role": "student"}
    answer = await house.anyone.post("/auth/register", json=body)
    assert refusal(answer) == (409, "email-taken")


async def test_nobody_signs_in_to_it_with_a_password(house: House) -> None:
    await me(house, token())
    body = {"email": "ada@example.org", "password": ""}
    answer = await house.anyone.post("/auth/token", json=body)
    assert refusal(answer) == (401, "invalid-credentials")


async def test_a_name_that_can_not_be_one_is_not_taken(house: House, server: PoolServer) -> None:
    server.has_user(name="A\u0000da", zoneinfo="Atlantis/Capital")
    account = await me(house, token())
    assert (account["name"], account["time_zone"]) == ("New student", "UTC")


async def test_what_the_account_is_made_by_is_the_request(house: House) -> None:
    await call(house, token(), **{"X-Request-ID": "first-of-all"})
    made = await house.facts("user_account.registered", "external_subject.bound")
    assert [fact.metadata.correlation_id for fact in made] == ["first-of-all"] * 2
    assert {(fact.metadata.actor, fact.metadata.channel) for fact in made} == {("system", "http")}


async def test_the_log_names_the_subject_nowhere(house: House) -> None:
    await me(house, token())
    for fact in await house.facts():
        assert str(CLAIMS["sub"]) not in repr(fact)


# -- what it may do ------------------------------------------------------------


async def test_a_student_of_the_pool_books_with_a_mentor_of_the_pool(
    house: House, server: PoolServer
) -> None:
    mentor_token = token("mentor", sub="mentor-1")
    student_token = token(sub="student-1")
    server.has_user(name="Grace Hopper")
    mentor = await me(house, mentor_token)
    listed = await house.anyone.get("/mentors")
    assert [each["id"] for each in listed.json()["data"]] == [mentor["mentor_id"]]
    start = house.at(days=3).isoformat()
    end = house.at(days=3, hours=1).isoformat()
    as_mentor = {"Authorization": f"Bearer {mentor_token}"}
    as_student = {"Authorization": f"Bearer {student_token}", "Idempotency-Key": "k"}
    offered = await house.anyone.post(
        f"/mentors/{mentor['mentor_id']}/timeslots",
        json={"slots": [{"start": start, "end": end}]},
        headers=as_mentor,
    )
    assert offered.status_code == 201, offered.text
    slot_id = offered.json()["data"][0]["id"]
    body = {"mentor_id": mentor["mentor_id"], "slot_id": slot_id}
    # The student's very first request makes the account and books.
    booked = await house.anyone.post("/bookings", json=body, headers=as_student)
    again = await house.anyone.post("/bookings", json=body, headers=as_student)
    assert (booked.status_code, again.status_code) == (201, 201), booked.text
    assert booked.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    booked_with = await call(house, mentor_token, f"/mentors/{mentor['mentor_id']}/bookings")
    assert [each["id"] for each in booked_with.json()["data"]] == [booked.json()["id"]]


async def test_a_change_of_groups_changes_at_once_what_may_be_done(house: House) -> None:
    student = await me(house, token())
    assert refusal(await call(house, token(), "/bookings?student_id=student_1"))[0] == 403
    admin = await me(house, token("admin"))
    assert (await call(house, token("admin"), "/bookings")).status_code == 200
    assert (student["id"], student["role"], admin["role"]) == (admin["id"], "student", "admin")
    assert "student_id" not in admin

    house.clock.advance(timedelta(seconds=1))
    back = await me(house, token(at=house.now))
    assert back == student | {"version": back["version"]}
    assert [fact.event.role for fact in await house.facts("user_account.role_changed")] == [
        "admin",
        "student",
    ]


async def test_an_older_token_gives_nothing_back(house: House) -> None:
    as_admin = token("admin")
    await me(house, as_admin)
    house.clock.advance(timedelta(minutes=1))
    await me(house, token(at=house.now))
    assert refusal(await call(house, as_admin)) == (401, "invalid-token")
    assert len(await house.facts("user_account.role_changed")) == 1


async def test_an_older_token_gives_nothing_back_after_a_new_start_either(
    house: House, server: PoolServer, tmp_path: Path, backend: Backend
) -> None:
    as_admin = token("admin")
    await me(house, as_admin)
    house.clock.advance(timedelta(minutes=1))
    await me(house, token(at=house.now))
    async with running_house(tmp_path / "data", backend, **of_pool(server)) as other:
        assert refusal(await call(other, as_admin)) == (401, "invalid-token")


async def test_who_becomes_a_mentor_has_a_profile_at_once(house: House) -> None:
    await me(house, token())
    mentor = await me(house, token("mentor"))
    profile = await call(house, token("mentor"), f"/mentors/{mentor['mentor_id']}")
    assert (profile.json()["name"], profile.json()["email"]) == ("Ada Lovelace", "Ada@example.org")


async def test_a_mentor_without_an_address_shows_none(house: House, server: PoolServer) -> None:
    server.has_user()
    mentor = await me(house, token("mentor"))
    profile = await call(house, token("mentor"), f"/mentors/{mentor['mentor_id']}")
    assert profile.json()["name"] == "New mentor"
    assert "email" not in profile.json()


async def test_an_admin_may_give_such_a_mentor_an_address(house: House, server: PoolServer) -> None:
    server.has_user()
    mentor = await me(house, token("mentor"))
    admin = await house.admin()
    changed = await admin.patch(f"/mentors/{mentor['mentor_id']}", {"email": "grace@example.org"})
    assert changed.status_code == 200, changed.text
    assert (await me(house, token("mentor")))["email"] == "grace@example.org"


# -- bad days ------------------------------------------------------------------


async def test_a_pool_that_is_away_is_told_as_such(house: House, server: PoolServer) -> None:
    server.keys_answer = (503, b"")
    answer = await call(house, token())
    assert refusal(answer) == (503, "user-pool-unavailable")
    assert 1 <= int(answer.headers["Retry-After"]) <= PAUSE_SECONDS
    own = await house.student()
    assert (await own.get("/me")).status_code == 200
    assert (await house.anyone.get("/mentors")).status_code == 200


async def test_no_account_is_made_without_knowing_whose(house: House, server: PoolServer) -> None:
    server.users = lambda _: (500, {})
    assert refusal(await call(house, token())) == (503, "user-pool-unavailable")
    assert await house.facts() == []
    server.has_user(name="Ada")
    assert (await me(house, token()))["name"] == "Ada"


async def test_a_token_that_the_pool_has_taken_back_makes_no_account(
    house: House, server: PoolServer
) -> None:
    server.users = lambda _: (400, {"__type": "NotAuthorizedException"})
    assert refusal(await call(house, token())) == (401, "invalid-token")
    assert await house.facts() == []


async def test_forged_and_expired_tokens_are_refused(house: House) -> None:
    forged = signed(HEADER, CLAIMS, rsa_key(2))
    assert refusal(await call(house, forged)) == (401, "invalid-token")
    good = token()
    await me(house, good)
    house.clock.advance(timedelta(hours=1, seconds=5))
    answer = await call(house, good)
    assert refusal(answer) == (401, "invalid-token")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


async def test_without_a_pool_its_tokens_are_refused(
    tmp_path: Path, server: PoolServer, backend: Backend
) -> None:
    async with running_house(tmp_path / "alone", backend) as house:
        assert refusal(await call(house, token())) == (401, "invalid-token")
    assert server.asked == []
