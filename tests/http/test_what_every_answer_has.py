"""Problem details, request ids, methods, safe headers: what holds for every route alike."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.backstage import Backend
from tests.support.running_service import (
    House,
    client_of,
    refusal,
    running_house,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Most of this is true of any house."""
    return shared_house


@pytest.fixture
async def fresh_house(anyio_backend: str, tmp_path: Path, backend: Backend) -> AsyncIterator[House]:
    """A house that may be broken."""
    async with running_house(tmp_path, backend) as house:
        yield house


async def test_what_was_never_routed_is_told_as_a_problem(house: House) -> None:
    for path in ("/", "/nothing", "/mentors/x/y/z", "/mentors/x/y", "/auth", "/%00", "/me/x"):
        answer = await house.anyone.get(path)
        assert refusal(answer)[0] in (404, 405), path
        assert answer.json()["code"] in ("not-found", "method-not-allowed")


async def test_another_method_is_405_with_allow(house: House) -> None:
    for method, path, allowed in [
        ("DELETE", "/mentors", {"GET", "POST"}),
        ("PUT", "/mentors/x", {"GET", "PATCH"}),
        ("POST", "/me", {"GET", "PATCH"}),
        ("GET", "/auth/token", {"POST"}),
        ("PATCH", "/bookings/x", {"GET", "DELETE"}),
        ("POST", "/health/live", {"GET"}),
        ("BREW", "/bookings", {"GET", "POST"}),
    ]:
        answer = await house.anyone.request(method, path)
        assert refusal(answer) == (405, "method-not-allowed")
        told = set(answer.headers["Allow"].replace(" ", "").split(","))
        assert allowed <= told
        assert told - allowed <= {"HEAD", "OPTIONS"}


async def test_a_problem_says_what_where_and_which_request(house: House) -> None:
    student = await house.student()

    answer = await student.get("/bookings/booking_x", headers={"X-Request-ID": "tour-1"})

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.pop("type")
    assert problem.pop("title")
    assert problem.pop("detail")
    assert problem == {
        "status": 404,
        "instance": "/bookings/booking_x",
        "code": "not-found",
        "request_id": "tour-1",
    }


async def test_a_refused_caller_is_told_how_to_authenticate(house: House) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = await house.anyone.get("/me", headers=headers)
        assert refusal(answer)[0] == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_bad_token_is_not_taken_for_none_where_anyone_may_come(house: House) -> None:
    answer = await house.anyone.get("/mentors", headers={"Authorization": "Bearer nonsense"})

    assert refusal(answer)[0] == 401


async def test_a_failure_tells_the_request_id_and_nothing_else(fresh_house: House) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("secret inner workings")

    object.__setattr__(fresh_house.app.state.core.queries, "get_me", fail)
    student = await fresh_house.student()

    answer = await student.get("/me", headers={"X-Request-ID": "r-1"})

    assert refusal(answer) == (500, "internal-error")
    assert "secret" not in answer.text
    assert "Runtime" not in answer.text
    assert answer.json()["request_id"] == "r-1"


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "x" * 64, "0" * 64, "..."])
async def test_a_good_request_id_is_taken(house: House, given: str) -> None:
    answer = await house.anyone.get("/mentors", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "ü", "a/b", "a\tb", "{}", "<script>"])
async def test_another_request_id_is_made(house: House, given: str) -> None:
    answers = [
        await house.anyone.get("/mentors", headers=[(b"X-Request-ID", given.encode())])
        for _ in range(2)
    ]

    made = [answer.headers["X-Request-ID"] for answer in answers]
    assert given not in made
    assert made[0] != made[1]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", each) for each in made)


async def test_refusals_and_unknown_paths_tell_the_request_id_too(house: House) -> None:
    for method, path in [("GET", "/nothing"), ("DELETE", "/mentors"), ("GET", "/me")]:
        answer = await house.anyone.request(method, path, headers={"X-Request-ID": "mine"})
        assert answer.headers["X-Request-ID"] == "mine"
        assert answer.json()["request_id"] == "mine"


async def test_the_request_id_is_the_correlation_id_of_all_events(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    before = await house.service.base.log.head()

    await student.post(
        "/bookings",
        {"mentor_id": mentor.id, "slot_id": slot_id},
        headers={"X-Request-ID": "the-request"},
    )

    caused = await house.service.base.log.read(before, 100)
    assert len(caused) >= 3
    for recorded in caused:
        assert recorded.metadata.correlation_id == "the-request"
        assert recorded.metadata.actor == f"user:{student.account['id']}"
        assert recorded.metadata.channel == "http"


async def test_get_never_changes_state(house: House) -> None:
    admin, mentor, student = await house.admin(), await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    booking = await house.book(student, mentor, slot_id)
    head = await house.service.base.log.head()

    for path in [
        "/me",
        "/mentors",
        f"/mentors/{mentor.id}",
        f"/mentors/{mentor.id}/timeslots",
        f"/mentors/{mentor.id}/bookings",
        "/bookings",
        f"/bookings/{booking['id']}",
        f"/bookings/{booking['id']}/history",
        "/health/ready",
        "/metrics",
        "/docs",
    ]:
        answer = await admin.get(path)
        assert answer.status_code == 200, path
        body = await admin.http.head(path)
        assert body.status_code == 200
        assert body.content == b""

    assert await house.service.base.log.head() == head


async def test_answers_are_json_in_utf8_and_instants_in_utc(house: House) -> None:
    mentor = await house.mentor("Zoë Çelik", time_zone="Asia/Kathmandu")
    start = house.at(days=1).isoformat().replace("+00:00", "Z")
    kathmandu = (
        await mentor.post(
            f"/mentors/{mentor.id}/timeslots",
            {
                "slots": [
                    {"start": "2026-09-02T14:45:00+05:45", "end": "2026-09-02T15:45:00.5+05:45"}
                ]
            },
        )
    ).json()["data"][0]

    answer = await mentor.get(f"/mentors/{mentor.id}")

    assert "Zoë Çelik" in answer.content.decode("utf-8")
    assert answer.headers["content-type"].startswith("application/json")
    assert kathmandu["start"] == start
    assert kathmandu["end"] == "2026-09-02T10:00:00.500000Z"
    assert kathmandu["duration_minutes"] == 60


async def test_everything_can_be_mounted_elsewhere(tmp_path: Path, backend: Backend) -> None:
    async with running_house(tmp_path, backend, root_path="/api/v9") as house:
        at_root = client_of(house.app)
        registered = await at_root.post(
            "/api/v9/auth/register",
            json={
                "email": "a@example.org",
                "password": "correct horse",
                "name": "A",
                "role": "mentor",
            },
        )
        mentor = house.person(registered.json())
        admin = await house.admin()
        document = (await at_root.get("/api/v9/schema/openapi.json")).json()

        assert registered.status_code == 201
        assert refusal(await at_root.get("/mentors"))[0] == 404
        assert (await at_root.get("/api/v9/health/ready")).status_code == 200
        assert document["servers"] == [{"url": "/api/v9"}]
        made = await admin.post("/api/v9/exports/bookings")
        assert made.headers["Location"].startswith("/api/v9/exports/bookings/export_")
        assert (await admin.get(made.headers["Location"])).status_code == 200
        assert (await mentor.get(f"/api/v9/mentors/{mentor.id}")).status_code == 200
        unknown = await mentor.get("/api/v9/mentors/nobody")
        assert unknown.json()["instance"] == "/api/v9/mentors/nobody"
