"""Pages of the directory of mentors in DynamoDB, found in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice

import msgspec

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.dynamodb.directory_in_memory import DirectoryInMemory
from mentorbooking.adapters.read_models.dynamodb.mentor_directory import (
    DynamoDBMentorDirectoryModel,
)
from mentorbooking.adapters.read_models.dynamodb.mentors_in_memory import (
    HeldMentor,
    MentorsInMemory,
)
from mentorbooking.adapters.read_models.dynamodb.openings_in_memory import NEVER, OpeningsInMemory
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.read_models.dynamodb.timeslots import DynamoDBTimeslotsModel
from mentorbooking.adapters.read_models.dynamodb.words import Words
from mentorbooking.application.read_models.finding_mentors import Rank, terms_wanted
from mentorbooking.application.read_models.mentor_directory import (
    MentorDirectory,
    MentorSort,
    MentorsQuery,
)
from mentorbooking.application.read_models.page import Page


class DynamoDBMentorDirectory(MentorDirectory):
    def __init__(
        self,
        table: ViewsTable,
        mentors: DynamoDBMentorDirectoryModel,
        slots: DynamoDBTimeslotsModel,
    ) -> None:
        self._directory = DirectoryInMemory(table, mentors, slots)

    async def page(self, query: MentorsQuery, *, now: datetime) -> Page:
        place, as_of = _where_to_begin(query, microseconds(now))
        await self._directory.become_current(now)
        search = _Search(
            query, self._directory.mentors, self._directory.openings, microseconds(now)
        )
        if query.sort is MentorSort.NEXT_FREE:
            # Sorted by what the first page's readers saw: else mentors would move between pages.
            found = search.by_next_free(place, as_of)
            return search.told(list(islice(found, query.limit + 1)), as_of)
        return search.told(list(islice(search.by_rank(place), query.limit + 1)))


class _Search:
    """What a query finds among what a process holds."""

    def __init__(
        self,
        query: MentorsQuery,
        mentors: MentorsInMemory,
        openings: OpeningsInMemory,
        now: int,
    ) -> None:
        self._query = query
        self._mentors = mentors
        self._openings = openings
        self._now = now
        self._among = mentors.with_terms(terms_wanted(query))
        self._words = Words(query.q) if query.q is not None and query.q.strip() else None
        since = microseconds(query.free_from)
        self._since = now + 1 if since is None else max(since, now + 1)
        self._until = microseconds(query.free_to)

    def by_rank(self, after: tuple[Rank, str] | None) -> Iterator[tuple[Rank, str]]:
        """Yield who is found, with their rank, in the order of the query."""
        for place in self._mentors.in_order(self._query.sort, after):
            if self._meets(place[1]):
                yield place

    def by_next_free(
        self, after: tuple[Rank, str] | None, as_of: int
    ) -> Iterator[tuple[Rank, str]]:
        """Yield who is found, with when they were free next at an instant, in that order."""
        ids = self._mentors.held if self._among is None else self._among
        found: list[tuple[Rank, str]] = [
            (self._openings.next_free(mentor_id, as_of), mentor_id)
            for mentor_id in ids
            if self._meets(mentor_id)
        ]
        return (place for place in sorted(found) if after is None or place > after)

    def _meets(self, mentor_id: str) -> bool:
        query = self._query
        if self._among is not None and mentor_id not in self._among:
            return False
        held = self._mentors.held[mentor_id]
        row = held.row
        return (
            _at_least(row.experience_years, query.min_experience_years)
            and _at_most(row.hourly_rate, query.max_hourly_rate)
            and query.premium in (None, row.premium)
            and query.time_zone in (None, row.time_zone)
            and self._says_it(held)
            and self._is_free(mentor_id)
        )

    def _says_it(self, held: HeldMentor) -> bool:
        return self._words is None or self._words.occur_in(held.searchable)

    def _is_free(self, mentor_id: str) -> bool:
        if self._query.free_from is None and self._query.free_to is None:
            return True
        return self._openings.is_free(mentor_id, self._since, self._until)

    def told(self, found: list[tuple[Rank, str]], *further_keys: int) -> Page:
        """Return a page; one more is given where there is more."""
        limit = self._query.limit
        rows = [
            msgspec.Raw(
                self._mentors.held[mentor_id].as_json[:-1]
                + _told(self._openings.next_free(mentor_id, self._now))
            )
            for _, mentor_id in found[:limit]
        ]
        return Page(rows, (*found[limit - 1], *further_keys) if len(found) > limit else None)


def _where_to_begin(query: MentorsQuery, now: int) -> tuple[tuple[Rank, str] | None, int]:
    """Return behind which place a page begins, and the instant of the first page."""
    match query.after, query.sort:
        case None, _:
            return None, now
        case (int(rank), str(mentor_id), int(as_of)), MentorSort.NEXT_FREE:
            return (rank, mentor_id), as_of
        case (str(name), str(mentor_id)), MentorSort.NAME:
            return (name, mentor_id), now
        case (int(years), str(mentor_id)), MentorSort.MOST_EXPERIENCED:
            return (years, mentor_id), now
        case (int() | float() as rate, str(mentor_id)), MentorSort.CHEAPEST:
            return (rate, mentor_id), now
        case _:
            raise ValueError("these are not the keys of such a list")


def _at_least(value: float | None, least: float | None) -> bool:
    return least is None or (value is not None and value >= least)


def _at_most(value: float | None, most: float | None) -> bool:
    return most is None or (value is not None and value <= most)


@lru_cache(maxsize=8192)
def _told(next_free: int) -> bytes:
    """Write the end of a mentor's JSON; many slots start at the same instants."""
    if next_free == NEVER:
        return b',"next_free":null}'
    return b',"next_free":' + msgspec.json.encode(instant(next_free)) + b"}"
