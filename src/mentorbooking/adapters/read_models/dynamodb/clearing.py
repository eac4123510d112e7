"""Clearing away the rows of generations that are not in use, a part at a time.

They are left alone for a while: who looked up where the rows are may still be reading them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from mentorbooking.adapters.read_models.dynamodb.items import Item, place_of
from mentorbooking.adapters.read_models.dynamodb.lease import Lease
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable

GRACE_SECONDS: Final = 60
"""Clocks of processes may differ by some of it."""


class Clearing:
    """Goes by what the registry says is put aside. It has to look through the whole table, as a
    rebuild has through the whole log; no reader waits for it.
    """

    def __init__(self, table: ViewsTable, lease: Lease) -> None:
        self._table = table
        self._lease = lease
        self._parts: AsyncIterator[Sequence[Item]] | None = None
        self._due: frozenset[str] = frozenset()

    async def go_on(self, being_filled: Collection[str], now: int) -> bool:
        """Clear a part; tell whether there is more. ``now`` is in seconds since the epoch."""
        if self._parts is None:
            self._due = frozenset(
                rows
                for rows, since in self._lease.registry.put_aside.items()
                if rows not in being_filled and now - since >= GRACE_SECONDS
            )
            if not self._due:
                return False
            self._parts = self._table.everything("pk", "sk")
        try:
            return await self._clear(await anext(self._parts, None))
        except BaseException:
            self._parts = None  # it begins again
            raise

    async def _clear(self, items: Sequence[Item] | None) -> bool:
        if items is not None:
            places = [place_of(item) for item in items]
            await self._table.delete_all(
                [place for place in places if place.pk.partition("/")[0] in self._due]
            )
            return True
        put_aside = self._lease.registry.put_aside
        await self._lease.note(
            put_aside={rows: since for rows, since in put_aside.items() if rows not in self._due}
        )
        self._parts = None
        return False
