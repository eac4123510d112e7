"""Lists: from filters to a read model's query, and from its page to an answer.

A list waits until its read model has come as far as the caller asks, or as far as this process
has acknowledged to anyone, so that nobody misses what they were just told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from mentorbooking.application.authorisation import sees_slots_of, student_to_list
from mentorbooking.application.lists.recent_pages import RecentPages
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.cursors import Cursors, InvalidCursor, listing_name
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.bookings import Bookings, BookingsQuery
from mentorbooking.application.read_models.mentor_directory import (
    MentorDirectory,
    MentorsQuery,
)
from mentorbooking.application.read_models.mentor_import_rows import (
    ImportRowsQuery,
    MentorImportRows,
)
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.progress import (
    LONGEST_WAIT_SECONDS,
    ProjectionBehind,
    ReadModelsProgress,
)
from mentorbooking.application.read_models.timeslots import Timeslots, TimeslotsQuery, asked_range
from mentorbooking.application.use_cases.imports.get_import import known_import
from mentorbooking.application.use_cases.mentors.managed_mentor import known_mentor, managed_mentor
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Lists:
    """``acknowledged`` tells the newest place that this process has told anybody of."""

    progress: ReadModelsProgress
    acknowledged: Callable[[], LogPlace]
    aggregates: AggregateStore
    cursors: Cursors
    clock: Clock
    directory: MentorDirectory
    slots: Timeslots
    all_bookings: Bookings
    rows_of_imports: MentorImportRows

    _recent: RecentPages = field(default_factory=RecentPages)

    async def mentors(self, call: Call[None, Any]) -> Answer:
        await self._ready(self.directory.fed_by, call)
        return await self._recently(
            call, self.directory.fed_by, lambda: self._mentors(call.query, self.clock.now())
        )

    async def _mentors(self, given: Any, now: datetime) -> bytes:
        listing = listing_name(
            "mentors",
            given.sort,
            **{f: getattr(given, f) for f in given.__struct_fields__ if f not in _PAGING},
        )
        query = MentorsQuery(
            skills=tuple(given.skill),
            min_experience_years=given.min_experience_years,
            max_hourly_rate=given.max_hourly_rate,
            premium=given.premium,
            language=given.language,
            time_zone=given.time_zone,
            q=given.q,
            free_from=given.free_from,
            free_to=given.free_to,
            sort=given.sort,
            limit=given.limit,
            after=self._after(listing, given.cursor),
        )
        page = await _page(self.directory.page(query, now=now))
        return self._told(listing, page, given.limit)

    async def timeslots(self, call: Call[None, Any]) -> Answer:
        mentor = await known_mentor(self.aggregates, call.path["mentor_id"])
        if not sees_slots_of(call.caller, mentor, status=call.query.status):
            return self._told_nothing(call.query.limit)
        await self._ready(self.slots.fed_by, call)
        return await self._recently(
            call,
            self.slots.fed_by,
            lambda: self._timeslots(mentor.id, call.query, self.clock.now()),
        )

    async def _timeslots(self, mentor_id: str, given: Any, now: datetime) -> bytes:
        start, end = asked_range(given.from_, given.to, now=now)
        listing = listing_name(
            "timeslots",
            mentor=mentor_id,
            start=given.from_,
            end=given.to,
            duration=given.duration_minutes,
            status=given.status,
        )
        query = TimeslotsQuery(
            mentor_id=mentor_id,
            start_from=start,
            start_before=end,
            duration_minutes=given.duration_minutes,
            status=given.status,
            limit=given.limit,
            after=self._after(listing, given.cursor),
        )
        page = await _page(self.slots.page(query, now=now))
        return self._told(listing, page, given.limit)

    async def _recently(
        self, call: Call[None, Any], fed_by: Collection[str], make: Callable[[], Awaitable[bytes]]
    ) -> Answer:
        """Tell a public page, the one that was just made if nothing has changed since."""
        now = self.clock.now()
        stands = self.progress.positions()
        positions = tuple(stands[name] for name in fed_by)
        scope = call.request.scope
        asked = scope["path"], scope["query_string"]
        body = self._recent.get(asked, positions, now)
        if body is None:
            body = await make()
            self._recent.put(asked, positions, now, body)
        return Answer(body=body)

    async def bookings(self, call: Call[None, Any]) -> Answer:
        student_id = student_to_list(call.principal, call.query.student_id)
        return await self._bookings(call, student_id=student_id, mentor_id=call.query.mentor_id)

    async def mentor_bookings(self, call: Call[None, Any]) -> Answer:
        mentor_id = call.path["mentor_id"]
        if mentor_id != call.principal.mentor_id:
            await managed_mentor(self.aggregates, call.principal, mentor_id)
        return await self._bookings(call, student_id=None, mentor_id=mentor_id)

    async def _bookings(
        self, call: Call[None, Any], *, student_id: str | None, mentor_id: str | None
    ) -> Answer:
        given = call.query
        listing = listing_name(
            "bookings",
            student=student_id,
            mentor=mentor_id,
            when=given.when,
            status=given.status,
            start=given.from_,
            end=given.to,
        )
        query = BookingsQuery(
            student_id=student_id,
            mentor_id=mentor_id,
            status=given.status,
            when=given.when,
            start_from=given.from_,
            start_before=given.to,
            limit=given.limit,
            after=self._after(listing, given.cursor),
        )
        await self._ready(self.all_bookings.fed_by, call)
        page = await _page(self.all_bookings.page(query, now=self.clock.now()))
        return Answer(body=self._told(listing, page, given.limit))

    async def import_rows(self, call: Call[None, Any]) -> Answer:
        given = call.query
        import_ = await known_import(self.aggregates, call.path["import_id"])
        listing = listing_name("import-rows", import_id=import_.id, status=given.status)
        query = ImportRowsQuery(
            import_id=import_.id,
            status=given.status,
            limit=given.limit,
            after=self._after(listing, given.cursor),
        )
        await self._ready(self.rows_of_imports.fed_by, call)
        page = await _page(self.rows_of_imports.page(query))
        return Answer(body=self._told(listing, page, given.limit))

    async def _ready(self, names: Collection[str], call: Call[None, Any]) -> None:
        asked = call.min_position
        wanted = self.acknowledged() if asked is None else asked
        if not await self.progress.wait_for(names, wanted, LONGEST_WAIT_SECONDS):
            raise ProjectionBehind("The list has not come that far yet; try again.", retry_after=1)

    def _after(self, listing: str, cursor: str | None) -> Keys | None:
        if cursor is None:
            return None
        keys = self.cursors.decode(listing, cursor)
        return tuple(key for key in keys if key is not None)

    def _told_nothing(self, limit: int) -> Answer:
        """Tell an empty list."""
        return Answer(body={"data": [], "page": {"next_cursor": None, "limit": limit}})

    def _told(self, listing: str, page: Page, limit: int) -> bytes:
        cursor = None if page.next_keys is None else self.cursors.encode(listing, page.next_keys)
        paging = _encode({"next_cursor": cursor, "limit": limit})
        return b'{"data":[%b],"page":%b}' % (b",".join(page.rows), paging)


_PAGING = frozenset({"sort", "limit", "cursor"})


async def _page(found: Awaitable[Page]) -> Page:
    try:
        return await found
    except ValueError:
        raise InvalidCursor("The cursor does not belong to this list.") from None
