"""POST /auth/register, /auth/token and /auth/refresh."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.backstage import Backend
from tests.support.running_service import (
    PASSWORD,
    House,
    errors_of,
    ids_of,
    refusal,
    running_house,
    told,
)

pytestmark = pytest.mark.anyio

STUDENT = {
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "name": "Ada",
    "role": "student",
    "time_zone": "Europe/London",
}


async def register(house: House, **given: Any) -> httpx.Response:
    return await house.anyone.post("/auth/register", json={**STUDENT, **given})


async def sign_in(house: House, email: str, password: str = PASSWORD) -> httpx.Response:
    return await house.anyone.post("/auth/token", json={"email": email, "password": password})


async def refresh(house: House, token: str) -> httpx.Response:
    return await house.anyone.post("/auth/refresh", json={"refresh_token": token})


def as_bearer(tokens: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.json()['access_token']}"}


async def test_a_student_registers(house: House) -> None:
    answer = await register(house)

    assert answer.status_code == 201
    account = answer.json()
    assert account["id"].startswith("user_")
    assert account["student_id"].startswith("student_")
    assert "mentor_id" not in account
    assert "password" not in answer.text
    assert account["email"].casefold() == "ada@example.org"
    assert (account["name"], account["role"]) == ("Ada", "student")
    assert account["time_zone"] == "Europe/London"
    assert account["created_at"] == told(house.now)


async def test_a_mentor_has_an_active_profile_and_an_empty_calendar_at_once(house: House) -> None:
    account = (await register(house, role="mentor")).json()

    listed = (await house.anyone.get("/mentors")).json()["data"]
    slots = await house.anyone.get(f"/mentors/{account['mentor_id']}/timeslots")

    assert ids_of(listed) == [account["mentor_id"]]
    assert listed[0]["status"] == "active"
    assert (listed[0]["name"], listed[0]["time_zone"]) == ("Ada", "Europe/London")
    assert slots.json()["data"] == []


async def test_an_address_is_taken_without_regard_to_case(house: House) -> None:
    await register(house)

    for again in ("Ada@Example.org", "ADA@EXAMPLE.ORG", "ada@example.org "):
        answer = await register(house, email=again, role="mentor")
        assert refusal(answer) == (409, "email-taken")


async def test_of_many_at_once_one_gets_the_address(house: House) -> None:
    answers = await asyncio.gather(*(register(house, name=f"Ada {n}") for n in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len(await house.facts("user_account.registered")) == 1


async def test_a_password_has_10_to_200_characters(house: House) -> None:
    for password, fits in [("x" * 9, False), ("x" * 201, False), ("x" * 10, True)]:
        answer = await register(house, password=password, email=f"p{len(password)}@example.org")
        assert (answer.status_code == 201) is fits
        if not fits:
            assert [place for place, _ in errors_of(answer)] == ["#/password"]
    longest = "ü " * 100
    assert (await register(house, password=longest)).status_code == 201
    assert (await sign_in(house, "ada@example.org", longest)).status_code == 200
    assert (await sign_in(house, "ada@example.org", longest.strip())).status_code == 401


async def test_nobody_registers_as_more_than_student_or_mentor(house: House) -> None:
    for role in ("admin", "operator", "Student", "", None):
        answer = await register(house, role=role)
        assert refusal(answer) == (422, "invalid-content")
        assert [place for place, _ in errors_of(answer)] == ["#/role"]


async def test_a_token_pair_is_given_for_address_and_password(house: House) -> None:
    account = (await register(house)).json()

    answer = await sign_in(house, "ada@EXAMPLE.org")

    tokens = answer.json()
    assert answer.status_code == 200
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    me = await house.anyone.get("/me", headers=as_bearer(answer))
    assert me.json() == account


async def test_the_access_token_is_a_jwt_that_lives_15_minutes(house: House) -> None:
    await register(house)
    tokens = await sign_in(house, "ada@example.org")
    header, claims = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        for part in tokens.json()["access_token"].split(".")[:2]
    )
    assert header["typ"]
    assert {"iss", "aud", "exp", "nbf", "jti"} <= set(claims)
    assert not {"Ada", "Europe/London"} & set(claims.values())
    assert "@" not in json.dumps(claims)

    house.clock.advance(timedelta(minutes=14, seconds=59))
    assert (await house.anyone.get("/me", headers=as_bearer(tokens))).status_code == 200
    house.clock.advance(timedelta(minutes=1))
    late = await house.anyone.get("/me", headers=as_bearer(tokens))
    assert refusal(late)[0] == 401


async def test_wrong_password_and_unknown_address_are_told_in_the_same_words(house: House) -> None:
    await register(house)

    answers = [
        await sign_in(house, "ada@example.org", "not the password"),
        await sign_in(house, "nobody@example.org"),
        await sign_in(house, "no address at all"),
        await sign_in(house, ""),
        await sign_in(house, "ada@example.org", ""),
        await sign_in(house, "ada@example.org", "x" * 5_000),
    ]

    assert [refusal(answer) for answer in answers] == [(401, "invalid-credentials")] * 6
    words = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(each == words[0] for each in words)
    assert all("WWW-Authenticate" in answer.headers for answer in answers)


async def test_a_refresh_token_works_once_and_gives_a_new_pair(house: House) -> None:
    await register(house)
    first = await sign_in(house, "ada@example.org")

    second = await refresh(house, first.json()["refresh_token"])

    assert second.status_code == 200
    assert set(second.json()) == set(first.json())
    assert second.json()["refresh_token"] != first.json()["refresh_token"]
    assert (await house.anyone.get("/me", headers=as_bearer(second))).status_code == 200
    third = await refresh(house, second.json()["refresh_token"])
    assert third.status_code == 200


async def test_a_second_use_revokes_the_family_and_no_other(house: House) -> None:
    await register(house)
    first = (await sign_in(house, "ada@example.org")).json()["refresh_token"]
    elsewhere = (await sign_in(house, "ada@example.org")).json()["refresh_token"]
    second = (await refresh(house, first)).json()["refresh_token"]

    again = await refresh(house, first)

    assert refusal(again)[0] == 401
    assert refusal(await refresh(house, second))[0] == 401
    assert (await refresh(house, elsewhere)).status_code == 200


async def test_of_many_uses_at_once_one_wins_and_the_family_is_revoked(house: House) -> None:
    await register(house)
    token = (await sign_in(house, "ada@example.org")).json()["refresh_token"]

    answers = await asyncio.gather(*(refresh(house, token) for _ in range(10)))

    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert refusal(await refresh(house, won[0].json()["refresh_token"]))[0] == 401


async def test_a_refresh_token_lives_30_days_idle_and_90_at_most(house: House) -> None:
    await register(house)
    idle = (await sign_in(house, "ada@example.org")).json()["refresh_token"]
    used = (await sign_in(house, "ada@example.org")).json()["refresh_token"]

    house.clock.advance(timedelta(days=29))
    used = (await refresh(house, used)).json()["refresh_token"]
    house.clock.advance(timedelta(days=1, seconds=1))
    assert refusal(await refresh(house, idle))[0] == 401
    for days in (27, 29):
        house.clock.advance(timedelta(days=days))
        used = (await refresh(house, used)).json()["refresh_token"]
    house.clock.advance(timedelta(days=4))
    assert refusal(await refresh(house, used))[0] == 401


async def test_what_is_no_refresh_token_is_refused(house: House) -> None:
    for token in ("", "x", "ü", "a" * 10_000):
        assert refusal(await refresh(house, token))[0] == 401


async def test_an_access_token_does_not_refresh_and_a_refresh_token_gives_no_access(
    house: House,
) -> None:
    await register(house)
    tokens = (await sign_in(house, "ada@example.org")).json()

    assert refusal(await refresh(house, tokens["access_token"]))[0] == 401
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert refusal(await house.anyone.get("/me", headers=headers))[0] == 401


async def test_guessing_is_throttled_per_address_and_who_knows_is_not(
    tmp_path: Path, backend: Backend
) -> None:
    async with running_house(tmp_path, backend, rate_limits=True) as house:
        await register(house)
        await register(house, email="other@example.org")
        answers = [await sign_in(house, "ada@example.org", "wrong guess") for _ in range(40)]

        throttled = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].status_code == 401
        assert throttled
        assert {refusal(answer)[0] for answer in throttled} == {429}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in throttled)
        assert (await sign_in(house, "other@example.org")).status_code == 200
        assert (await sign_in(house, "ADA@example.org")).status_code == 429


async def test_registering_and_refreshing_are_throttled_too(
    tmp_path: Path, backend: Backend
) -> None:
    async with running_house(tmp_path, backend, rate_limits=True) as house:
        await register(house)
        tokens = await sign_in(house, "ada@example.org")

        async def refresh_again() -> httpx.Response:
            nonlocal tokens
            tokens = await refresh(house, tokens.json()["refresh_token"])
            return tokens

        for call in (partial(register, house), refresh_again):
            answer = await first_429(call, 200)
            assert int(answer.headers["Retry-After"]) >= 1


async def first_429(call: Callable[[], Awaitable[httpx.Response]], most: int) -> httpx.Response:
    for _ in range(most):
        answer = await call()
        if answer.status_code == 429:
            return answer
    raise AssertionError(f"{most} calls were let through")


async def test_a_client_is_the_peer_and_not_what_it_says_it_is(
    tmp_path: Path, backend: Backend
) -> None:
    async with running_house(tmp_path, backend, rate_limits=True) as house:
        numbers = count()

        async def guess_as_somebody_else() -> httpx.Response:
            number = next(numbers)
            return await house.anyone.post(
                "/auth/token",
                json={"email": f"guess{number}@example.org", "password": "wrong guess"},
                headers={"X-Forwarded-For": f"198.51.100.{number % 250}"},
            )

        assert (await guess_as_somebody_else()).status_code == 401
        await first_429(guess_as_somebody_else, 300)
        elsewhere = house.client("203.0.113.9")
        answer = await elsewhere.post(
            "/auth/token", json={"email": "guess@example.org", "password": "wrong guess"}
        )
        assert answer.status_code == 401
