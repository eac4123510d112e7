"""List the mentors who can be found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from mentorbooking.application.lists.reading import Listed, ListReading
from mentorbooking.application.lists.recent_pages import RecentPages
from mentorbooking.application.ports.cursors import listing_name
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.mentor_directory import MentorDirectory, MentorsQuery


class ListMentors(msgspec.Struct, frozen=True, kw_only=True):
    """For anyone. ``cursor`` says where the page begins."""

    wanted: MentorsQuery
    cursor: str | None = None
    at_least: LogPlace | None = None


@dataclass(frozen=True, slots=True)
class ListMentorsHandler:
    reading: ListReading
    recent: RecentPages
    directory: MentorDirectory

    async def __call__(self, query: ListMentors) -> Listed:
        fed_by = self.directory.fed_by
        await self.reading.wait_for(fed_by, query.at_least)

        async def make(now: datetime) -> Listed:
            wanted = query.wanted
            return await self.reading.page(
                _listing(wanted),
                query.cursor,
                lambda after: self.directory.page(
                    msgspec.structs.replace(wanted, after=after), now=now
                ),
            )

        return await self.recent.page((query.wanted, query.cursor), fed_by, make)


def _listing(wanted: MentorsQuery) -> str:
    filters = msgspec.structs.asdict(wanted)
    del filters["limit"], filters["after"]
    return listing_name("mentors", filters.pop("sort"), **filters)
