"""Everything that the directory is asked for, as a process holds it in memory.

It is never older than the registry says at the time of asking. That costs one read unit, one
more if something has changed since, and one for each mentor or fortnight that has; requests
that come together share it. To begin with, and after a rebuild, all of it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from mentorbooking.adapters.read_models.dynamodb import mentor_directory, openings
from mentorbooking.adapters.read_models.dynamodb.followed import Followed
from mentorbooking.adapters.read_models.dynamodb.items import Item, body_of
from mentorbooking.adapters.read_models.dynamodb.mentors_in_memory import MentorsInMemory
from mentorbooking.adapters.read_models.dynamodb.openings_in_memory import OpeningsInMemory
from mentorbooking.adapters.read_models.dynamodb.reader import FIRST
from mentorbooking.adapters.read_models.dynamodb.registry import Registry, read_registry
from mentorbooking.adapters.read_models.dynamodb.sharing import Shared
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.read_models.dynamodb.timeslots import DynamoDBTimeslotsModel

_A_WHILE: Final = timedelta(days=1)
"""Who follows pages that were begun before a fortnight ended still finds what was free then."""

_AT_A_TIME: Final = 250
"""Items that are taken in before others get a turn on the event loop."""


class DirectoryInMemory:
    """``mentors`` and ``openings`` are replaced whole when they are read anew."""

    def __init__(
        self,
        table: ViewsTable,
        mentors: mentor_directory.DynamoDBMentorDirectoryModel,
        slots: DynamoDBTimeslotsModel,
    ) -> None:
        self._table = table
        self._slots = slots
        self._followed_mentors = Followed(table, mentors, mentor_directory.PARTITION, FIRST)
        self._followed_openings = Followed(table, slots, openings.PARTITION, FIRST)
        self._first_opening = FIRST
        self._refresh = Shared(self._read_news)
        self.mentors = MentorsInMemory()
        self.openings = OpeningsInMemory()

    async def become_current(self, now: datetime) -> None:
        """Take in what has changed by now."""
        self._first_opening = openings.first_sort_key(now - _A_WHILE)
        await self._refresh()

    async def _read_news(self) -> None:
        if self._followed_openings.first != self._first_opening:
            self._followed_openings = Followed(
                self._table, self._slots, openings.PARTITION, self._first_opening
            )
        registry = await read_registry(self._table, strongly=self._table.strongly)
        await asyncio.gather(self._mentors_news(registry), self._openings_news(registry))

    async def _mentors_news(self, registry: Registry) -> None:
        news = await self._followed_mentors.news(registry)
        mentors = MentorsInMemory() if news.anew else self.mentors

        def take_in(item: Item) -> None:
            body = body_of(item)
            if body is not None:
                mentors.put(mentor_directory.unpacked(body))

        await _one_by_one(take_in, news.items)
        self.mentors = mentors

    async def _openings_news(self, registry: Registry) -> None:
        news = await self._followed_openings.news(registry)
        held = OpeningsInMemory() if news.anew else self.openings
        await _one_by_one(held.put, news.items)
        self.openings = held


async def _one_by_one(take_in: Callable[[Item], None], items: Sequence[Item]) -> None:
    for number, item in enumerate(items, 1):
        take_in(item)
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
