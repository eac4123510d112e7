"""Booking a session, reading and cancelling it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.answers.booking_history import BookingHistoryAnswer
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import (
    CreateBooking,
    student_missing,
)
from mentorbooking.application.use_cases.bookings.get_booking import GetBooking
from mentorbooking.application.use_cases.bookings.get_booking_history import GetBookingHistory
from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.decoding.fields import (
    Description,
    Reason,
    Title,
)
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, RefusedRequest, endpoint

TAG = "Bookings"
ONE = "/bookings/{booking_id:str}"


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``student_id`` is for admins, who say for whom they book."""

    mentor_id: str
    slot_id: str
    title: Title = ""
    description: Description = ""
    student_id: str | None = None


class _Student(msgspec.Struct, frozen=True):
    student_id: Any = None


_read_student = msgspec.json.Decoder(_Student).decode


def _errors_of_student(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return that an admin does not say for whom to book, if so."""
    if refused.caller is None or refused.caller.role is not Role.ADMIN:
        return ()
    try:
        given = _read_student(refused.raw)
    except msgspec.DecodeError:
        return ()
    return (student_missing(),) if given.student_id is None else ()


class CancelQuery(msgspec.Struct, frozen=True):
    """Why, if one wants to say; the other side is told."""

    reason: Reason | None = None


@endpoint(
    Operation(
        method="POST",
        path="/bookings",
        operation_id="create_booking",
        summary="Book a time slot",
        description="Where a slot is taken, the next three open ones are told as alternatives.",
        tag=TAG,
        body=NewBooking,
        also_wrong=_errors_of_student,
        answers={201: BookingAnswer},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            409: ("mentor-not-active", "slot-in-past", "slot-taken", "student-overlap"),
            422: ("idempotency-key-reused",),
        },
        accepts=("Idempotency-Key",),
        sends=("ETag", "Event-Position", "Location", "Idempotency-Replayed"),
        body_example={
            "mentor_id": examples.MENTOR_ID,
            "slot_id": examples.SLOT_ID,
            "title": "My first compiler",
        },
        answer_examples={201: examples.BOOKING},
    )
)
async def create_booking(call: Call[NewBooking, None]) -> Answer:
    body = call.body
    command = CreateBooking(
        caller=call.principal,
        mentor_id=body.mentor_id,
        slot_id=body.slot_id,
        student_id=body.student_id,
        title=body.title,
        description=body.description,
    )
    return await call.core.commanding(call, call.core.commands.create_booking, command, _created)


def _created(booking: BookingAnswer) -> Answer:
    return Answer(
        status=201, body=booking, version=booking.version, location=f"/bookings/{booking.id}"
    )


@endpoint(
    Operation(
        method="GET",
        path=ONE,
        operation_id="get_booking",
        summary="Read one booking",
        tag=TAG,
        answers={200: BookingAnswer},
        refusals={404: ("not-found",)},
        sends=("ETag",),
        answer_examples={200: examples.BOOKING},
    )
)
async def get_booking(call: Call[None, None]) -> Answer:
    query = GetBooking(caller=call.principal, booking_id=call.path["booking_id"])
    booking = await call.core.queries.get_booking(query)
    return Answer(body=booking, version=booking.version)


@endpoint(
    Operation(
        method="DELETE",
        path=ONE,
        operation_id="cancel_booking",
        summary="Cancel a booking",
        description="The slot is open again at once. Doing it again changes nothing, and nothing "
        "is ever erased.",
        tag=TAG,
        query=CancelQuery,
        answers={200: BookingAnswer},
        refusals={
            404: ("not-found",),
            409: ("already-started",),
            412: ("version-mismatch",),
        },
        accepts=("If-Match",),
        sends=("ETag", "Event-Position"),
        query_example={"reason": "Down with a cold."},
        answer_examples={200: examples.CANCELLED_BOOKING},
    )
)
async def cancel_booking(call: Call[None, CancelQuery]) -> Answer:
    command = CancelBooking(
        caller=call.principal,
        booking_id=call.path["booking_id"],
        reason=call.query.reason or None,
        if_match=call.if_match,
    )
    return await call.core.commanding(
        call,
        call.core.commands.cancel_booking,
        command,
        lambda booking: Answer(body=booking, version=booking.version),
    )


@endpoint(
    Operation(
        method="GET",
        path="/bookings/{booking_id:str}/history",
        operation_id="get_booking_history",
        summary="Read what happened to a booking",
        tag=TAG,
        answers={200: BookingHistoryAnswer},
        refusals={404: ("not-found",)},
        answer_examples={200: {"data": [examples.HISTORY_ENTRY]}},
    )
)
async def get_booking_history(call: Call[None, None]) -> Answer:
    query = GetBookingHistory(caller=call.principal, booking_id=call.path["booking_id"])
    return Answer(body=await call.core.queries.get_booking_history(query))


ENDPOINTS = (
    create_booking,
    get_booking,
    cancel_booking,
    get_booking_history,
)
