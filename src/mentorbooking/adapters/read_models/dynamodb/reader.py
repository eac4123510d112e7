"""The query side: where the rows in use are, and pages of them.

Where they are is read beside the rows, not before: both requests are under way together, and
only right after a rebuild the rows are asked for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from mentorbooking.adapters.read_models.dynamodb.items import Item, body_of
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.registry import Registry, read_registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.read_models.page import Keys, Page

MOST_LOOKED_AT: Final = 2_000
"""A page looks at so many rows at most. Where its conditions are so rare that it is not full by
then, it is shorter, and says where to go on."""

_FEWEST: Final = 16
"""A read unit holds about so many."""

FIRST: Final = " "
"""Sorts before every key."""
LAST: Final = "~"
"""Sorts behind every key."""

R = TypeVar("R")
T = TypeVar("T")


class Range(NamedTuple):
    """A part of a partition, from one sort key to another, both included."""

    partition: str
    first: str = FIRST
    last: str = LAST

    def of_generation(self, rows: str) -> Range:
        """Return the same part among the rows of a generation."""
        return self._replace(partition=f"{rows}/{self.partition}")


class ViewsReader:
    def __init__(self, table: ViewsTable) -> None:
        self.table = table
        self._registry = Registry()

    async def in_use(self, model: DynamoDBReadModel[Any], ask: Callable[[str], Awaitable[T]]) -> T:
        """Return what ``ask`` finds among the rows in use, given what their keys begin with."""
        if self._registry.version == 0:
            await self.look()
        supposed = self._rows(model)
        registry, found = await asyncio.gather(self.look(), ask(supposed))
        used = rows_in_use(registry, model)
        return found if used == supposed else await ask(used)

    async def look(self) -> Registry:
        """Return how things stand."""
        registry = await read_registry(self.table, strongly=self.table.strongly)
        if registry.version > self._registry.version:
            self._registry = registry
        return registry

    def _rows(self, model: DynamoDBReadModel[Any]) -> str:
        return rows_in_use(self._registry, model)


def rows_in_use(registry: Registry, model: DynamoDBReadModel[Any]) -> str:
    """Return what the partition keys of a model's rows begin with."""
    known = registry.standings.get(model.name)
    return model.generation(known.number if known else 0)


class Listing(Generic[R]):
    """One page of a list: ``row`` reads an item, and returns None for one that is left out."""

    def __init__(
        self,
        table: ViewsTable,
        limit: int,
        row: Callable[[str, bytes], R | None],
        *,
        most: int = MOST_LOOKED_AT,
    ) -> None:
        self._table = table
        self._limit = limit
        self._row = row
        self._most = most

    async def page(self, within: Range) -> Page:
        rows, after = await self.rows(within)
        return Page([msgspec.Raw(msgspec.json.encode(row)) for row in rows], after)

    async def rows(self, within: Range) -> tuple[list[R], Keys | None]:
        """Return the rows and where to go on; None: there are no more."""
        found: list[tuple[str, R]] = []
        looked_at = 0
        ask_for = self._limit + 1
        begin: Item | None = None
        while within.first <= within.last:
            answer = await self._table.query(*within, limit=ask_for, begin=begin)
            for item in answer.items:
                sort_key = item["sk"]["S"]
                body = body_of(item)
                row = None if body is None else self._row(sort_key, body)
                if row is not None:
                    found.append((sort_key, row))
                    if len(found) > self._limit:
                        return [row for _, row in found[:-1]], (found[-2][0],)
            begin = answer.more
            looked_at += len(answer.items)
            if begin is None:
                break
            if looked_at >= self._most:
                return [row for _, row in found], (begin["sk"]["S"],)
            ask_for = min(self._next(ask_for, looked_at, len(found)), self._most - looked_at)
        return [row for _, row in found], None

    def _next(self, asked_for: int, looked_at: int, found: int) -> int:
        """Return how many rows to ask for. All that is read is paid for, and each request takes
        its time: so at first what should be enough, judging by those before, and if it is not,
        ever more.
        """
        most = 4 * asked_for
        if not found or looked_at > asked_for:
            return most
        missing = self._limit + 1 - found
        return min(max(_FEWEST, 2 * missing * looked_at // found), most)


def sort_key_in(after: Keys | None) -> str | None:
    """Return behind which sort key a page begins; ``ValueError``: these are no such keys."""
    match after:
        case None:
            return None
        case (str(sort_key),) if sort_key:
            return sort_key
        case _:
            raise ValueError("these are not the keys of such a list")


def behind(sort_key: str) -> str:
    """Return a sort key that lies between this one and any that follows it."""
    return f"{sort_key} "
