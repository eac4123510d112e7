"""List the slots of a mentor: open ones for anyone, booked ones for the mentor and admins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from mentorbooking.application.authorisation import sees_slots_of
from mentorbooking.application.lists.reading import NOTHING, Listed, ListReading
from mentorbooking.application.lists.recent_pages import RecentPages
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.cursors import listing_name
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.principal import Principal
from mentorbooking.application.read_models.timeslots import Timeslots, TimeslotsQuery
from mentorbooking.application.use_cases.mentors.managed_mentor import known_mentor
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent

DEFAULT_RANGE: Final = timedelta(days=31)
LARGEST_RANGE: Final = timedelta(days=62)


class SlotsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Slots that start within [``start_from``, ``start_before``): see ``asked_range``."""

    mentor_id: str
    start_from: datetime | None = None
    start_before: datetime | None = None
    duration_minutes: int | None = None
    status: Literal["available", "booked", "all"] = "available"


class ListTimeslots(msgspec.Struct, frozen=True, kw_only=True):
    """``caller`` is None for somebody who has not signed in."""

    caller: Principal | None
    asked: SlotsAsked
    limit: int = 50
    cursor: str | None = None
    at_least: LogPlace | None = None


@dataclass(frozen=True, slots=True)
class ListTimeslotsHandler:
    """Raises ``NotFound``, ``NotYours``, and what ``asked_range`` raises."""

    aggregates: AggregateStore
    reading: ListReading
    recent: RecentPages
    slots: Timeslots

    async def __call__(self, query: ListTimeslots) -> Listed:
        asked = query.asked
        mentor = await known_mentor(self.aggregates, asked.mentor_id)
        if not sees_slots_of(query.caller, mentor, status=asked.status):
            return NOTHING
        fed_by = self.slots.fed_by
        await self.reading.wait_for(fed_by, query.at_least)
        return await self.recent.page(
            (asked, query.limit, query.cursor), fed_by, lambda now: self._page(query, now)
        )

    async def _page(self, query: ListTimeslots, now: datetime) -> Listed:
        asked = query.asked
        start_from, start_before = asked_range(asked.start_from, asked.start_before, now=now)
        wanted = TimeslotsQuery(
            mentor_id=asked.mentor_id,
            start_from=start_from,
            start_before=start_before,
            duration_minutes=asked.duration_minutes,
            status=asked.status,
            limit=query.limit,
        )
        return await self.reading.page(
            listing_name("timeslots", **msgspec.structs.asdict(asked)),
            query.cursor,
            lambda after: self.slots.page(msgspec.structs.replace(wanted, after=after), now=now),
        )


def asked_range(
    start: datetime | None, end: datetime | None, *, now: datetime
) -> tuple[datetime, datetime]:
    """Return when the slots start that are asked for: by default in the coming 31 days.

    Raises ``InvalidContent`` for an end before the start, and for more than 62 days.
    """
    errors = tuple(errors_of_range(start, end, now=now))
    if errors:
        raise InvalidContent(*errors)
    return _range(start, end, now)


def errors_of_range(
    start: datetime | None, end: datetime | None, *, now: datetime
) -> Iterator[FieldError]:
    """Yield what is wrong with the range that is asked for."""
    first, last = _range(start, end, now)
    if last < first:
        yield FieldError("to", "end-not-after-start", "It lies before from.")
    if last - first > LARGEST_RANGE:
        yield FieldError("to", "range-too-large", "At most 62 days at a time.")


def _range(
    start: datetime | None, end: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    first = start or now
    return first, end or first + DEFAULT_RANGE
