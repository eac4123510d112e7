"""A small API that shows every convention, and a client that calls it over ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import httpx
import msgspec
from litestar import Litestar
from msgspec import UNSET, Meta, UnsetType
from prometheus_client import CollectorRegistry

from mentorbooking.application.authorisation import Access
from mentorbooking.application.ports.aggregate_store import ConcurrentChange, StoreUnavailable
from mentorbooking.application.principal import Principal
from mentorbooking.application.throttling import TooManyRequests
from mentorbooking.domain.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    VersionMismatch,
)
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.app import create_app
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.fields import (
    Description,
    Email,
    ExperienceYears,
    HourlyRate,
    Instant,
    InstantBound,
    Limit,
    Name,
    Page,
    Skills,
    TimeZone,
    Title,
    Words,
)
from mentorbooking.entrypoints.http.operations import Endpoint, Media, Operation, Upload, endpoint
from mentorbooking.entrypoints.http.uploads import uploaded_file

BOOKING = "booking_01k9w3c1r2fn1t3e9q6x8z0abg"


class NewSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: Instant
    end: Instant


class NewSlots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slots: Annotated[list[NewSlot], Meta(min_length=1, max_length=100)]


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to book."""

    mentor_id: str
    slot_id: str
    title: Title = ""
    description: Description = ""


class Booking(msgspec.Struct, frozen=True):
    id: str
    title: str
    start: Instant
    version: int


class Bookings(msgspec.Struct, frozen=True):
    data: list[Booking]
    page: Page


class ProfileChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    skills: Skills | UnsetType = UNSET
    experience_years: ExperienceYears | UnsetType | None = UNSET
    hourly_rate: HourlyRate | UnsetType | None = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    status: Literal["active", "paused"] | UnsetType = UNSET
    premium: bool | UnsetType = UNSET


class ExportWishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    raw: bool = False


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    skill: list[Words] = []
    premium: bool | None = None
    max_hourly_rate: HourlyRate | None = None
    from_: InstantBound | None = msgspec.field(name="from", default=None)
    status: Literal["confirmed", "cancelled"] | None = None
    limit: Limit = 50
    cursor: str | None = None


class Kind(msgspec.Struct, frozen=True):
    kind: str


EXAMPLE = {"id": BOOKING, "title": "Hello", "start": "2026-12-01T09:00:00Z", "version": 3}


@endpoint(
    Operation(
        method="POST",
        path="/bookings",
        operation_id="create_booking",
        summary="Book a slot",
        tag="Bookings",
        body=NewBooking,
        answers={201: Booking},
        refusals={409: ("slot-taken",)},
        accepts=("Idempotency-Key",),
        sends=("Location", "ETag", "Event-Position"),
        body_example={"mentor_id": "mentor_1", "slot_id": "slot_1", "title": "Hello"},
        answer_examples={201: EXAMPLE},
    )
)
async def create_booking(call: Call[NewBooking, None]) -> Answer:
    booking = msgspec.convert({**EXAMPLE, "title": call.body.title, "version": 1}, Booking)
    return Answer(
        status=201,
        body=booking,
        version=1,
        position=42,
        location=f"/bookings/{BOOKING}",
        headers=(("X-Key", call.idempotency_key or ""), ("X-Actor", call.principal.user_id)),
    )


@endpoint(
    Operation(
        method="GET",
        path="/bookings",
        operation_id="list_bookings",
        summary="List bookings",
        tag="Bookings",
        query=Filters,
        answers={200: Bookings},
        accepts=("Min-Event-Position",),
        query_example={"limit": 20, "skill": ["Go", "SQL"]},
        answer_examples={200: {"data": [EXAMPLE], "page": {"next_cursor": None, "limit": 20}}},
    )
)
async def list_bookings(call: Call[None, Filters]) -> Answer:
    told = msgspec.to_builtins(call.query) | {"min_position": call.min_position}
    return Answer(body=told)


@endpoint(
    Operation(
        method="GET",
        path="/bookings/{booking_id:str}",
        operation_id="get_booking",
        summary="Read a booking",
        tag="Bookings",
        answers={200: Booking},
        refusals={404: ("not-found",)},
        sends=("ETag",),
        answer_examples={200: EXAMPLE},
    )
)
async def get_booking(call: Call[None, None]) -> Answer:
    if call.path["booking_id"] != BOOKING:
        raise NotFound("There is no such booking.")
    return Answer(body=msgspec.convert(EXAMPLE, Booking), version=3)


@endpoint(
    Operation(
        method="DELETE",
        path="/bookings/{booking_id:str}",
        operation_id="cancel_booking",
        summary="Cancel a booking",
        tag="Bookings",
        answers={204: None},
        accepts=("If-Match",),
    )
)
async def cancel_booking(call: Call[None, None]) -> Answer:
    if call.if_match not in (None, 3):
        raise VersionMismatch("It has changed meanwhile: its version is 3.")
    return Answer(status=204)


@endpoint(
    Operation(
        method="POST",
        path="/slots",
        operation_id="add_slots",
        summary="Offer slots",
        tag="Slots",
        body=NewSlots,
        answers={201: NewSlots},
        body_example={"slots": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}]},
        answer_examples={
            201: {"slots": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}]}
        },
    )
)
async def add_slots(call: Call[NewSlots, None]) -> Answer:
    return Answer(status=201, body=call.body)


@endpoint(
    Operation(
        method="PATCH",
        path="/profile",
        operation_id="update_profile",
        summary="Change a profile",
        tag="People",
        body=ProfileChanges,
        answers={200: ProfileChanges},
        body_example={"name": "Ada"},
        answer_examples={200: {"name": "Ada"}},
    )
)
async def update_profile(call: Call[ProfileChanges, None]) -> Answer:
    return Answer(body=call.body)


@endpoint(
    Operation(
        method="POST",
        path="/exports",
        operation_id="export",
        summary="Export",
        tag="Files",
        body=ExportWishes,
        body_optional=True,
        answers={202: ExportWishes},
        body_example={"raw": True},
        answer_examples={202: {"raw": True}},
    )
)
async def export(call: Call[ExportWishes, None]) -> Answer:
    return Answer(status=202, body=call.body)


@endpoint(
    Operation(
        method="POST",
        path="/import",
        operation_id="import_file",
        summary="Import a file",
        tag="Files",
        upload=Upload("file", 3_000_000, "text/csv", "name\nAda\n"),
        answers={202: Kind},
        answer_examples={202: {"kind": "mentors.csv"}},
    )
)
async def import_file(call: Call[None, None]) -> Answer:
    async with uploaded_file(call, field="file", largest=3_000_000) as file:
        told = {"name": file.name, "size": file.size, "sha256": file.sha256}
        return Answer(status=202, body={**told, "start": file.content.read(10).decode("latin-1")})


@endpoint(
    Operation(
        method="GET",
        path="/report.csv",
        operation_id="report",
        summary="Download a report",
        tag="Files",
        answers={200: Media("text/csv", "line\n")},
    )
)
async def report(call: Call[None, None]) -> Answer:
    async def lines() -> AsyncIterator[bytes]:
        yield b"line\r\n"
        yield b"1\r\n"

    return Answer(
        body=lines(),
        content_type="text/csv; charset=utf-8",
        headers=(("Cache-Control", "private, no-store"),),
    )


class SlotTaken(Conflict):
    code = "slot-taken"


def failures() -> dict[str, Exception]:
    return {
        "crash": RuntimeError("secret: hunter2"),
        "store": StoreUnavailable("disk full"),
        "race": ConcurrentChange("booking_1"),
        "conflict": SlotTaken("Somebody was faster.", alternatives=[{"id": "slot_2"}]),
        "forbidden": Forbidden("No."),
        "throttled": _refused("too-many-requests", retry_after=30),
        "throttled-otherwise": TooManyRequests(7),
        "behind": _refused("projection-behind"),
        "credentials": _refused("invalid-credentials"),
        "cursor": _refused("invalid-cursor"),
        "other": _refused("some-rule"),
    }


def _refused(code: str, **extra: Any) -> Refused:
    refusal = Refused("It is so.", **extra)
    refusal.code = code  # type: ignore[misc]  # stands for a type of its own
    return refusal


class Which(msgspec.Struct, frozen=True):
    kind: str


@endpoint(
    Operation(
        method="GET",
        path="/fails",
        operation_id="fail",
        summary="Fail",
        tag="Failures",
        query=Which,
        answers={200: Kind},
        query_example={"kind": "crash"},
        answer_examples={200: {"kind": "none"}},
    )
)
async def fail(call: Call[None, Which]) -> Answer:
    raise failures()[call.query.kind]


@endpoint(
    Operation(
        method="GET",
        path="/whoami",
        operation_id="whoami",
        summary="Who am I",
        tag="People",
        answers={200: Kind},
        answer_examples={200: {"kind": "student"}},
    )
)
async def whoami(call: Call[None, None]) -> Answer:
    return Answer(body={"kind": call.caller.role if call.caller else "nobody"})


@endpoint(
    Operation(
        method="POST",
        path="/sign-in",
        operation_id="sign_in",
        summary="Sign in",
        tag="People",
        answers={200: Kind},
        anonymous=True,
        answer_examples={200: {"kind": "nobody"}},
    )
)
async def sign_in(call: Call[None, None]) -> Answer:
    return Answer(body={"kind": "nobody" if call.caller is None else "somebody"})


ENDPOINTS: tuple[Endpoint, ...] = (
    create_booking,
    list_bookings,
    get_booking,
    cancel_booking,
    add_slots,
    update_profile,
    export,
    import_file,
    report,
    fail,
    whoami,
    sign_in,
)

ANYONE = Access(anyone=True)
ACCESS: dict[str, Access] = {
    **{made.operation.operation_id: ANYONE for made in ENDPOINTS},
    "create_booking": Access(roles={Role.STUDENT: "own", Role.ADMIN: "all"}),
    "get_openapi": ANYONE,
    "read_docs": ANYONE,
}


class BadToken(Refused):
    code = "invalid-token"


def verify(token: str) -> Principal:
    """A token is the name of a role."""
    if token not in list(Role):
        raise BadToken("The access token is not valid, or has expired.")
    return Principal(f"user_{token}", Role(token))


def demo_app(**wishes: Any) -> Litestar:
    """Build the demo's application; a registry of its own keeps its measures apart."""
    settings: dict[str, Any] = {
        "core": None,
        "verify": verify,
        "access": ACCESS,
        "registry": CollectorRegistry(),
        "version": "1.2.3",
    }
    return create_app(ENDPOINTS, **{**settings, **wishes})


def client_of(app: Litestar, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ASGI's types differ
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


def as_role(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {role}"}


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return place and code of every error that a problem tells."""
    return [(e.get("pointer") or e["parameter"], e["code"]) for e in answer.json()["errors"]]
