"""List bookings: one's own, all of them for admins, or those of a mentor."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.authorisation import is_mentor, student_to_list
from mentorbooking.application.lists.reading import Listed, ListReading
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.cursors import listing_name
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.principal import Principal
from mentorbooking.application.read_models.bookings import Bookings, BookingsQuery
from mentorbooking.application.use_cases.mentors.managed_mentor import managed_mentor


class ListBookings(msgspec.Struct, frozen=True, kw_only=True):
    """For students their own, for admins everybody's. ``cursor`` says where the page begins."""

    caller: Principal
    wanted: BookingsQuery
    cursor: str | None = None
    at_least: LogPlace | None = None


class ListMentorBookings(msgspec.Struct, frozen=True, kw_only=True):
    """For that mentor, and admins. ``cursor`` says where the page begins."""

    caller: Principal
    mentor_id: str
    wanted: BookingsQuery
    cursor: str | None = None
    at_least: LogPlace | None = None


@dataclass(frozen=True, slots=True)
class ListBookingsHandler:
    """Raises ``NotYours`` where a student asks for another's."""

    reading: ListReading
    bookings: Bookings
    clock: Clock

    async def __call__(self, query: ListBookings) -> Listed:
        student_id = student_to_list(query.caller, query.wanted.student_id)
        wanted = msgspec.structs.replace(query.wanted, student_id=student_id)
        return await self.page(wanted, query.cursor, query.at_least)

    async def page(
        self, wanted: BookingsQuery, cursor: str | None, at_least: LogPlace | None
    ) -> Listed:
        """Return a page of whosever bookings are wanted."""
        await self.reading.wait_for(self.bookings.fed_by, at_least)
        now = self.clock.now()
        return await self.reading.page(
            _listing(wanted),
            cursor,
            lambda after: self.bookings.page(msgspec.structs.replace(wanted, after=after), now=now),
        )


@dataclass(frozen=True, slots=True)
class ListMentorBookingsHandler:
    """Raises ``NotFound``, and ``NotYours`` for what another mentor has."""

    aggregates: AggregateStore
    every: ListBookingsHandler

    async def __call__(self, query: ListMentorBookings) -> Listed:
        if not is_mentor(query.caller, query.mentor_id):
            await managed_mentor(self.aggregates, query.caller, query.mentor_id)
        wanted = msgspec.structs.replace(query.wanted, mentor_id=query.mentor_id)
        return await self.every.page(wanted, query.cursor, query.at_least)


def _listing(wanted: BookingsQuery) -> str:
    filters = msgspec.structs.asdict(wanted)
    del filters["limit"], filters["after"]
    return listing_name("bookings", **filters)
