"""Every operation of the API as a request, with what is whose: one case for each operation."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.backends import NAMES
from tests.support.person import Person
from tests.support.running_service import BASE_URL, PASSWORD, House, told

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
