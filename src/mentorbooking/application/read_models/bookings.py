"""GET /bookings and GET /mentors/{mentor_id}/bookings: whose sessions, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, Protocol, assert_never, get_args

import msgspec
from msgspec import UNSET

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.projection import Key, Projection, Rows
from mentorbooking.domain.booking.booking import Booking, BookingStatus
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, BookingEvent


class BookingsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Bookings by start, then id; every condition that is given must hold.

    ``when`` goes by the session's end, so that one under way is upcoming; cancelled ones
    are among them. Start within [``start_from``, ``start_before``). A ``status`` that there is
    not finds nothing. ``after``: ``next_keys`` of the page before.
    """

    student_id: str | None = None
    mentor_id: str | None = None
    status: str | None = None
    when: Literal["upcoming", "past", "all"] = "all"
    start_from: datetime | None = None
    start_before: datetime | None = None
    limit: int = 50
    after: Keys | None = None


class Bookings(Protocol):
    """``fed_by`` names the projections that a list depends on."""

    fed_by: ClassVar[tuple[str, ...]] = ("bookings",)

    async def page(self, query: BookingsQuery, *, now: datetime) -> Page:
        """Return bookings as ``BookingAnswer``; ``ValueError``: ``after`` is of no such list."""

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:
        """Tell whether the two have a session that is not cancelled, to come or past."""


class BookingsProjection(Projection[BookingEvent, BookingAnswer]):
    """The row is what is told of the booking by itself; the key is the booking's id."""

    name: ClassVar[str] = "bookings"
    handles = frozenset(get_args(BookingEvent))

    def reads(self, event: BookingEvent, recorded: RecordedEvent) -> Iterable[Key]:
        return () if isinstance(event, BookingCreated) else (recorded.stream,)

    def apply(
        self, event: BookingEvent, recorded: RecordedEvent, rows: Rows[BookingAnswer]
    ) -> None:
        booking_id = recorded.stream
        match event:
            case BookingCreated():
                row = booking_answer(Booking(id=booking_id).after(event))
            case BookingCancelled(cancelled_by=by, reason=reason):
                row = msgspec.structs.replace(
                    rows[booking_id],
                    status=BookingStatus.CANCELLED.value,
                    updated_at=event.at,
                    version=recorded.version,
                    cancelled_by=by.value,
                    cancellation_reason=reason or UNSET,
                )
            case _:
                assert_never(event)
        rows.put(booking_id, row)
