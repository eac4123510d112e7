"""Items of a partition that a process holds in memory, and learning which have changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mentorbooking.adapters.read_models.dynamodb import changes
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, in_order
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.reader import LAST, rows_in_use
from mentorbooking.adapters.read_models.dynamodb.registry import Registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable


class News(NamedTuple):
    """``anew``: these are all items there are, and those in memory are void."""

    anew: bool
    items: Sequence[Item]


class Followed:
    """The items of one partition from a sort key on."""

    def __init__(
        self, table: ViewsTable, model: DynamoDBReadModel[Any], partition: str, first: str
    ) -> None:
        self._table = table
        self._model = model
        self._partition = partition
        self.first = first
        self._rows = ""
        self._seen = 0

    async def news(self, registry: Registry) -> News:
        """Return what has changed since the last call, as far as the registry knows."""
        rows = rows_in_use(registry, self._model)
        standing = registry.standings.get(self._model.name)
        noted = standing.noted if standing else 0
        if rows != self._rows:
            changed = None
        elif noted <= self._seen:
            return News(anew=False, items=())
        else:
            changed = await self._changed(rows)
        if changed is None or len(changed) > changes.MOST_PLACES:
            items: Sequence[Item] = await self._table.query_all(
                f"{rows}/{self._partition}", self.first, LAST
            )
        else:
            wanted = [place.within(rows) for place in changed if place.sk >= self.first]
            items = list((await self._table.get_some(wanted)).values())
        # Only now: who is interrupted asks again.
        self._rows, self._seen = rows, noted
        return News(anew=changed is None or len(changed) > changes.MOST_PLACES, items=items)

    async def _changed(self, rows: str) -> set[Place] | None:
        notes = await self._table.query_all(
            f"{rows}/{changes.PARTITION}", in_order(self._seen + 1), LAST
        )
        return changes.changed_since([changes.note_of(item) for item in notes], self._seen)
