"""Read one booking from its stream, if the caller may know of it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.booking import BookingAnswer, booking_answer
from mentorbooking.application.authorisation import reaches_all, takes_part
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.principal import Principal
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.kernel.errors import NotFound


class GetBooking(msgspec.Struct, frozen=True, kw_only=True):
    """``operation`` is what the caller wants the booking for: see ``authorisation``."""

    caller: Principal
    booking_id: str
    operation: str = "get_booking"


@dataclass(frozen=True, slots=True)
class GetBookingHandler:
    aggregates: AggregateStore

    async def __call__(self, query: GetBooking) -> BookingAnswer:
        return booking_answer(
            await visible_booking(self.aggregates, query.caller, query.booking_id, query.operation)
        )


async def visible_booking(
    aggregates: AggregateStore, caller: Principal, booking_id: str, operation: str
) -> Booking:
    """Return the booking, or raise ``NotFound`` as if it did not exist."""
    booking = await aggregates.find(Booking, booking_id)
    if booking.exists and (reaches_all(caller, operation) or takes_part(caller, booking)):
        return booking
    raise NotFound("There is no such booking.")
