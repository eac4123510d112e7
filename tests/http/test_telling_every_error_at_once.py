"""What rules refuse is told together with what could not even be read."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.http.as_of import errors_of_as_of
from mentorbooking.entrypoints.http.operations import RefusedRequest
from mentorbooking.entrypoints.http.routes.subscriptions import subscribe
from tests.support.fixed import NOW
from tests.support.running_service import House, errors_of, refusal, told

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.embedded_only("these requests never reach a store"),
]

MISSING = ("#/student_id", "missing-value")
TITLE = ("#/title", "too-long")


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


def errors_in(answer: httpx.Response) -> list[tuple[str, str]]:
    assert refusal(answer) == (422, "invalid-content")
    return errors_of(answer)


@pytest.mark.parametrize("given", [{}, {"student_id": None}])
async def test_an_admin_who_names_no_student_hears_of_the_title_too(
    house: House, given: dict[str, Any]
) -> None:
    admin = await house.admin()
    wanted = {"mentor_id": "mentor_1", "slot_id": "slot_1", "title": "x" * 201, **given}

    assert errors_in(await admin.post("/bookings", wanted)) == [TITLE, MISSING]
    assert errors_in(await admin.post("/bookings", {**wanted, "title": "x"})) == [MISSING]
    assert errors_in(await admin.post("/bookings", {**wanted, "student_id": "s"})) == [TITLE]
    of_no_kind = await admin.post("/bookings", {**wanted, "student_id": 7})
    assert errors_in(of_no_kind) == [TITLE, ("#/student_id", "invalid-type")]
    student = await house.student()
    assert errors_in(await student.post("/bookings", wanted)) == [TITLE]


@pytest.mark.parametrize("body", [[], "text", 1])
async def test_a_body_of_another_shape_misses_nothing(house: House, body: Any) -> None:
    answer = await (await house.admin()).post("/bookings", body)

    assert [place for place, _ in errors_in(answer)] == ["#"]


async def test_a_body_that_can_be_read_is_looked_at_where_the_query_is_wrong(
    house: House,
) -> None:
    admin, mentor = await house.admin(), await house.mentor()
    past = {"start": told(house.at(days=-1)), "end": told(house.at(days=-1, hours=1))}

    booking = await admin.post(
        "/bookings", {"mentor_id": "mentor_1", "slot_id": "slot_1"}, params={"notify": "no"}
    )
    slots = await mentor.post(
        f"/mentors/{mentor.id}/timeslots", {"slots": [past]}, params={"dry_run": "true"}
    )

    assert errors_in(booking) == [("notify", "unknown-parameter"), MISSING]
    assert errors_in(slots) == [
        ("dry_run", "unknown-parameter"),
        ("#/slots/0/start", "slot-in-past"),
    ]


@pytest.mark.parametrize(
    ("days", "code"), [((0, 62.001), "range-too-large"), ((2, 1), "end-not-after-start")]
)
async def test_a_range_is_measured_whatever_else_is_wrong_with_the_query(
    house: House, days: tuple[float, float], code: str
) -> None:
    mentor = await house.mentor()
    bounds = {"from": told(house.at(days=days[0])), "to": told(house.at(days=days[1]))}

    async def ask(query: dict[str, Any]) -> list[tuple[str, str]]:
        return errors_in(await house.anyone.get(f"/mentors/{mentor.id}/timeslots", params=query))

    assert await ask(bounds) == [("to", code)]
    assert await ask({**bounds, "limit": 0}) == [("limit", "out-of-range"), ("to", code)]
    assert await ask({**bounds, "colour": "red"}) == [("colour", "unknown-parameter"), ("to", code)]
    unread = {**bounds, "from": "soon", "limit": 0}
    assert await ask(unread) == [("from", "invalid-instant"), ("limit", "out-of-range")]


async def test_a_range_without_an_end_is_measured_from_now(house: House) -> None:
    mentor = await house.mentor()
    query = {"to": told(house.at(days=63)), "limit": "0"}

    answer = await house.anyone.get(f"/mentors/{mentor.id}/timeslots", params=query)

    assert errors_in(answer) == [("limit", "out-of-range"), ("to", "range-too-large")]


async def test_a_form_is_read_where_the_query_is_wrong(house: House) -> None:
    admin = await house.admin()

    async def upload(field: str) -> httpx.Response:
        file = ("mentors.csv", b"email,name\n", "text/csv")
        return await admin.post("/import/mentors", files={field: file}, params={"dry_run": "maybe"})

    assert errors_in(await upload("file")) == [("dry_run", "invalid-type")]
    assert errors_in(await upload("datei")) == [
        ("dry_run", "invalid-type"),
        ("#", "unknown-field"),
        ("#/file", "missing-value"),
    ]
    broken = await admin.http.post(
        "/import/mentors?dry_run=maybe",
        content=b"no form",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )
    assert refusal(broken) == (400, "malformed")


def refused(body: Any, *, role: Role = Role.STUDENT, lanes: int = 1) -> RefusedRequest:
    caller = Principal("user_1", role, student_id="student_1" if role is Role.STUDENT else None)
    raw = json.dumps(body).encode()
    return RefusedRequest(caller=caller, raw=raw, query_string=b"", now=NOW, lanes=lanes)


@pytest.mark.parametrize(
    ("body", "lanes", "places"),
    [
        ({"as_of": "3:7"}, 2, ["#/as_of"]),
        ({"as_of": "3:7", "to": "soon"}, 2, ["#/as_of"]),
        ({"as_of": "3:7"}, 4, []),
        ({"as_of": "tomorrow"}, 2, []),  # told already
        ({"as_of": 7}, 2, []),
        ({}, 2, []),
        ([], 2, []),
    ],
)
def test_a_lane_that_is_not_there(body: Any, lanes: int, places: list[str]) -> None:
    assert [error.pointer for error in errors_of_as_of(refused(body, lanes=lanes))] == places


@pytest.mark.parametrize(
    ("events", "role", "places"),
    [
        (["booking.created", "mentors.imported"], Role.STUDENT, ["#/events/1"]),
        (["nothing", 7, "bookings.exported"], Role.STUDENT, ["#/events/2"]),
        (["booking.created", "mentors.imported"], Role.ADMIN, []),
        (["mentors.imported"] * 21, Role.STUDENT, []),  # told as too many
        ("mentors.imported", Role.STUDENT, []),
    ],
)
def test_events_that_are_not_for_a_role(events: Any, role: Role, places: list[str]) -> None:
    also_wrong = subscribe.operation.also_wrong
    assert also_wrong is not None
    found = also_wrong(refused({"events": events, "email": "nobody"}, role=role))
    assert [error.pointer for error in found] == places
