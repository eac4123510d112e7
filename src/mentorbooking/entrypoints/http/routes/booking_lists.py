"""Lists of bookings: one's own, everybody's, a mentor's."""

from __future__ import annotations

from typing import Literal

import msgspec

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.lists.bookings import ListBookings, ListMentorBookings
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.entrypoints.decoding.fields import InstantBound, Limit
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer, Page, page_of
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, endpoint
from mentorbooking.entrypoints.http.routes.bookings import TAG

When = Literal["upcoming", "past", "all"]
Status = Literal["confirmed", "cancelled"]


class BookingFilters(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """``when`` goes by the session's end, ``from`` and ``to`` by its start."""

    when: When = "all"
    status: Status | None = None
    from_: InstantBound | None = None
    to: InstantBound | None = None
    student_id: str | None = None
    mentor_id: str | None = None
    limit: Limit = 50
    cursor: str | None = None


class MentorBookingFilters(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """``when`` goes by the session's end, ``from`` and ``to`` by its start."""

    when: When = "all"
    status: Status | None = None
    from_: InstantBound | None = None
    to: InstantBound | None = None
    limit: Limit = 50
    cursor: str | None = None


class BookingList(msgspec.Struct, frozen=True):
    """By start, then id; cancelled ones included."""

    data: list[BookingAnswer]
    page: Page


_LIST_REFUSALS = {
    400: ("invalid-cursor", "invalid-event-position"),
    503: ("projection-behind",),
}


@endpoint(
    Operation(
        method="GET",
        path="/bookings",
        operation_id="list_bookings",
        summary="List bookings",
        description="Students see their own; admins see all and may filter by person.",
        tag=TAG,
        query=BookingFilters,
        answers={200: BookingList},
        refusals={**_LIST_REFUSALS, 403: ("not-yours",)},
        accepts=("Min-Event-Position",),
        query_example={"when": "upcoming"},
        answer_examples={200: examples.page_of(examples.BOOKING)},
    )
)
async def list_bookings(call: Call[None, BookingFilters]) -> Answer:
    given = call.query
    query = ListBookings(
        caller=call.principal,
        wanted=BookingsQuery(
            student_id=given.student_id,
            mentor_id=given.mentor_id,
            when=given.when,
            status=given.status,
            start_from=given.from_,
            start_before=given.to,
            limit=given.limit,
        ),
        cursor=given.cursor,
        at_least=call.min_position,
    )
    return page_of(await call.core.lists.bookings(query), given.limit)


@endpoint(
    Operation(
        method="GET",
        path="/mentors/{mentor_id:str}/bookings",
        operation_id="list_mentor_bookings",
        summary="List a mentor's bookings",
        tag=TAG,
        query=MentorBookingFilters,
        answers={200: BookingList},
        refusals={**_LIST_REFUSALS, 403: ("not-yours",), 404: ("not-found",)},
        accepts=("Min-Event-Position",),
        query_example={"when": "upcoming"},
        answer_examples={200: examples.page_of(examples.BOOKING)},
    )
)
async def list_mentor_bookings(call: Call[None, MentorBookingFilters]) -> Answer:
    given = call.query
    query = ListMentorBookings(
        caller=call.principal,
        mentor_id=call.path["mentor_id"],
        wanted=BookingsQuery(
            when=given.when,
            status=given.status,
            start_from=given.from_,
            start_before=given.to,
            limit=given.limit,
        ),
        cursor=given.cursor,
        at_least=call.min_position,
    )
    return page_of(await call.core.lists.mentor_bookings(query), given.limit)


ENDPOINTS = (list_bookings, list_mentor_bookings)
