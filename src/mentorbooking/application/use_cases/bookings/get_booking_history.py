"""Read what happened to a booking from its stream, if the caller may know of it.

The stream is the history: see ADR 14.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.booking_history import (
    BookingHistoryAnswer,
    HistoryEntry,
    actor_of,
    history_entry,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.get_booking import visible_booking
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.user_account.account import UserAccount


class GetBookingHistory(msgspec.Struct, frozen=True, kw_only=True):
    caller: Principal
    booking_id: str


@dataclass(frozen=True, slots=True)
class GetBookingHistoryHandler:
    aggregates: AggregateStore
    log: EventLog

    async def __call__(self, query: GetBookingHistory) -> BookingHistoryAnswer:
        booking = await visible_booking(
            self.aggregates, query.caller, query.booking_id, "get_booking_history"
        )
        events = await self.log.read_stream(Booking.stream_of(booking.id))
        return BookingHistoryAnswer([await self._entry(recorded) for recorded in events])

    async def _entry(self, recorded: RecordedEvent) -> HistoryEntry:
        kind, actor_id = actor_of(recorded)
        name = None
        if kind == "user" and actor_id is not None:
            name = (await self.aggregates.find(UserAccount, actor_id)).name or None
        return history_entry(recorded, name)
