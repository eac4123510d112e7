"""``TrackedPositions`` in the work table: ``position#<name>`` holds how far a follower is.

Who moves a position together with what it did uses ``position_of`` and ``advanced`` in a
transaction of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.values import Key, number
from mentorbooking.adapters.work.dynamodb.writes import Write, update
from mentorbooking.application.ports.tracked_positions import TrackedPositions


def position_key(name: str) -> Key:
    return Key(f"position#{name}")


async def position_of(table: WorkTable, name: str) -> int:
    return number(await table.get(position_key(name)), "position")


def advanced(name: str, position: int) -> Write:
    """Return the write that moves a position on; its condition is that it does not go back."""
    return update(
        position_key(name),
        "SET #position = :position",
        "attribute_not_exists(pk) OR #position < :position",
        position=position,
    )


@dataclass(frozen=True, slots=True)
class DynamoDBTrackedPositions(TrackedPositions):
    table: WorkTable

    async def position(self, name: str) -> int:
        return await position_of(self.table, name)

    async def track(self, name: str, position: int) -> None:
        await self.table.write(advanced(name, position))
