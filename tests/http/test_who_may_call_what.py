"""Every operation of the OpenAPI document, called by every role, with what is theirs and is not.

What each may do is read from the document (``x-access``); what is done is said here, once for
each operation: one that is missing here fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from mentorbooking.entrypoints.http.app import ACCESS
from tests.support.backends import NAMES
from tests.support.backstage import Backend
from tests.support.person import Person
from tests.support.running_service import BASE_URL, PASSWORD, House, refusal, told

pytestmark = pytest.mark.anyio

REFUSALS_OF_ACCESS = {401, 403, 404}
ROLE_OF = {
    "nobody": None,
    "student": "student",
    "another student": "student",
    "mentor": "mentor",
    "another mentor": "mentor",
    "admin": "admin",
    "operator": "operator",
}
OWNERS = {"student", "mentor", "admin", "operator"}
"""Whose the things are that are called for; admins and operators have none but their account."""


@dataclass
class World:
    """A house in which everybody has something."""

    house: House
    people: dict[str, Person | None]
    hours: Any = field(default_factory=lambda: itertools.count(24, 2))
    made: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, who: str) -> Person:
        person = self.people[who]
        assert person is not None
        return person

    def caller(self, who: str) -> httpx.AsyncClient:
        person = self.people[who]
        return self.house.anyone if person is None else person.http

    def next_time(self) -> dict[str, str]:
        start = next(self.hours)
        return {
            "start": told(self.house.at(hours=start)),
            "end": told(self.house.at(hours=start + 1)),
        }

    async def slot(self) -> str:
        path = f"/mentors/{self['mentor'].id}"
        await self["mentor"].post(f"{path}/activate")
        answer = await self["mentor"].post(f"{path}/timeslots", {"slots": [self.next_time()]})
        return str(answer.json()["data"][0]["id"])

    async def booking(self) -> str:
        booked = await self.house.book(self["student"], self["mentor"], await self.slot())
        return str(booked["id"])

    async def message(self) -> str:
        path = f"/bookings/{await self.booking()}/notifications"
        messages = (await self["admin"].get(path)).json()["data"]
        return str(next(m["id"] for m in messages if m["recipient"] == self["student"].id))

    async def import_(self) -> str:
        content = b"email,name,skills\nrow@example.org,Row,Go\n"
        if "import" not in self.made:
            self.made["import"] = (await self.house.imported(self["admin"], content))["id"]
        return self.made["import"]

    async def export(self) -> str:
        if "export" not in self.made:
            location = (await self["admin"].post("/exports/bookings")).headers["Location"]
            self.made["export"] = (await self.house.exported(self["admin"], location))["id"]
        return self.made["export"]

    async def tokens(self) -> Any:
        body = {"email": self["student"].email, "password": PASSWORD}
        return (await self.house.anyone.post("/auth/token", json=body)).json()

    def profile(self) -> dict[str, Any]:
        return {"email": self.house.address("profile"), "name": "New", "skills": ["Go"]}

    async def invited(self) -> str:
        return str((await self["admin"].post("/mentors", self.profile())).json()["id"])


Request = tuple[str, dict[str, Any]]
"""A path, and the rest of the request."""


@dataclass(frozen=True)
class Case:
    """``foreign``: what those are told who reach only their own, where it is not theirs.

    ``absent``: what those are told who may call, on the backends that do not offer it.
    """

    request: Callable[[World], Awaitable[Request]]
    foreign: tuple[int, str] | None = None
    owners: frozenset[str] = frozenset(OWNERS)
    absent: Mapping[str, tuple[int, str]] = field(default_factory=dict)


NOT_FOUND = (404, "not-found")
NOWHERE = dict.fromkeys(NAMES, NOT_FOUND)
NOT_YOURS = (403, "not-yours")


def at(path: str, **rest: Any) -> Callable[[World], Awaitable[Request]]:
    """Call a path; the names in it say what of the world to put there."""

    async def request(world: World) -> Request:
        filled = path
        for name, make in {
            "{booking}": world.booking,
            "{slot}": world.slot,
            "{message}": world.message,
            "{import}": world.import_,
            "{export}": world.export,
            "{invited}": world.invited,
        }.items():
            if name in filled:
                filled = filled.replace(name, await make())
        return filled.replace("{mentor}", world["mentor"].id), rest

    return request


async def _register(world: World) -> Request:
    body = {
        "email": world.house.address("new"),
        "password": PASSWORD,
        "name": "N",
        "role": "student",
    }
    return "/auth/register", {"json": body}


async def _create_token(world: World) -> Request:
    return "/auth/token", {"json": {"email": world["student"].email, "password": PASSWORD}}


async def _refresh_token(world: World) -> Request:
    tokens = await world.tokens()
    return "/auth/refresh", {"json": {"refresh_token": tokens["refresh_token"]}}


async def _create_mentor(world: World) -> Request:
    return "/mentors", {"json": world.profile()}


async def _add_timeslots(world: World) -> Request:
    body = {"slots": [world.next_time()]}
    return f"/mentors/{world['mentor'].id}/timeslots", {"json": body}


async def _update_timeslot(world: World) -> Request:
    path = f"/mentors/{world['mentor'].id}/timeslots/{await world.slot()}"
    return path, {"json": world.next_time()}


async def _create_booking(world: World) -> Request:
    body = {
        "mentor_id": world["mentor"].id,
        "slot_id": await world.slot(),
        "student_id": world["student"].id,
    }
    return "/bookings", {"json": body}


async def _list_bookings(world: World) -> Request:
    return "/bookings", {"params": {"student_id": world["student"].id}}


async def _import_mentors(_: World) -> Request:
    return "/import/mentors", {"files": {"file": ("m.csv", b"email,name,skills\nx,X,Go\n")}}


async def _download(world: World) -> Request:
    """Where files are served by others, the service knows of no link."""
    path = f"/exports/bookings/{await world.export()}"
    link = (await world["admin"].get(path)).json()["download_url"]
    if not link.startswith(BASE_URL):
        link = f"{path}/file?expires=1&signature=x"
    return link, {}


CASES: dict[str, Case] = {
    "register": Case(_register),
    "create_token": Case(_create_token),
    "refresh_token": Case(_refresh_token),
    "get_me": Case(at("/me")),
    "update_me": Case(at("/me", json={"time_zone": "Europe/Vienna"})),
    "list_mentors": Case(at("/mentors")),
    "get_mentor": Case(at("/mentors/{mentor}")),
    "create_mentor": Case(_create_mentor),
    "update_mentor": Case(at("/mentors/{mentor}", json={"bio": "New"}), NOT_YOURS),
    "activate_mentor": Case(at("/mentors/{mentor}/activate"), NOT_YOURS),
    "pause_mentor": Case(at("/mentors/{mentor}/pause"), NOT_YOURS),
    "confirm_mentor": Case(at("/mentors/{mentor}/confirm")),
    "invite_mentor": Case(at("/mentors/{invited}/invite")),
    "list_timeslots": Case(at("/mentors/{mentor}/timeslots")),
    "add_timeslots": Case(_add_timeslots, NOT_YOURS),
    "update_timeslot": Case(_update_timeslot, NOT_YOURS),
    "remove_timeslot": Case(at("/mentors/{mentor}/timeslots/{slot}"), NOT_YOURS),
    "list_mentor_bookings": Case(at("/mentors/{mentor}/bookings"), NOT_YOURS),
    "create_booking": Case(_create_booking, NOT_YOURS),
    "list_bookings": Case(_list_bookings, NOT_YOURS),
    "get_booking": Case(
        at("/bookings/{booking}"), NOT_FOUND, owners=frozenset(OWNERS - {"operator"})
    ),
    "cancel_booking": Case(at("/bookings/{booking}"), NOT_FOUND),
    "get_booking_history": Case(at("/bookings/{booking}/history"), NOT_FOUND),
    "list_booking_notifications": Case(at("/bookings/{booking}/notifications"), NOT_FOUND),
    "resend_notification": Case(
        at("/notifications/{message}/resend"), NOT_FOUND, frozenset({"student"})
    ),
    "subscribe": Case(
        at("/notification-subscriptions", json={"events": ["booking.created"]}),
        absent={"embedded": NOT_FOUND},
    ),
    "list_subscriptions": Case(at("/notification-subscriptions"), absent={"embedded": NOT_FOUND}),
    "get_subscription": Case(
        at("/notification-subscriptions/subscription_1"), NOT_FOUND, absent=NOWHERE
    ),
    "unsubscribe": Case(
        at("/notification-subscriptions/subscription_1"), NOT_FOUND, absent=NOWHERE
    ),
    "import_mentors": Case(_import_mentors),
    "get_mentor_import": Case(at("/import/mentors/{import}")),
    "list_mentor_import_rows": Case(at("/import/mentors/{import}/rows")),
    "download_mentor_import_report": Case(at("/import/mentors/{import}/report.csv")),
    "export_bookings": Case(at("/exports/bookings")),
    "get_bookings_export": Case(at("/exports/bookings/{export}")),
    "retry_bookings_export": Case(at("/exports/bookings/{export}/retry")),
    "download_bookings_export": Case(_download, absent={"aws": (403, "invalid-link")}),
    "health_live": Case(at("/health/live")),
    "health_ready": Case(at("/health/ready")),
    "get_metrics": Case(at("/metrics")),
    "get_openapi": Case(at("/schema/openapi.json")),
    "read_docs": Case(at("/docs")),
}


@pytest.fixture(scope="module")
async def world(shared_house: House) -> World:
    house = shared_house
    return World(
        house,
        {
            "nobody": None,
            "student": await house.student(),
            "another student": await house.student(),
            "mentor": await house.mentor(),
            "another mentor": await house.mentor(),
            "admin": await house.admin(),
            "operator": await house.operator(),
        },
    )


@pytest.fixture(scope="module")
async def operations(shared_house: House) -> dict[str, dict[str, Any]]:
    """Return what the document says of each operation, with its method."""
    document = (await shared_house.anyone.get("/schema/openapi.json")).json()
    return {
        told["operationId"]: {**told, "method": method.upper()}
        for item in document["paths"].values()
        for method, told in item.items()
    }


def expected(
    told: dict[str, Any], case: Case, who: str, backend: Backend
) -> tuple[int, str] | None:
    """Return how somebody is refused; None: they are not."""
    access, role = told["x-access"], ROLE_OF[who]
    absent = case.absent.get(backend.name)
    if access["anyone"]:
        return absent
    if role is None:
        return 401, "unauthenticated"
    reach = access["roles"].get(role)
    if reach is None:
        return 403, "forbidden"
    if absent is not None:
        return absent
    is_theirs = who in case.owners
    return None if reach == "all" or is_theirs else case.foreign


async def test_there_is_a_case_for_every_operation(operations: dict[str, Any]) -> None:
    assert CASES.keys() == operations.keys() == ACCESS.keys()


@pytest.mark.parametrize("operation_id", CASES)
async def test_access(
    world: World, operations: dict[str, Any], operation_id: str, backend: Backend
) -> None:
    told, case = operations[operation_id], CASES[operation_id]
    for who in ROLE_OF:
        path, rest = await case.request(world)
        answer = await world.caller(who).request(told["method"], path, **rest)
        refused = expected(told, case, who, backend)
        assert str(answer.status_code) in told["responses"], (who, answer.text)
        if refused is not None:
            assert refusal(answer) == refused, who
        else:
            assert answer.status_code not in REFUSALS_OF_ACCESS, (who, answer.text)
            assert answer.status_code < 500, (who, answer.text)


@pytest.mark.parametrize("operation_id", CASES)
async def test_a_token_that_is_none_is_refused_wherever_tokens_are_looked_at(
    world: World, operations: dict[str, Any], operation_id: str, backend: Backend
) -> None:
    told = operations[operation_id]
    path, rest = await CASES[operation_id].request(world)
    headers = {"Authorization": "Bearer not.a.token"}

    answer = await world.house.anyone.request(told["method"], path, headers=headers, **rest)

    absent = CASES[operation_id].absent.get(backend.name)
    if told["security"]:
        assert refusal(answer) == (401, "invalid-token")
    elif absent is not None:
        assert refusal(answer) == absent
    else:
        assert answer.status_code < 400


NOT_FOR_ANYONE = [name for name, access in ACCESS.items() if not access.anyone]


@pytest.mark.parametrize("operation_id", NOT_FOR_ANYONE)
async def test_who_may_not_call_learns_nothing_of_what_is_there(
    world: World, operations: dict[str, Any], operation_id: str
) -> None:
    """Whether a thing exists and whether a body is right is told to those only who may ask."""
    told = operations[operation_id]
    path, _ = await CASES[operation_id].request(world)
    parts = path.split("/")
    unknown = "/".join("nothing_here" if "_" in part else part for part in parts)

    for who, role in ROLE_OF.items():
        if role in told["x-access"]["roles"]:
            continue
        there, nowhere = [
            await world.caller(who).request(told["method"], each, content=b"{")
            for each in (path, unknown)
        ]
        assert there.status_code == nowhere.status_code == (401 if role is None else 403)
        assert there.json()["detail"] == nowhere.json()["detail"]


FOREIGN_IS_UNKNOWN = [name for name, case in CASES.items() if case.foreign == NOT_FOUND]


@pytest.mark.parametrize("operation_id", FOREIGN_IS_UNKNOWN)
async def test_what_is_foreign_looks_like_what_does_not_exist(
    world: World, operations: dict[str, Any], operation_id: str
) -> None:
    told = operations[operation_id]
    path, _ = await CASES[operation_id].request(world)
    unknown = "/".join("booking_x" if "_" in part else part for part in path.split("/"))

    for who in ("another student", "another mentor"):
        foreign, missing = [
            (await world.caller(who).request(told["method"], each)) for each in (path, unknown)
        ]
        assert foreign.status_code == missing.status_code == 404
        varying = {"instance", "request_id"}
        assert {k: v for k, v in foreign.json().items() if k not in varying} == {
            k: v for k, v in missing.json().items() if k not in varying
        }
        assert {*foreign.headers} == {*missing.headers}
