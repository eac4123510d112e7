"""Operations that show every convention; what they do is as little as can be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mentorbooking.domain.kernel.errors import (
    NotFound,
    VersionMismatch,
)
from mentorbooking.entrypoints.decoding.fields import (
    Description,
    Email,
    ExperienceYears,
    HourlyRate,
    Instant,
    InstantBound,
    Limit,
    Name,
    Skills,
    TimeZone,
    Title,
    Words,
)
from mentorbooking.entrypoints.http.answer import Answer, Page
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, endpoint

BOOKING = "booking_01k9w3c1r2fn1t3e9q6x8z0abg"


class NewSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: Instant
    end: Instant


class NewSlots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slots: Annotated[list[NewSlot], Meta(min_length=1, max_length=100)]


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to ``book``."""

    mentor_id: str
    slot_id: str
    title: Title = ""
    description: Description = ""


class Booking(msgspec.Struct, frozen=True):
    id: str
    title: str
    start: datetime
    version: int
    cancelled_at: datetime | None = None


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
        query_example={"limit": 20, "skill": ["Go", "SQL"], "premium": True},
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
    if call.if_match is not None and 3 not in call.if_match:
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
