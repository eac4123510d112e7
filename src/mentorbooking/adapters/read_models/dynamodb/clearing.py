"""Clearing away the rows of generations that are not in use, a part at a time.

They are left alone for a while: who looked up where the rows are may still be reading them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from mentorbooking.adapters.read_models.dynamodb.items import Item, place_of
from mentorbooking.adapters.read_models.dynamodb.lease import Lease
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable

GRACE_SECONDS: Final = 30.0


class Clearing:
    """Goes by what the registry says is put aside. It has to look through the whole table, as a
    rebuild has through the whole log; no reader waits for it.
    """

    def __init__(self, table: ViewsTable, lease: Lease) -> None:
        self._table = table
        self._lease = lease
        self._known_since: dict[str, float] = {}
        self._parts: AsyncIterator[Sequence[Item]] | None = None
        self._due: frozenset[str] = frozenset()

    async def go_on(self, being_filled: Collection[str], now: float) -> bool:
        """Clear a part; tell whether there is more. ``now`` is in seconds of any clock."""
        if self._parts is None:
            self._due = self._what_is_due(being_filled, now)
            if not self._due:
                return False
            self._parts = self._table.everything("pk", "sk")
        items = await anext(self._parts, None)
        if items is not None:
            places = [place_of(item) for item in items]
            await self._table.delete_all(
                [place for place in places if place.pk.partition("/")[0] in self._due]
            )
            return True
        self._parts = None
        left = tuple(rows for rows in self._lease.registry.put_aside if rows not in self._due)
        await self._lease.note(put_aside=left)
        return False

    def _what_is_due(self, being_filled: Collection[str], now: float) -> frozenset[str]:
        put_aside = set(self._lease.registry.put_aside).difference(being_filled)
        self._known_since = {rows: self._known_since.get(rows, now) for rows in put_aside}
        return frozenset(
            rows for rows, since in self._known_since.items() if now - since >= GRACE_SECONDS
        )
