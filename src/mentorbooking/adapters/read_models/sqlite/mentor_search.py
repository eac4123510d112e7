"""Pages of the directory of mentors in SQLite."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader, keys_of
from mentorbooking.adapters.read_models.sqlite.select import Select
from mentorbooking.adapters.read_models.sqlite.words import words_to_match
from mentorbooking.application.read_models.finding_mentors import terms_wanted
from mentorbooking.application.read_models.mentor_directory import (
    MentorDirectory,
    MentorSort,
    MentorsQuery,
)
from mentorbooking.application.read_models.page import Page

_COLUMNS: Final = {
    MentorSort.NAME: "name_key",
    MentorSort.MOST_EXPERIENCED: "experience_rank",
    MentorSort.CHEAPEST: "rate_rank",
}
_NEVER: Final = 1 << 60
_NEXT_FREE: Final = """(
    SELECT min(start) FROM timeslots
    WHERE mentor_id = mentor.id AND booking_id IS NULL AND start > ?
)"""
_WITH_NEXT_FREE: Final = """
WITH mentors AS MATERIALIZED (
    SELECT number, id, coalesce({next_free}, {never}) AS next_free
    FROM mentor_directory AS mentor WHERE {conditions}
)"""
_ROWS: Final = """
SELECT body, {next_free}, found.{column}, found.id
FROM ({found}) AS found CROSS JOIN mentor_directory AS mentor USING (number)
ORDER BY found.{column}, found.id"""


class _Conditions:
    """What mentors must meet, as SQL over the table ``mentor_directory AS mentor``."""

    def __init__(self, query: MentorsQuery, now: int) -> None:
        self.sql = ["status = 'active'"]
        self.values: list[Any] = []
        for term in sorted(terms_wanted(query)):
            self._has_term(term)
        if query.min_experience_years is not None:
            self._add("experience_rank <= ?", -query.min_experience_years)
        if query.max_hourly_rate is not None:
            self._add("rate_rank <= ?", query.max_hourly_rate)
        if query.premium is not None:
            self._add("premium = ?", query.premium)
        if query.time_zone is not None:
            self._add("time_zone = ?", query.time_zone)
        if query.q is not None and query.q.strip():
            self._matches(query.q)
        if query.free_from is not None or query.free_to is not None:
            self._is_free(microseconds(query.free_from), microseconds(query.free_to), now)

    def _add(self, condition: str, *values: object) -> None:
        self.sql.append(condition)
        self.values += values

    def _has_term(self, term: str) -> None:
        self._add("number IN (SELECT number FROM mentor_directory_terms WHERE term = ?)", term)

    def _matches(self, text: str) -> None:
        words = words_to_match(text)
        if words is None:
            self._add("false")
        else:
            self._add(
                "number IN (SELECT rowid FROM mentor_directory_words"
                " WHERE mentor_directory_words MATCH ?)",
                words,
            )

    def _is_free(self, since: int | None, until: int | None, now: int) -> None:
        """Slots of a mentor do not overlap, so the earliest one also ends first."""
        earliest = now + 1 if since is None else max(since, now + 1)
        free = "SELECT 1 FROM timeslots WHERE mentor_id = mentor.id AND booking_id IS NULL"
        if until is None:
            self._add(f"EXISTS ({free} AND start >= ?)", earliest)
        else:
            self._add(
                f'EXISTS ({free} AND start >= ? AND start < ? AND "end" <= ?)',
                earliest,
                until,
                until,
            )


class SQLiteMentorDirectory(MentorDirectory):
    """Mentors are few and pages short: first the page's mentors are found, then shown."""

    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    async def page(self, query: MentorsQuery, *, now: datetime) -> Page:
        conditions = _Conditions(query, microseconds(now))
        if query.sort is MentorSort.NEXT_FREE:
            return self._by_next_free(query, conditions, microseconds(now))
        column = _COLUMNS[query.sort]
        select = Select(
            "mentor_directory AS mentor", "number", order=(column, "id"), after=query.after
        )
        select.where(" AND ".join(conditions.sql), *conditions.values)
        found = self._reader.fetch(
            _ROWS.format(next_free=_NEXT_FREE, column=column, found=select.sql),
            (microseconds(now), *select.values, query.limit + 1),
        )
        return _page(found, query.limit)

    def _by_next_free(self, query: MentorsQuery, conditions: _Conditions, now: int) -> Page:
        """Sort by what the first page's readers saw: else mentors would move between pages."""
        place = query.after[:-1] if query.after else None
        as_of = query.after[-1] if query.after else now
        select = Select("mentors", "number", order=("next_free", "id"), after=place)
        found = self._reader.fetch(
            _WITH_NEXT_FREE.format(
                next_free=_NEXT_FREE, never=_NEVER, conditions=" AND ".join(conditions.sql)
            )
            + _ROWS.format(next_free=_NEXT_FREE, column="next_free", found=select.sql),
            (as_of, *conditions.values, now, *select.values, query.limit + 1),
        )
        return _page(found, query.limit, as_of)


def _page(found: list[Any], limit: int, *further_keys: str | float) -> Page:
    rows = [
        msgspec.Raw(body[:-1] + (_told(free) if free else b',"next_free":null}'))
        for body, free, _, _ in found[:limit]
    ]
    more = len(found) > limit
    return Page(rows, (*keys_of(found[limit - 1][2:]), *further_keys) if more else None)


@lru_cache(maxsize=8192)
def _told(next_free: int) -> bytes:
    """Write the end of a mentor's JSON; many slots start at the same instants."""
    return b',"next_free":' + msgspec.json.encode(instant(next_free)) + b"}"
